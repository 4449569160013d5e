from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from arseg.runs.surroundings import surroundings
from arseg.runs.targets.carrying import carry
from arseg.runs.targets.database import LASTING, PASSING
from arseg.runs.targets.duckdb_file import DuckDbFile
from arseg.schema import DataError

Put = Callable[..., Path]

HOLD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_looking_makes_no_file(duckdb_target: DuckDbFile) -> None:
    with duckdb_target.open(write=False) as database:
        assert database.ask("SELECT 1") == [(1,)]
    assert not duckdb_target.path.exists()


def test_anybody_reads_it_by_its_views_under_any_name(duckdb_target: DuckDbFile, put: Put) -> None:
    carry(put(), [duckdb_target])
    with duckdb.connect(str(duckdb_target.path), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM current_worklist").fetchall() == [(5,)]
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{duckdb_target.path}' AS other (READ_ONLY)")
        assert connection.sql("SELECT count(*) FROM other.current_assignments").fetchall() == [(5,)]
        described = connection.sql("SELECT column_name, column_type FROM (DESCRIBE other.worklist)")
        kinds = dict(described.fetchall())
    assert (kinds["customer_id"], kinds["open_balance"], kinds["deadline"]) == (
        "VARCHAR",
        "DECIMAL(18,2)",
        "DATE",
    )


def test_a_file_that_another_process_holds_may_be_free_soon(duckdb_target: DuckDbFile, put: Put) -> None:
    carry(put(), [duckdb_target])
    command = [sys.executable, "-c", HOLD, str(duckdb_target.path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=surroundings()
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(DataError, match="lock") as refused, duckdb_target.open(write=True):
            pass
        holder.kill()
    assert refused.value.code == PASSING
    with duckdb_target.open(write=True):
        pass


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"SQLite format 3\0"])
def test_a_file_that_is_none_of_duckdb_is_left_alone(duckdb_target: DuckDbFile, content: bytes) -> None:
    duckdb_target.path.write_bytes(content)
    with (
        pytest.raises(
            DataError, match=r"not a valid DuckDB database file|external extensions is disabled"
        ) as refused,
        duckdb_target.open(write=True),
    ):
        pass
    assert refused.value.code == LASTING
    assert duckdb_target.path.read_bytes() == content


def test_a_file_half_made_by_a_killed_run_is_made_again(duckdb_target: DuckDbFile) -> None:
    aside = duckdb_target.path.with_name(".mart.duckdb.new")
    aside.write_bytes(b"half")
    with duckdb_target.open(write=True) as database:
        assert database.ask("SELECT 1") == [(1,)]
    assert not aside.exists()


def test_a_folder_that_cannot_be_made_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    target = DuckDbFile(tmp_path / "file" / "mart.duckdb", "duckdb", "main")
    target.require_ready()
    with pytest.raises(DataError, match="the target duckdb refused"), target.open(write=True):
        pass


def test_nothing_in_the_file_reaches_outside_it(duckdb_target: DuckDbFile, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    with (
        duckdb_target.open(write=True) as database,
        pytest.raises(DataError, match=r"external access|disabled"),
    ):
        database.ask(f"SELECT * FROM read_csv('{tmp_path}/secret.csv')")
