from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from arseg.runs import staging
from arseg.runs.experiment import Experiment
from arseg.runs.journal import Run, create_run, open_run, read_journal
from arseg.runs.limit_sections import Limits
from arseg.runs.notebook import Executed
from arseg.runs.staging import TakeUp, execute_stages, stage_named, take_up
from arseg.schema import DataError, UsageError

STAGES = ("01_ledger", "02_features", "03_models")


class Stages:
    """Three stages that each leave one file when they start and one when they end."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.notebooks = run.home / "notebooks"
        self.outputs = run.reports
        self.executed: list[str] = []
        self.fail_at = ""
        self.shared = False
        self.met: list[str] = []
        self.notebooks.mkdir(exist_ok=True)
        self.outputs.mkdir(parents=True, exist_ok=True)
        for stage in STAGES:
            self.edit(stage, "x = 1")

    def edit(self, stage: str, source: str) -> None:
        cell = new_code_cell(source, id=stage[:2])
        nbformat.write(new_notebook(cells=[cell]), self.notebooks / f"{stage}.ipynb")

    def execute(
        self,
        notebook: Path,
        output: Path,
        parameters: dict[str, str],
        *,
        cwd: Path,
        limits: Limits,
        on_cell: Callable[[], None],
    ) -> Executed:
        assert (cwd, limits) == (self.run.home, self.run.experiment.limits)
        on_cell()
        stage = notebook.stem
        self.executed.append(stage)
        run = open_run(parameters["config"], parameters["run_id"])
        self.met = sorted(path.stem for path in run.work.iterdir())
        run.save("shared" if self.shared else f"began_{stage}", {"stage": stage})
        output.write_text(json.dumps(stage), encoding="utf-8")
        if stage == self.fail_at:
            raise DataError(f"notebook {stage} failed in cell 2", given="x", allowed="y", do="z")
        run.save(f"own_{stage}", {"done": True})
        run.finish(stage)
        return Executed(1.5, 100)

    def go(self, **begin: Any) -> list[str]:
        self.executed = []
        execute_stages(self.run, self.notebooks, STAGES, begin=TakeUp(**begin))
        return self.executed

    def fail(self, stage: str, **begin: Any) -> None:
        self.fail_at = stage
        with pytest.raises(DataError, match=f"notebook {stage} failed"):
            self.go(**begin)
        self.fail_at = ""


@pytest.fixture(name="stages")
def _stages(run: Run, monkeypatch: pytest.MonkeyPatch) -> Stages:
    stages = Stages(run)
    monkeypatch.setattr(staging, "execute", stages.execute)
    return stages


def test_unasked_every_stage_is_executed(stages: Stages) -> None:
    stages.fail("03_models")
    assert stages.go() == list(STAGES)


def test_a_resumed_run_executes_what_is_missing_from_the_state_in_which_the_last_stage_ended(
    stages: Stages,
) -> None:
    stages.fail("03_models")
    assert (stages.run.work / "began_03_models.json").is_file()
    assert stages.go(resume=True) == ["03_models"]
    ended = [f"{mark}_{stage}" for mark in ("began", "own") for stage in STAGES[:2]]
    assert stages.met == ended, "what the failed attempt left is gone"
    assert stages.go(resume=True) == []


def test_a_stage_that_a_failed_one_wrote_over_is_executed_again(stages: Stages) -> None:
    stages.shared = True
    stages.fail("02_features")
    assert stages.go(resume=True) == list(STAGES)
    with pytest.raises(UsageError, match=r"needs 01_ledger.*Given: shared.json is not as it left it"):
        stages.go(first="03_models")


def test_a_changed_notebook_is_executed_again_with_all_that_follow(stages: Stages) -> None:
    stages.go()
    stages.edit("02_features", "x = 2")
    assert stages.go(resume=True) == ["02_features", "03_models"]
    assert stages.go(resume=True) == []


def test_a_run_begins_with_the_stage_that_is_named(stages: Stages) -> None:
    stages.go()
    assert stages.go(first="02_features") == ["02_features", "03_models"]
    assert stages.go(first="01_ledger") == list(STAGES)


def test_a_stage_whose_earlier_ones_cannot_be_left_out_is_refused_before_anything_is_executed(
    stages: Stages,
) -> None:
    with pytest.raises(UsageError, match=r"stage 03_models needs 01_ledger.*it has not reached its end"):
        stages.go(first="03_models")
    stages.go()
    stages.edit("02_features", "x = 2")
    with pytest.raises(UsageError, match=r"stage 03_models needs 02_features.*not those of then.*--resume"):
        stages.go(first="03_models")
    assert stages.executed == []


def test_the_journal_says_what_each_stage_depends_on_took_and_ended_by(stages: Stages) -> None:
    stages.fail("02_features")
    stages.go(resume=True)
    events = read_journal(stages.run.folder)
    told = [(event["event"], event["stage"]) for event in events]
    first, second, third = STAGES
    assert told == [
        ("stage_start", first),
        ("stage_end", first),
        ("stage_start", second),
        ("stage_fail", second),
        ("stage_skip", first),
        *[(event, stage) for stage in (second, third) for event in ("stage_start", "stage_end")],
    ]
    assert all(len(event["hash"]) == 64 for event in events)
    assert len({event["hash"] for event in events}) == 3
    ended, failed = events[1], events[3]
    assert (ended["seconds"], ended["peak_mib"]) == (1.5, 100)
    assert (failed["type"], failed["seconds"] >= 0) == ("DataError", True)
    assert "notebook 02_features failed in cell 2" in failed["message"]


def test_only_an_attempt_at_the_very_same_run_is_taken_up(
    run: Run, experiment: Experiment, tmp_path: Path
) -> None:
    def fresh(**changes: Any) -> Run:
        facts = {"key_date": run.key_date, "home": tmp_path, "ledger_hash": run.ledger_hash, **changes}
        return create_run(facts.pop("experiment", experiment), **facts)

    again = fresh()
    assert take_up(again).run_id == run.run_id
    assert not again.folder.exists()
    other = fresh(experiment=experiment.model_copy(update={"title": "Another"}))
    reloaded = fresh(ledger_hash="cd" * 32)
    assert [take_up(each).run_id for each in (other, reloaded)] == [other.run_id, reloaded.run_id]
    (run.folder / "run.json").write_text("{", encoding="utf-8")
    last = fresh()
    assert take_up(last).run_id == last.run_id


def test_an_attempt_is_taken_up_in_a_home_that_moved(
    run: Run, experiment: Experiment, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    run.folder.parent.rename(moved / "journal")
    again = create_run(experiment, key_date=run.key_date, home=moved, ledger_hash=run.ledger_hash)
    found = take_up(again)
    assert open_run(str(found.record)) == replace(found, home=moved)


def test_a_stage_is_named_in_full_by_its_number_or_its_word() -> None:
    with pytest.raises(UsageError, match=r"there is no such stage. Given: train. Allowed: 01_ledger, 02_"):
        stage_named("train")
