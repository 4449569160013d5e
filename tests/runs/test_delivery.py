from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from arseg.runs.delivery import deliver, require_targets
from arseg.runs.experiment import Experiment
from arseg.runs.publication import current, version_of, versions
from arseg.runs.publication_sections import PublicationTargets, Target
from arseg.runs.targets.declared import kept_targets
from arseg.schema import DataError, UsageError
from oracle.editions import edition_files

MART = Target(kind="duckdb", path="mart.duckdb")
# Nobody listens there.
DOWN = Target(kind="postgres", url="postgresql://ann@127.0.0.1:1/mart")


def with_targets(experiment: Experiment, *targets: Target) -> Experiment:
    return experiment.model_copy(update={"publication": PublicationTargets(targets=list(targets))})


def put(experiment: Experiment, home: Path, key_date: str = "2026-10-31", *, point: bool = True) -> Path:
    files = edition_files(key_date=key_date)
    version = version_of(key_date, files)
    facts = {"key_date": key_date}
    return deliver(files, experiment=experiment, home=home, version=version, facts=facts, point=point)


def shown(home: Path) -> list[tuple[str, ...]]:
    with duckdb.connect(str(home / "mart.duckdb"), read_only=True) as connection:
        return connection.sql("SELECT version FROM current_publications").fetchall()


def test_without_targets_only_the_folder_is_written(experiment: Experiment, tmp_path: Path) -> None:
    target = put(experiment, tmp_path)
    assert current(target.parents[1]) == target
    assert kept_targets(target.parents[1]) == []
    assert sorted(path.name for path in target.parents[1].iterdir()) == ["CURRENT", "versions"]


def test_the_folder_and_the_target_show_the_same(experiment: Experiment, tmp_path: Path) -> None:
    declared = with_targets(experiment, Target(kind="folder"), MART)
    target = put(declared, tmp_path)
    assert shown(tmp_path) == [(target.name,)]
    assert kept_targets(target.parents[1]) == [MART]
    before = (tmp_path / "mart.duckdb").read_bytes()
    assert put(declared, tmp_path) == target
    assert (tmp_path / "mart.duckdb").read_bytes() == before


def test_a_backfilled_month_is_shown_nowhere(experiment: Experiment, tmp_path: Path) -> None:
    declared = with_targets(experiment, MART)
    later = put(declared, tmp_path, "2026-11-30")
    put(declared, tmp_path, "2026-10-31", point=False)
    assert shown(tmp_path) == [(later.name,)]
    assert current(later.parents[1]) == later


def test_a_target_that_is_down_leaves_everything_in_force_as_it_was(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arseg.runs.targets.retrying.WAITS", (0.0, 0.0))
    old = put(with_targets(experiment, MART), tmp_path)
    with pytest.raises(DataError, match=r"was not carried to postgres by its url") as problem:
        put(with_targets(experiment, MART, DOWN), tmp_path, "2026-11-30")
    assert problem.value.exit_code == 1
    assert current(old.parents[1]) == old
    assert shown(tmp_path) == [(old.name,)]
    assert len(versions(old.parents[1])) == 2


def test_what_a_target_lacks_is_seen_before_a_run(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_targets(experiment, tmp_path)
    require_targets(with_targets(experiment, MART, DOWN), tmp_path)
    monkeypatch.delenv("ARSEG_UNSET", raising=False)
    lacking = with_targets(experiment, Target(kind="postgres", url_env="ARSEG_UNSET"))
    with pytest.raises(UsageError, match=r"the target postgres \$ARSEG_UNSET, arseg has no address"):
        require_targets(lacking, tmp_path)
