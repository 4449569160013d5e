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

Put = Callable[..., Path]

# Forks a child for each statement of a carrying and kills it there; prints how many statements there were.
KILLED_AT_EACH = """
import os, signal, sys
from pathlib import Path
from arseg.runs.publication_sections import Target as Declared
from arseg.runs.targets import duckdb_file, postgres
from arseg.runs.targets.carrying import carry

kind, version, place = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
room = duckdb_file if kind == "duckdb" else postgres

def target(at):
    if kind == "duckdb":
        return duckdb_file.DuckDbFile(place / f"at{at}.duckdb", "duckdb", "mart")
    return postgres.Postgres(Declared(kind="postgres", url_env="ARSEG_TEST_URL", tables_in=f"kill{at}"), place)

def killing(at):
    seen = 0
    for name in ("ask", "add", "commit"):
        def call(self, *args, real=getattr(room._Open, name), **more):
            nonlocal seen
            seen += 1
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, *args, **more)
        setattr(room._Open, name, call)

at = 0
while True:
    at += 1
    child = os.fork()
    if not child:
        killing(at)
        carry(version, [target(at)])
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
print(at - 1)
"""


def held(target: Target) -> Held:
    with target.open(write=False) as database:
        return held_of(database, target.place, "demo")


@pytest.fixture(name="both")
def _both(duckdb_target: DuckDbFile, postgres_declared: Any, tmp_path: Path) -> list[Target]:
    return [duckdb_target, Postgres(postgres_declared, tmp_path)]


@pytest.fixture(name="waits")
def _waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
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

    described, place = "told", "mart"

    def __init__(self, real: DuckDbFile, *told: str, at: str) -> None:
        self.real, self.told, self.at, self.opened = real, list(told), at, 0

    def require_ready(self) -> None: ...

    def open(self, **options: Any) -> Any:
        self.opened += 1
        if self.at == "open" and self.told:
            raise refused(self.described, "no answer", passing=self.told.pop(0) == PASSING)
        return self

    def __enter__(self) -> Any:
        self.context = self.real.open(write=True)
        self.database = self.context.__enter__()
        return self

    def __exit__(self, *problem: Any) -> Any:
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
        assert database.ask("SELECT count(*) FROM arseg.assignments") == [(5,)]
    assert told.opened == 3
    assert 0.5 <= sum(waits) < 60


def test_what_will_not_pass_is_not_tried_again(duckdb_target: DuckDbFile, put: Put, waits: list[float]) -> None:
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
    late = Answers(DuckDbFile(tmp_path / "late.duckdb", "late", "arseg"), LASTING, at="commit")
    with pytest.raises(DataError, match="not carried to told, though duckdb mart.duckdb shows it"):
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
    version = put()
    command = [sys.executable, "-c", KILLED_AT_EACH, kind, str(version), str(tmp_path)]
    done = subprocess.run(
        command, env=surroundings(ARSEG_TEST_URL=url), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    statements = int(done.stdout)
    assert statements > 20
    if kind == "postgres":
        _postgres_converges(url, version, statements, tmp_path)
        return
    for at in range(1, statements + 1):
        target = DuckDbFile(tmp_path / f"at{at}.duckdb", "duckdb", "mart")
        assert held(target) == Held(None, {})
        carry(version, [target])
        assert held(target).in_force == version.name


def _postgres_converges(url: str, version: Path, statements: int, home: Path) -> None:
    import psycopg

    from arseg.runs.publication_sections import Target as Declared

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARSEG_TEST_URL", url)
        for at in range(1, statements + 1):
            declared = Declared(kind="postgres", url_env="ARSEG_TEST_URL", tables_in=f"kill{at}")
            target = Postgres(declared, home)
            assert held(target) == Held(None, {})
            if at % 5 == 0:
                carry(version, [target])
                assert held(target).in_force == version.name
    with psycopg.connect(url, autocommit=True) as connection:
        for at in range(1, statements + 2):
            connection.execute(f"DROP SCHEMA IF EXISTS kill{at} CASCADE")
