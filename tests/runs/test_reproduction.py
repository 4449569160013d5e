from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from arseg.ledger import load, read_ledger
from arseg.runs import month_end, staging
from arseg.runs.inputs import INPUTS
from arseg.runs.journal import open_run
from arseg.runs.limit_sections import Limits
from arseg.runs.month_end import RunResult, run_experiment
from arseg.runs.notebook import Executed
from arseg.runs.overrides import override_file
from arseg.runs.preparation import STAGES
from arseg.runs.publication import versions
from arseg.runs.reproduction import describe, reproduce
from arseg.schema import DataError, UsageError

from .conftest import EXPERIMENT

INVOICES = "invoice_id,customer_id,document_date,due_date,amount,currency,known_on\n"
POSTINGS = "posting_id,invoice_id,kind,amount,currency,value_date,known_on\n"


class Tracker:
    def __init__(self, _run: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def track(self, **_: Any) -> dict[str, Any]:
        return {"mlflow_run": "m1", "model_version": None}


def execute(
    notebook: Path,
    output: Path,
    parameters: dict[str, str],
    *,
    cwd: Path,
    limits: Limits,
    on_cell: Callable[[], None],
) -> Executed:
    """Publish what the run can see: the ledger, the overrides, the earlier versions and the notebook itself."""
    del limits
    on_cell()
    run = open_run(parameters["config"], parameters["run_id"])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("{}", encoding="utf-8")
    if notebook.stem == "06_report":
        decided = override_file(run.home, "demo")
        seen = {
            "ledger": read_ledger(run.ledger_path).content_hash,
            "decided": decided.read_text(encoding="utf-8") if decided.is_file() else "",
            "before": versions(run.home / "data" / "published" / "demo"),
            "rule": (cwd / "rule.txt").read_text(encoding="utf-8"),
        }
        (run.to_publish / "index.html").write_text(json.dumps(seen), encoding="utf-8")
        (run.to_publish / "worklist.csv").write_text(f"{run.key_date}\n", encoding="utf-8")
        run.save("tracking", {"parameters": {}, "metrics": {}})
    run.finish(notebook.stem)
    return Executed(1.0, 100)


def put(home: Path, invoices: str, postings: str) -> None:
    folder = home / f"extract{len(list(home.glob('extract*')))}"
    folder.mkdir()
    (folder / "invoices.csv").write_text(INVOICES + invoices, encoding="utf-8")
    (folder / "postings.csv").write_text(POSTINGS + postings, encoding="utf-8")
    load([folder], "arseg", into="demo", home=home)


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(month_end, "Tracker", Tracker)
    monkeypatch.setattr(staging, "execute", execute)
    (tmp_path / "demo.yaml").write_text(EXPERIMENT, encoding="utf-8")
    (tmp_path / "rule.txt").write_text("first", encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    for stage in STAGES:
        text = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        (tmp_path / "notebooks" / f"{stage}.ipynb").write_text(text, encoding="utf-8")
    put(
        tmp_path,
        "I1,C1,2024-01-02,2024-02-01,100.00,EUR,2024-01-02\nI0,C1,2024-02-05,2024-03-01,9.00,EUR,2024-02-05\n",
        "P1,I1,payment,40.00,EUR,2024-01-10,2024-01-11\n",
    )
    return tmp_path


def go(home: Path, day: str = "2024-01-31") -> RunResult:
    return run_experiment(home / "demo.yaml", key_date=day, home=home)


def test_a_run_comes_out_byte_for_byte_whatever_was_loaded_decided_and_published_since(home: Path) -> None:
    first = go(home)
    put(
        home,
        "I2,C2,2024-03-02,2024-04-01,70.00,EUR,2024-03-02\n",
        "P2,I1,payment,60.00,EUR,2024-03-10,2024-03-11\n",
    )
    override_file(home, "demo").parent.mkdir(parents=True, exist_ok=True)
    override_file(home, "demo").write_text("{}\n", encoding="utf-8")
    second = go(home, "2024-02-29")
    for result, before in ((first, []), (second, [first.version])):
        found = reproduce(result.run_id, home=home)
        assert found.equal
        assert found.inputs == ()
        assert describe(found) == f"{result.run_id}: all 2 files of {result.version} came out byte for byte"
        assert json.loads((result.publication / "index.html").read_text(encoding="utf-8"))["before"] == before
    assert versions(home / "data" / "published" / "demo") == sorted([first.version, second.version])
    assert not list(home.glob(".again-*"))


def test_what_differs_is_named_file_by_file_and_with_its_reason(home: Path) -> None:
    result = go(home)
    (home / "rule.txt").write_text("second", encoding="utf-8")
    with (home / "notebooks" / "03_models.ipynb").open("a", encoding="utf-8") as notebook:
        notebook.write("\n")
    found = reproduce(result.run_id, home=home)
    assert (found.equal, found.differing, found.files) == (False, ("index.html",), 2)
    assert describe(found).splitlines()[1:] == ["  index.html", "since then: the stage notebooks are others"]
    assert json.loads(found.to_json())["equal"] is False


def test_a_parameter_that_was_changed_since_is_named_and_the_run_is_still_that_of_then(home: Path) -> None:
    result = go(home)
    file = home / "demo.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("medium_from: 0.1", "medium_from: 0.2"), encoding="utf-8"
    )
    found = reproduce(result.run_id, home=home)
    assert (found.equal, found.inputs) == (True, ("the experiment's file declares something else",))
    file.write_text("name: [", encoding="utf-8")
    assert reproduce(result.run_id, home=home).inputs == ("the experiment's file can no longer be read",)


def test_a_record_that_was_changed_is_refused(home: Path) -> None:
    record = home / "journal" / go(home).run_id / "run.json"
    record.write_text(
        record.read_text(encoding="utf-8").replace('"medium_from": 0.1', '"medium_from": 0.2'),
        encoding="utf-8",
    )
    with pytest.raises(DataError, match="the run's record was changed"):
        reproduce(record.parent.name, home=home)


def test_a_run_whose_rows_are_gone_is_refused(home: Path) -> None:
    result = go(home)
    (home / "data" / "ledger" / "demo.duckdb").unlink()
    put(
        home,
        "I1,C1,2024-01-02,2024-02-01,100.01,EUR,2024-01-02\nI0,C1,2024-02-05,2024-03-01,9.00,EUR,2024-02-05\n",
        "P1,I1,payment,40.00,EUR,2024-01-10,2024-01-11\n",
    )
    with pytest.raises(DataError, match=r"no longer what it was.*other rows in invoices"):
        reproduce(result.run_id, home=home)


def test_what_cannot_be_run_again_is_refused(home: Path) -> None:
    with pytest.raises(UsageError, match=r"no such run.*no run yet"):
        reproduce("20240131T000000000000Z-abcdef", home=home)
    result = go(home)
    folder = home / "journal" / result.run_id
    (folder / INPUTS).rename(folder / "aside.json")
    with pytest.raises(DataError, match="did not keep what it stood on"):
        reproduce(result.run_id, home=home)
    (folder / "aside.json").rename(folder / INPUTS)
    (folder / "journal.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="published nothing"):
        reproduce(result.run_id, home=home)
