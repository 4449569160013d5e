"""Experiments, runs and tiny notebooks that several tests of this room stand on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from arseg.ledger.storing.store import Ledger
from arseg.runs.experiment import Experiment
from arseg.runs.journal import Run, create_run
from arseg.runs.sections import Part

EXPERIMENT = """\
name: demo
title: Demo book
ledger: demo
model:
  name: DiscreteHazard
  parameters:
    trees: 40
policies:
  - name: AgingBuckets
  - name: RiskTiers
    parameters:
      medium_from: 0.1
in_force: AgingBuckets
publish: RiskTiers
"""

PARAMETERS = """\
config: str = ""  # path of run.json
run_id: str = ""  # id of the run
"""

WriteNotebook = Callable[..., Path]


@pytest.fixture(name="experiment")
def _experiment() -> Experiment:
    return Experiment(
        name="demo",
        ledger="demo",
        model=Part(name="KaplanMeierByTerms"),
        policies=[Part(name="AgingBuckets"), Part(name="RiskTiers")],
        in_force="AgingBuckets",
        publish="RiskTiers",
    )


@pytest.fixture(name="run")
def _run(experiment: Experiment, tmp_path: Path) -> Run:
    return create_run(experiment, key_date=dt.date(2026, 10, 31), home=tmp_path, ledger_hash="ab" * 32)


@pytest.fixture(scope="session", name="told_run")
def _told_run(small_run: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a small run with every stage done and its edition written; no test may change it."""
    from .test_stages import go_through

    run = small_run(tmp_path_factory.mktemp("told"))
    go_through(run)
    return run


@pytest.fixture(scope="session", name="month_home")
def _month_home(told_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which the small run was published, with ``small.yaml``; no test may change it."""
    from .without_kernels import moved, published

    home = tmp_path_factory.mktemp("month")
    published(moved(told_run, home))
    return home


@pytest.fixture(scope="session", name="champion_home")
def _champion_home(month_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose published month-end was promoted until 2026-01-15; no test may change it."""
    from arseg.runs.promotion import Approval, promote

    from .without_kernels import rehomed

    home = rehomed(month_home, tmp_path_factory.mktemp("champion"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("arseg.runs.untold.tell_mlflow", lambda *_: "it is down")
        promote("small", Approval("A. Bee", "the first", "2026-01-15", on="2025-12-01"), home=home)
    return home


@pytest.fixture(name="write_notebook")
def _write_notebook(tmp_path: Path) -> WriteNotebook:
    def write(*cells: str, parameters: str = PARAMETERS, name: str = "01_ledger") -> Path:
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        first = new_code_cell(parameters, metadata={"tags": ["parameters"]})
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        content = new_notebook(
            cells=[new_markdown_cell("# A question?"), first, *map(new_code_cell, cells)],
            metadata={"kernelspec": kernel},
        )
        nbformat.write(content, path)
        return path

    return write


def ledger(**changes: Any) -> Ledger:
    facts: dict[str, Any] = {
        "path": Path("demo.duckdb"),
        "name": "demo",
        "currency": "EUR",
        "rates": {"EUR": 1.0},
        "present": frozenset({"invoices", "postings"}),
        "first_posting": dt.date(2025, 2, 11),
        "last_known": dt.date(2026, 11, 12),
        "content_hash": "ab" * 32,
        "assumed_clocks": (),
        "notes": (),
    }
    return Ledger(**{**facts, **changes})
