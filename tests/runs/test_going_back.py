from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import pytest

from arseg.runs.going_back import ByHand, go_back, put_in_force
from arseg.runs.journal import read_journal
from arseg.runs.publication import current
from arseg.runs.publication_sections import PublicationTargets, Target
from arseg.runs.targets.declared import keep_targets, kept_targets
from arseg.schema import DataError, UsageError

from .conftest import EXPERIMENT
from .test_delivery import DOWN, MART, put, shown, with_targets

HAND = ByHand("ann", "wrong rates")


@pytest.fixture(name="two")
def _two(experiment: Any, tmp_path: Path) -> list[Path]:
    """Return two versions of an experiment with a DuckDB target, the later in force."""
    declared = with_targets(experiment, MART)
    return [put(declared, tmp_path, day) for day in ("2026-10-31", "2026-11-30")]


def acts(home: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in event.items() if k != "at"} for event in read_journal(home / "journal")]


def test_going_back_moves_the_folder_and_the_target_and_is_journalled(
    two: list[Path], tmp_path: Path
) -> None:
    old, new = two
    assert go_back(tmp_path, "demo", hand=HAND) == old
    assert current(old.parents[1]) == old
    assert shown(tmp_path) == [(old.name,)]
    line = {
        "event": "rollback",
        "experiment": "demo",
        "version": old.name,
        "by": "ann",
        "reason": "wrong rates",
    }
    assert acts(tmp_path) == [{**line, "state": "begun"}, {**line, "state": "done"}]
    assert go_back(tmp_path, "demo", to=new.name) == new
    assert shown(tmp_path) == [(new.name,)]
    assert acts(tmp_path)[-1]["by"] == getpass.getuser()


def test_a_version_that_is_not_there_or_damaged_moves_nothing(two: list[Path], tmp_path: Path) -> None:
    old, new = two
    with pytest.raises(UsageError, match="no such version to go back to"):
        go_back(tmp_path, "demo", to="2020-01-31-00000000")
    (old / "index.html").write_bytes(b"")
    with pytest.raises(DataError, match=r"is damaged.*index\.html was changed"):
        go_back(tmp_path, "demo")
    assert current(new.parents[1]) == new
    assert shown(tmp_path) == [(new.name,)]
    assert acts(tmp_path) == []


def test_a_target_that_is_down_does_not_keep_the_others_from_going_back(
    two: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arseg.runs.targets.retrying.WAITS", ())
    old, _ = two
    keep_targets(old.parents[1], [DOWN, MART])
    with pytest.raises(DataError, match=r"in force in the folder, but not in every target") as problem:
        go_back(tmp_path, "demo")
    assert "`arseg publish demo` brings them along" in problem.value.do
    assert current(old.parents[1]) == old
    assert shown(tmp_path) == [(old.name,)]
    assert "not carried to postgres" in acts(tmp_path)[-1]["left"][0]


def test_what_a_target_stopped_is_put_in_force_without_a_new_run(
    experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arseg.runs.targets.retrying.WAITS", ())
    first = put(with_targets(experiment, MART), tmp_path)
    with pytest.raises(DataError, match="was not carried"):
        put(with_targets(experiment, MART, DOWN), tmp_path, "2026-11-30")
    stopped = next(path for path in first.parent.iterdir() if path != first)
    with pytest.raises(DataError, match="was not carried"):
        put_in_force(tmp_path, "demo", version=stopped.name)
    assert current(first.parents[1]) == first
    keep_targets(first.parents[1], [MART])
    assert put_in_force(tmp_path, "demo", version=stopped.name, hand=HAND) == stopped
    assert current(first.parents[1]) == stopped
    assert shown(tmp_path) == [(stopped.name,)]
    assert [act["state"] for act in acts(tmp_path)] == ["begun", "begun", "done"]


def test_a_target_that_is_new_or_behind_is_brought_along_by_the_experiments_file(
    experiment: Any, tmp_path: Path
) -> None:
    version = put(experiment, tmp_path)
    path = tmp_path / "demo.yaml"
    declared = "publication:\n  targets:\n    - kind: duckdb\n      path: mart.duckdb\n"
    path.write_text(EXPERIMENT + declared, encoding="utf-8")
    assert put_in_force(tmp_path, str(path)) == version
    assert shown(tmp_path) == [(version.name,)]
    assert kept_targets(version.parents[1]) == [Target(kind="duckdb", path="mart.duckdb")]
    assert PublicationTargets(targets=kept_targets(version.parents[1])).databases == [MART]


def test_nothing_published_has_nothing_to_put_in_force(tmp_path: Path) -> None:
    for act in (go_back, put_in_force):
        with pytest.raises(UsageError, match="nothing is published under that name"):
            act(tmp_path, "demo")
