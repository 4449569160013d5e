from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.sources.read_duckdb import open_duckdb
from arseg.schema import DataError, UsageError


def make(path: Path, *statements: str) -> Path:
    with duckdb.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def texts(database: Any, table: str) -> list[str]:
    return [text for batch in database.read(table).batches() for text in batch.texts.to_pylist()]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("'000123'", "text", "000123"),
        ("NULL", "text", None),
        ("''", "text", ""),
        ("'paid'::ENUM('open', 'paid')", "text", "paid"),
        ("'a4c88c2d-543a-48ff-b0fb-dac7eae5b78e'::UUID", "text", "a4c88c2d-543a-48ff-b0fb-dac7eae5b78e"),
        ("1234.5::DECIMAL(18,2)", "decimal", "1234.50"),
        ("0::DECIMAL(38,10)", "decimal", "0.0000000000"),
        ("9007199254740993", "integer", "9007199254740993"),
        (
            "170141183460469231731687303715884105727::HUGEINT",
            "integer",
            "170141183460469231731687303715884105727",
        ),
        ("7::UTINYINT", "integer", "7"),
        ("0.1::DOUBLE", "float", "0.1"),
        ("1e10::DOUBLE", "float", "1e+10"),
        ("DATE '2024-02-29'", "date", "2024-02-29"),
        ("TIMESTAMP '2024-02-29'", "date", "2024-02-29"),
        ("TIMESTAMP_NS '2024-02-29'", "date", "2024-02-29"),
        ("'infinity'::DATE", "date", "infinity"),
        ("TIMESTAMP '2024-02-29 12:00:00'", "unsupported:timestamp with a time", "2024-02-29 12:00:00"),
        ("true", "unsupported:BOOLEAN", "true"),
        ("TIME '12:00'", "unsupported:TIME", "12:00:00"),
        ("INTERVAL 1 DAY", "unsupported:INTERVAL", "1 day"),
        ("[1, 2]", "unsupported:INTEGER[]", None),
        ("{'a': 1}", "unsupported:STRUCT(a INTEGER)", None),
    ],
)
def test_each_type_has_one_exact_spelling(tmp_path: Path, value: str, kind: str, text: str | None) -> None:
    path = make(tmp_path / "a.duckdb", f"CREATE TABLE items AS SELECT {value} AS a")
    with open_duckdb(path, bounds=Bounds()) as database:
        reading = database.read("items")
        assert reading.kinds == {"a": kind}
        assert [t for batch in reading.batches() for t in batch.columns["a"].to_pylist()] == [text]


def test_tables_and_views_of_all_schemas_are_listed(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.db",
        "CREATE SCHEMA erp",
        "CREATE TABLE erp.items AS SELECT 2 AS a, 3 AS b",
        "CREATE VIEW seen AS SELECT 1 AS a",
    )
    with open_duckdb(path, bounds=Bounds()) as database:
        assert database.tables() == [("erp", "items", ("a", "b")), ("main", "seen", ("a",))]
        assert texts(database, "erp.items") == ["2,3"]
        assert texts(database, "seen") == ["1"]
        with pytest.raises(UsageError, match=r"a\.db has no table 'items'"):
            database.read("items")


def test_names_are_only_ever_names(tmp_path: Path) -> None:
    evil = 'x"; DROP TABLE canary; --'
    quoted = evil.replace('"', '""')
    path = make(
        tmp_path / "a.db",
        "CREATE TABLE canary AS SELECT 1 AS a",
        f'CREATE TABLE "{quoted}" AS SELECT TIMESTAMP \'2024-02-29\' AS "{quoted}"',
    )
    with open_duckdb(path, bounds=Bounds()) as database:
        assert texts(database, evil) == ["2024-02-29"]
        assert texts(database, "canary") == ["1"]


def test_a_view_of_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    path = make(tmp_path / "a.db", f"CREATE VIEW v AS SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')")
    with (
        open_duckdb(path, bounds=Bounds()) as database,
        pytest.raises(DataError, match=r"a\.db:main\.v cannot be read as DuckDB.*disabled by configuration"),
    ):
        texts(database, "v")


def test_rows_come_in_order_and_two_tables_side_by_side(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.db", "CREATE TABLE many AS SELECT lpad(i::TEXT, 8, '0') AS id FROM range(150000) t(i)"
    )
    with open_duckdb(path, bounds=Bounds()) as database:
        first, second = database.read("many"), database.read("many")
        pairs = list(zip(first.batches(), second.batches(), strict=True))
        assert all(one.texts.equals(other.texts) for one, other in pairs)
        assert [t for one, _ in pairs for t in one.texts.to_pylist()] == [f"{n:08d}" for n in range(150_000)]
        assert [n for one, _ in pairs for n in one.lines.to_pylist()] == list(range(1, 150_001))
        assert max(len(one.lines) for one, _ in pairs) <= 65_536
        assert first.sha256 == second.sha256 != ""
    with (
        open_duckdb(path, bounds=Bounds(rows=149_999)) as database,
        pytest.raises(DataError, match="too many rows"),
    ):
        texts(database, "many")


def test_what_is_no_duckdb_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(4096))
    with pytest.raises(DataError, match=r"a\.db cannot be read as DuckDB"):
        open_duckdb(path, bounds=Bounds()).__enter__()


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET force_mbedtls_unsafe = 'true'")
        connection.execute(f"ATTACH '{path}' AS a (ENCRYPTION_KEY 'canary77', ENCRYPTION_CIPHER 'GCM')")
        connection.execute("CREATE TABLE a.items AS SELECT 1 AS a")
        connection.execute("DETACH a")
    with pytest.raises(DataError, match=r"a\.db cannot be read as DuckDB"):
        open_duckdb(path, bounds=Bounds()).__enter__()


def test_a_file_that_another_process_writes_to_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "CREATE TABLE items AS SELECT 1 AS a")
    code = (
        f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"held\n"
        with pytest.raises(DataError, match=r"a\.db cannot be read as DuckDB.*lock"):
            open_duckdb(path, bounds=Bounds()).__enter__()
        writer.communicate()


def test_a_flipped_bit_gives_rows_or_a_refusal_never_anything_else(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "CREATE TABLE items AS SELECT i AS a, 'x' || i AS b FROM range(2000) t(i)")
    whole, rng = path.read_bytes(), np.random.default_rng(7)
    for place in rng.integers(len(whole), size=60):
        data = bytearray(whole)
        data[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(data)
        try:
            with open_duckdb(path, bounds=Bounds()) as database:
                texts(database, "items")
        except (DataError, UsageError):
            continue
