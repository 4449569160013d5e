from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from arseg.runs import stage_hash
from arseg.runs.experiment import Experiment
from arseg.runs.journal import Run
from arseg.runs.overrides import override_file
from arseg.runs.sections import Part
from arseg.runs.stage_hash import code_hash, lock_hash, stage_hashes

STAGES = ("01_ledger", "03_models", "04_policies", "06_report")


@pytest.fixture(name="notebooks")
def _notebooks(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for stage in STAGES:
        (folder / f"{stage}.ipynb").write_text(stage, encoding="utf-8")
    return folder


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [stage for stage in STAGES if before[stage] != after[stage]]


def test_the_same_run_has_the_same_hashes_whatever_its_id_and_place(run: Run, notebooks: Path) -> None:
    hashes = stage_hashes(run, notebooks, STAGES)
    assert len(set(hashes.values())) == len(STAGES)
    assert stage_hashes(replace(run, run_id="another", folder=run.home), notebooks, STAGES) == hashes


def test_a_changed_notebook_changes_its_stage_and_all_that_follow(run: Run, notebooks: Path) -> None:
    before = stage_hashes(run, notebooks, STAGES)
    (notebooks / "03_models.ipynb").write_text("edited", encoding="utf-8")
    assert changed(before, stage_hashes(run, notebooks, STAGES)) == list(STAGES[1:])


def test_other_inputs_parameters_or_code_change_every_stage(
    run: Run, notebooks: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stage_hashes(run, notebooks, STAGES)
    other = experiment.model_copy(update={"model": Part(name="CustomerMeanDelay")})
    for another in (
        replace(run, ledger_hash="cd" * 32),
        replace(run, key_date=dt.date(2026, 9, 30)),
        replace(run, experiment=other),
    ):
        assert changed(before, stage_hashes(another, notebooks, STAGES)) == list(STAGES)
    for name in ("code_hash", "lock_hash"):
        with monkeypatch.context() as patched:
            patched.setattr(stage_hash, name, lambda: "other")
            assert changed(before, stage_hashes(run, notebooks, STAGES)) == list(STAGES)


def test_an_own_block_and_an_own_playbook_are_inputs(
    run: Run, notebooks: Path, experiment: Experiment
) -> None:
    features = experiment.features.model_copy(update={"folder": "blocks"})
    own = replace(
        run, experiment=experiment.model_copy(update={"features": features, "playbook": "mine.yaml"})
    )
    (run.home / "blocks").mkdir()
    seen = [stage_hashes(own, notebooks, STAGES)]
    for name in ("blocks/habit.sql", "mine.yaml"):
        (run.home / name).write_text("one", encoding="utf-8")
        seen.append(stage_hashes(own, notebooks, STAGES))
        (run.home / name).write_text("two", encoding="utf-8")
        seen.append(stage_hashes(own, notebooks, STAGES))
    assert len({hashes["01_ledger"] for hashes in seen}) == 5


def publish(versions: Path, name: str) -> None:
    (versions / name).mkdir(parents=True)
    (versions / name / "manifest.json").write_text("{}", encoding="utf-8")


def test_what_people_and_earlier_key_dates_decided_changes_policies_and_what_follows(
    run: Run, notebooks: Path
) -> None:
    before = stage_hashes(run, notebooks, STAGES)
    versions = run.home / "data" / "published" / "demo" / "versions"
    publish(versions, "2026-10-31-aaaaaaaa")
    assert stage_hashes(run, notebooks, STAGES) == before, "what this key date published is no input"
    publish(versions, "2026-09-30-aaaaaaaa")
    published = stage_hashes(run, notebooks, STAGES)
    assert changed(before, published) == list(STAGES[2:])
    overrides = override_file(run.home, "demo")
    overrides.parent.mkdir(parents=True)
    overrides.write_text("{}\n", encoding="utf-8")
    assert changed(published, stage_hashes(run, notebooks, STAGES)) == list(STAGES[2:])


def test_code_and_packages_are_hashed_from_what_is_installed(tmp_path: Path) -> None:
    assert len(code_hash()) == len(lock_hash()) == 64
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "a.py").write_text("1", encoding="utf-8")
    before = stage_hash.tree_hash(tmp_path)
    (tmp_path / "__pycache__" / "a.pyc").write_text("2", encoding="utf-8")
    assert stage_hash.tree_hash(tmp_path) == before
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert stage_hash.tree_hash(tmp_path) != before
