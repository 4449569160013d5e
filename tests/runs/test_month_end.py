from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from arseg.runs import edition, month_end, staging
from arseg.runs.experiment import Experiment
from arseg.runs.journal import open_run, read_journal, run_folders
from arseg.runs.lock import exclusive
from arseg.runs.month_end import RunResult, run_experiment
from arseg.runs.notebook import Executed
from arseg.runs.preparation import STAGES
from arseg.runs.publication import current, read_manifest, verify
from arseg.runs.sections import Part
from arseg.runs.staging import TakeUp
from arseg.schema import BusyError, DataError, UsageError

from . import without_kernels
from .conftest import EXPERIMENT, ledger

Stage = Callable[..., None]
# Imported before ``read_ledger`` is replaced: what is imported first under the replacement would keep it.
BOUND = (edition, without_kernels)


class Home:
    """A home whose stages are functions instead of kernels, and whose MLflow is a list."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tracked: list[dict[str, Any]] = []
        self.executed: list[str] = []
        self.fail_at = ""
        self.page = "<p>page</p>"
        self.left = True

    def execute(self, notebook: Path, output: Path, parameters: dict[str, str], **_: Any) -> Executed:
        self.executed.append(notebook.stem)
        run = open_run(parameters["config"], parameters["run_id"])
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text("{}", encoding="utf-8")
        if notebook.stem == self.fail_at:
            raise DataError(f"notebook {notebook.stem} failed in cell 4", given="x", allowed="y", do="z")
        if notebook.stem == "06_report" and self.left:
            (run.to_publish / "index.html").write_text(self.page, encoding="utf-8")
            (run.to_publish / "worklist.csv").write_text(f"{run.key_date}\n", encoding="utf-8")
            for name in ("worklist", "measures"):
                (run.to_publish / f"{name}.parquet").write_text(f"{run.key_date}\n", encoding="utf-8")
            run.save("tracking", {"parameters": {"rows": 3}, "metrics": {"dso": 30.0}})
        run.finish(notebook.stem)
        return Executed(1.0, 100)

    def run(self, **options: Any) -> RunResult:
        return run_experiment(self.folder / "demo.yaml", home=self.folder, **options)

    @property
    def published(self) -> Path:
        return self.folder / "data" / "published" / "demo"


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home(tmp_path)
    (tmp_path / "demo.yaml").write_text(EXPERIMENT, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    for stage in STAGES:
        nbformat.write(
            new_notebook(cells=[new_code_cell("x = 1")]), tmp_path / "notebooks" / f"{stage}.ipynb"
        )

    class Tracker:
        def __init__(self, _run: object) -> None:
            pass

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def track(self, **told: Any) -> dict[str, Any]:
            home.tracked.append(told)
            return {"mlflow_run": "m1", "model_version": None}

    monkeypatch.setattr(month_end, "Tracker", Tracker)
    monkeypatch.setattr(staging, "execute", home.execute)
    monkeypatch.setattr("arseg.ledger.read_ledger", lambda _path: ledger(), raising=False)
    return home


def test_a_run_executes_every_stage_then_publishes_and_tracks(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    result = home.run()
    assert home.executed == list(STAGES)
    assert (result.experiment, result.key_date, result.in_force) == ("demo", dt.date(2026, 10, 31), True)
    assert result.report == home.folder / "reports" / "demo" / "2026-10-31" / "index.html"
    assert result.report.read_text(encoding="utf-8") == home.page
    assert result.worklist.read_text(encoding="utf-8") == "2026-10-31\n"
    assert result.worklist.parent == result.publication == current(home.published)
    assert verify(home.published) == []
    assert "demo/2026-10-31/index.html" in (home.folder / "reports" / "index.html").read_text(
        encoding="utf-8"
    )
    assert sorted(path.name for path in result.report.parent.glob("*.ipynb")) == [
        f"{s}.ipynb" for s in sorted(STAGES)
    ]
    assert json.loads(result.to_json())["version"] == result.version
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split()[0] for line in said.err.splitlines()] == list(STAGES)


def test_mlflow_is_told_the_whole_experiment_and_what_the_last_stage_adds(home: Home) -> None:
    result = home.run()
    told = home.tracked[0]
    assert told["parameters"]["rows"] == 3
    declared = {"name": "DiscreteHazard", "parameters": {"trees": 40}, "label": None}
    assert told["parameters"]["model"] == declared
    assert told["metrics"] == {"dso": 30.0}
    assert told["data_hash"] == "ab" * 32
    assert told["artifacts"] == {
        "": [result.publication / "index.html"],
        "figures": [],
        "tables": [result.publication / "measures.parquet"],
        "notebooks": [result.report.with_name(f"{stage}.ipynb") for stage in sorted(STAGES)],
    }, "the worklist has names in it"
    assert told["model_folder"] is None


def test_the_journal_tells_the_run_from_start_to_end(home: Home) -> None:
    result = home.run()
    events = read_journal(home.folder / "journal" / result.run_id)
    stages = [name for _ in STAGES for name in ("stage_start", "stage_end")]
    assert [event["event"] for event in events] == ["start", *stages, "publish", "end"]
    assert {event["peak_mib"] for event in events if event["event"] == "stage_end"} == {100}


def test_the_same_run_twice_publishes_the_same_bytes_once(home: Home) -> None:
    first, second = home.run(), home.run()
    assert first.run_id != second.run_id
    assert first.publication == second.publication
    everything = b"".join(path.read_bytes() for path in first.publication.rglob("*") if path.is_file())
    assert first.run_id.encode() not in everything
    assert second.run_id.encode() not in everything


@pytest.mark.parametrize("stage", STAGES)
def test_a_failed_stage_publishes_nothing_and_is_journalled(home: Home, stage: str) -> None:
    before = home.run(key_date="2026-09-30")
    home.fail_at, home.page = stage, "<p>newer</p>"
    with pytest.raises(DataError, match=f"notebook {stage} failed in cell 4"):
        home.run()
    assert current(home.published) == before.publication
    assert not (home.folder / "reports" / "demo" / "2026-10-31" / "index.html").exists()
    last = read_journal(run_folders(home.folder)[-1])[-1]
    assert (last["event"], last["type"]) == ("fail", "DataError")
    assert f"notebook {stage} failed in cell 4" in last["message"]
    home.fail_at = ""
    assert home.run().in_force


def test_a_failed_run_is_taken_up_where_it_stopped_and_ends_as_one_that_never_failed(home: Home) -> None:
    home.fail_at = "05_backtest"
    with pytest.raises(DataError, match="notebook 05_backtest failed"):
        home.run()
    home.fail_at, home.executed = "", []
    result = home.run(begin=TakeUp(resume=True))
    assert home.executed == ["05_backtest", "07_forecast", "06_report"]
    assert [folder.name for folder in run_folders(home.folder)] == [result.run_id]
    events = [event["event"] for event in read_journal(home.folder / "journal" / result.run_id)]
    assert events.count("stage_skip") == 4
    assert events[-2:] == ["publish", "end"]
    assert home.run().version == result.version


def test_an_older_month_is_published_without_taking_the_place_of_a_later_one(home: Home) -> None:
    later = home.run()
    older = home.run(key_date="2026-09-30")
    assert (later.in_force, older.in_force) == (True, False)
    assert current(home.published) == later.publication
    assert verify(home.published, older.version) == []
    assert home.run().in_force


def test_a_stage_that_leaves_too_little_publishes_nothing(home: Home) -> None:
    home.left = False
    with pytest.raises(DataError, match=r"the last stage left too little to publish.*Given: nothing"):
        home.run()
    assert current(home.published) is None


def test_a_target_that_refuses_fails_the_run_by_name_and_leaves_the_previous_publication(home: Home) -> None:
    before = home.run(key_date="2026-09-30")
    declared = "publication:\n  targets:\n    - kind: duckdb\n      path: mart.duckdb\n"
    (home.folder / "demo.yaml").write_text(EXPERIMENT + declared, encoding="utf-8")
    with pytest.raises(DataError, match="has nothing to file in a database"):
        home.run()
    assert current(home.published) == before.publication
    events = read_journal(run_folders(home.folder)[-1])
    assert events[-1]["event"] == "fail"
    assert "publish" not in [event["event"] for event in events]


def test_a_target_without_an_address_is_refused_before_a_stage_runs(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARSEG_UNSET", raising=False)
    declared = "publication:\n  targets:\n    - kind: postgres\n      url_env: ARSEG_UNSET\n"
    (home.folder / "demo.yaml").write_text(EXPERIMENT + declared, encoding="utf-8")
    with pytest.raises(UsageError, match="nothing in the environment variable ARSEG_UNSET"):
        home.run()
    assert home.executed == []


def test_a_ledger_that_changes_meanwhile_publishes_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = iter(["ab" * 32, "cd" * 32])
    changing = lambda _path: ledger(content_hash=next(hashes))  # noqa: E731 - one line says it
    monkeypatch.setattr("arseg.ledger.read_ledger", changing, raising=False)
    with pytest.raises(DataError, match=r"loaded again while the run read it.*Do: run again"):
        home.run()
    assert current(home.published) is None


def test_a_second_run_in_the_same_home_is_refused(home: Home) -> None:
    with exclusive(home.folder, "arseg run other"), pytest.raises(BusyError, match="arseg run other"):
        home.run()
    assert home.executed == []


def test_an_unknown_policy_model_or_playbook_is_refused_before_a_stage_runs(home: Home) -> None:
    path = home.folder / "demo.yaml"
    for old, new, message in (
        ("RiskTiers", "RiskTier", "there is no policy 'RiskTier'"),
        ("DiscreteHazard", "DiscreteHasard", "DiscreteHasard"),
        ("medium_from", "medium_form", "medium_form"),
        ("title: Demo book", "playbook: standart", "standart"),
    ):
        path.write_text(EXPERIMENT.replace(old, new), encoding="utf-8")
        with pytest.raises(UsageError, match=message):
            home.run()
    assert home.executed == []
    assert run_folders(home.folder) == []


def test_the_command_line_wins_over_the_experiment_and_that_over_the_month_end(home: Home) -> None:
    path = home.folder / "demo.yaml"
    path.write_text(f"{EXPERIMENT}key_date: 2026-08-31\n", encoding="utf-8")
    assert home.run().key_date == dt.date(2026, 8, 31)
    assert home.run(key_date="2026-07-31").key_date == dt.date(2026, 7, 31)


def test_the_experiment_of_a_run_is_the_one_that_was_asked_for(home: Home) -> None:
    result = home.run()
    run = open_run(str(home.folder / "journal" / result.run_id / "run.json"))
    assert isinstance(run.experiment, Experiment)
    assert run.experiment.model == Part(name="DiscreteHazard", parameters={"trees": 40})
    facts = read_manifest(result.publication)["facts"]
    assert facts["experiment_hash"] == run.experiment.experiment_hash
    assert facts["policy"] == "RiskTiers"
