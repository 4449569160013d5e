"""The stages of a run as calls in this process: what the notebooks call, without a kernel and without MLflow."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import pytest

from arseg.ledger import read_ledger
from arseg.runs import assigning, cash_stage, daily_edition, daily_stage, edition, provision_stage, stages
from arseg.runs.experiment_schema import written_out
from arseg.runs.journal import Run, note, open_run
from arseg.runs.month_end import conclude
from arseg.runs.notebook import Executed

CALLS: Mapping[str, tuple[Callable[[Run], Any], ...]] = {
    "01_ledger": (stages.check_ledger,),
    "02_features": (stages.build,),
    "03_models": (stages.train,),
    "04_policies": (assigning.assign,),
    "05_backtest": (stages.compare,),
    "07_forecast": (cash_stage.forecast, provision_stage.provision),
    "06_report": (lambda run: edition.write(run, edition.collect(run)),),
    "08_daily": (
        *(stages.check_ledger, daily_stage.refresh, assigning.assign),
        lambda run: daily_edition.write(run, daily_edition.collect(run)),
    ),
}


class NoTracker:
    """Takes no run, as MLflow does where it is down."""

    def __init__(self, _run: object = None) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def track(self, **_: Any) -> None:
        return None


def execute(notebook: Path, output: Path, parameters: Mapping[str, str], **_: Any) -> Executed:
    run = open_run(parameters["config"], parameters["run_id"])
    for call in CALLS[notebook.stem]:
        call(run)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("{}", encoding="utf-8")
    run.finish(notebook.stem)
    return Executed(1.0, 100)


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs in this process do without kernels and MLflow."""
    monkeypatch.setattr("arseg.runs.staging.execute", execute)
    monkeypatch.setattr("arseg.runs.month_end.Tracker", NoTracker)
    monkeypatch.setattr("arseg.runs.daily.Tracker", NoTracker)


def rehomed(home: Path, to: Path, **changes: str) -> Path:
    """Return a copy of a home whose runs know where they are."""
    shutil.copytree(home, to, dirs_exist_ok=True)
    for record in (to / "journal").glob("*/run.json"):
        told = json.loads(record.read_text(encoding="utf-8"))
        record.write_text(json.dumps(told | {"home": str(to)} | changes), encoding="utf-8")
    return to


def moved(run: Run, home: Path) -> Run:
    """Return the run in a copy of its home, with its experiment as a file in it."""
    declared = run.experiment.model_copy(update={"key_date": None})
    known = read_ledger(run.ledger_path).content_hash
    (rehomed(run.home, home, ledger_hash=known) / "small.yaml").write_text(
        written_out(declared), encoding="utf-8"
    )
    return open_run(str(home / "journal" / run.run_id / "run.json"))


def published(run: Run) -> Path:
    """Journal and publish a run whose stages are done, and return its edition."""
    note(run, "start", experiment=run.experiment.name, key_date=run.key_date)
    return conclude(run, NoTracker()).publication  # type: ignore[arg-type]
