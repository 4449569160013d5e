from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arseg.runs.publication import current
from arseg.runs.surroundings import surroundings
from arseg.runs.targets import carrying
from arseg.runs.targets.carrying import carry, carry_to_each
from arseg.runs.targets.database import LASTING, PASSING, Target, refused
from arseg.runs.targets.duckdb_file import DuckDbFile
from arseg.runs.targets.filing import Held, held_of
from arseg.runs.targets.postgres import Postgres
from arseg.schema import DataError, UsageError
from oracle import killed_statements

Put = Callable[..., Path]
KILLING = Path(killed_statements.__file__)


def held(target: Target) -> Held:
    with target.open(write=False) as database:
        return held_of(database, target.place, "demo")


@pytest.fixture(name="both")
def _both(duckdb_target: DuckDbFile, postgres_declared: Any, tmp_path: Path) -> list[Target]:
    return [duckdb_target, Postgres(postgres_declared, tmp_path)]


@pytest.fixture(name="waits")
def _waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(carrying, "retried", lambda action: carrying_retried(action, waited))
    return waited


def carrying_retried(action: Callable[[], Any], waited: list[float]) -> Any:
    from arseg.runs.targets.retrying import retried

    return retried(action, sleep=waited.append)


def test_a_version_is_carried_to_all_targets(both: list[Target], put: Put) -> None:
    version = put()
    carry(version, both)
    carry(version, both)
    assert [held(target).in_force for target in both] == [version.name] * 2


def test_nothing_to_carry_to_reads_nothing(tmp_path: Path) -> None:
    carry(tmp_path / "missing", [])


def test_where_one_target_refuses_none_has_the_version(
    both: list[Target], put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = put("Low"), put("High", key_date="2026-11-30")
    carry(old, both)
    first, second = both
    monkeypatch.setenv("ARSEG_TEST_URL", "postgresql:///postgres?host=/nowhere")
    monkeypatch.setattr("arseg.runs.targets.retrying.WAITS", ())
    with pytest.raises(DataError, match=r"was not carried to postgres \$ARSEG_TEST_URL, mart: ") as problem:
        carry(new, both)
    assert f"`arseg publish demo --version {new.name}` then finishes without a new run" in problem.value.do
    assert held(first).in_force == old.name
    monkeypatch.undo()
    assert second.described


def test_a_target_without_an_address_is_wrong_usage(
    both: list[Target], put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARSEG_TEST_URL")
    with pytest.raises(UsageError, match="has no address"):
        carry(put(), both)
    assert held(both[0]) == Held(None, {})


class Answers:
    """A target that answers as told: refusals before it takes the rows, or in place of its commit's answer."""

    described, place = "told", "main"

    def __init__(self, real: DuckDbFile, *told: str, at: str) -> None:
        self.real, self.told, self.at, self.opened = real, list(told), at, 0

    def require_ready(self) -> None: ...

    def open(self, **_: Any) -> Any:
        self.opened += 1
        if self.at == "open" and self.told:
            raise refused(self.described, "no answer", passing=self.told.pop(0) == PASSING)
        return self

    def __enter__(self) -> Any:
        self.context = self.real.open(write=True)
        self.database = self.context.__enter__()
        return self

    def __exit__(self, *problem: object) -> Any:
        return self.context.__exit__(*problem)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)

    def commit(self) -> None:
        self.database.commit()
        if self.at == "commit" and self.told:
            raise refused(self.described, "connection lost", passing=self.told.pop(0) == PASSING)


@pytest.mark.parametrize("at", ["open", "commit"])
def test_what_may_pass_is_tried_again_and_done_once(
    duckdb_target: DuckDbFile, put: Put, at: str, waits: list[float]
) -> None:
    version = put()
    told = Answers(duckdb_target, PASSING, PASSING, at=at)
    carry(version, [told])
    assert held(duckdb_target).in_force == version.name
    with duckdb_target.open(write=False) as database:
        assert database.ask("SELECT count(*) FROM main.assignments") == [(5,)]
    assert told.opened == 3
    assert 0.5 <= sum(waits) < 60


def test_what_will_not_pass_is_not_tried_again(
    duckdb_target: DuckDbFile, put: Put, waits: list[float]
) -> None:
    with pytest.raises(DataError, match="was not carried to told"):
        carry(put(), [Answers(duckdb_target, LASTING, at="open")])
    assert waits == []


def test_it_gives_up_after_five_tries_and_less_than_a_minute(
    duckdb_target: DuckDbFile, put: Put, waits: list[float]
) -> None:
    told = Answers(duckdb_target, *[PASSING] * 9, at="open")
    with pytest.raises(DataError, match="was not carried to told"):
        carry(put(), [told])
    assert told.opened == 5
    assert sum(waits) < 60


def test_a_target_that_shows_the_version_all_the_same_is_named(
    duckdb_target: DuckDbFile, tmp_path: Path, put: Put
) -> None:
    late = Answers(DuckDbFile(tmp_path / "late.duckdb", "late", "main"), LASTING, at="commit")
    with pytest.raises(DataError, match=r"not carried to told, though duckdb mart\.duckdb shows it"):
        carry(put(), [duckdb_target, late])


def test_going_to_each_leaves_out_only_those_that_refuse(
    duckdb_target: DuckDbFile, put: Put, waits: list[float]
) -> None:
    version = put()
    refusals = carry_to_each(version, [Answers(duckdb_target, LASTING, at="open"), duckdb_target])
    assert [problem.code for problem in refusals] == [LASTING]
    assert held(duckdb_target).in_force == version.name
    assert current(version.parents[1]) == version
    assert waits == []


@pytest.mark.parametrize("kind", ["duckdb", "postgres"])
def test_killed_at_any_statement_a_target_has_all_or_nothing_and_the_retry_converges(
    kind: str, put: Put, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    old, new = put("Low"), put("High", key_date="2026-11-30")
    # Every statement that files a version, every seventh of those that make the tables; the benchmark takes all.
    command = [sys.executable, str(KILLING), kind, str(old), str(new), str(tmp_path), "7"]
    done = subprocess.run(
        command, env=surroundings(ARSEG_TEST_URL=url), capture_output=True, text=True, check=False
    )
    if kind == "postgres":
        _drop_schemas(url)
    assert done.returncode == 0, done.stderr
    first, second = map(int, done.stdout.split())
    assert first >= 4
    assert second >= 11


def _drop_schemas(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for at in range(1, 80):
            connection.execute(f"DROP SCHEMA IF EXISTS first{at} CASCADE")
