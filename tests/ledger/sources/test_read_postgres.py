from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.sources.read_postgres import open_postgres
from arseg.schema import DataError, UsageError

Execute = Callable[..., None]


@pytest.fixture
def execute(postgres_url: str) -> Iterator[Execute]:
    """Return a writer to an empty server: each call is a transaction of its own."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(postgres_url, autocommit=True) as connection:

        def run(*statements: str) -> None:
            for statement in statements:
                connection.execute(statement)

        run(
            "DROP SCHEMA IF EXISTS public CASCADE",
            "DROP SCHEMA IF EXISTS erp CASCADE",
            "CREATE SCHEMA public",
        )
        yield run


def texts(database: Any, table: str) -> list[str]:
    return [text for batch in database.read(table).batches() for text in batch.texts.to_pylist()]


def column(url: str, kind: str, *literals: str) -> tuple[str, list[str | None]]:
    """Return the kind of a column of that type and what these values become."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS public.one")
        connection.execute(f"CREATE TABLE public.one (place serial, a {kind})")
        for literal in literals:
            connection.execute(f"INSERT INTO public.one (a) VALUES ({literal})")
    with open_postgres(url, bounds=Bounds()) as database:
        reading = database.read("one")
        return reading.kinds["a"], [t for b in reading.batches() for t in b.columns["a"].to_pylist()]


@pytest.mark.parametrize(
    ("kind", "literals", "expected"),
    [
        ("text", ["'000123'", "'NA'", "''", "NULL", "'Mü,ller \U0001f600'"], "text"),
        ("varchar(9)", ["'000123'"], "text"),
        ("uuid", ["'a4c88c2d-543a-48ff-b0fb-dac7eae5b78e'"], "text"),
        ("date", ["'2024-02-29'"], "date"),
        ("numeric(18,2)", ["1234.50"], "decimal"),
        ("numeric", ["0.0000000001", "'NaN'", "'Infinity'"], "decimal"),
        ("bigint", ["9007199254740993"], "integer"),
        ("double precision", ["0.1"], "float"),
        ("real", ["0.1"], "float"),
        ("boolean", ["true"], "unsupported:bool"),
        ("time", ["'12:00:00'"], "unsupported:time"),
        ("integer[]", ["'{1,2}'"], "unsupported:_int4"),
    ],
)
@pytest.mark.usefixtures("execute")
def test_each_type_has_one_exact_spelling(
    postgres_url: str, kind: str, literals: list[str], expected: str
) -> None:
    spelt = [None if literal == "NULL" else literal.strip("'") for literal in literals]
    assert column(postgres_url, kind, *literals) == (expected, spelt)


@pytest.mark.usefixtures("execute")
def test_the_blanks_of_a_fixed_width_stay(postgres_url: str) -> None:
    assert column(postgres_url, "char(4)", "'AB'") == ("text", ["AB  "])


@pytest.mark.usefixtures("execute")
def test_timestamps_are_days_unless_one_is_not_at_midnight(postgres_url: str) -> None:
    assert column(postgres_url, "timestamp", "'2024-02-29'", "NULL") == ("date", ["2024-02-29", None])
    kind, found = column(postgres_url, "timestamp", "'2024-02-29'", "'2024-02-29 12:00'")
    assert kind == "unsupported:timestamp with a time"
    assert found == ["2024-02-29 00:00:00", "2024-02-29 12:00:00"]
    assert column(postgres_url, "timestamptz", "'2024-02-29'")[0] == "unsupported:timestamptz"


@pytest.mark.usefixtures("execute")
def test_infinite_days_become_texts_that_are_no_days(postgres_url: str) -> None:
    assert column(postgres_url, "date", "'infinity'", "'0044-03-15 BC'")[1] == ["infinity", "0044-03-15 BC"]


def test_a_labelled_type_is_text(postgres_url: str, execute: Execute) -> None:
    execute(
        "DROP TYPE IF EXISTS mood",
        "CREATE TYPE mood AS ENUM ('open', 'paid')",
        "CREATE DOMAIN money2 AS numeric(18,2)",
    )
    assert column(postgres_url, "mood", "'paid'") == ("text", ["paid"])
    assert column(postgres_url, "money2", "1") == ("decimal", ["1.00"])


def test_a_writer_between_two_tables_changes_nothing_that_is_read(
    postgres_url: str, execute: Execute
) -> None:
    execute("CREATE TABLE invoices AS SELECT 1 AS a", "CREATE TABLE payments AS SELECT 1 AS a")
    with open_postgres(postgres_url, bounds=Bounds()) as database:
        assert texts(database, "invoices") == ["1"]
        execute("INSERT INTO payments VALUES (2)", "DELETE FROM invoices", "CREATE TABLE late (a int)")
        assert texts(database, "payments") == ["1"]
        assert texts(database, "invoices") == ["1"]
        assert [head.table for head in database.tables() if head.schema == "public"] == [
            "invoices",
            "payments",
        ]


@pytest.mark.parametrize(
    "change",
    [
        "TRUNCATE items",
        "ALTER TABLE items ALTER a TYPE text",
        "ALTER TABLE items ADD b int",
        "ALTER TABLE items RENAME a TO b",
    ],
)
def test_a_table_that_is_rebuilt_meanwhile_is_refused_never_read_as_empty(
    postgres_url: str, execute: Execute, change: str
) -> None:
    execute("CREATE TABLE items AS SELECT 1 AS a")
    with open_postgres(postgres_url, bounds=Bounds()) as database:
        execute(change)
        with pytest.raises(DataError, match=r"items was rebuilt while the load ran"):
            database.read("items")


def test_a_table_that_is_dropped_meanwhile_is_refused(postgres_url: str, execute: Execute) -> None:
    execute("CREATE TABLE items AS SELECT 1 AS a")
    with open_postgres(postgres_url, bounds=Bounds()) as database:
        execute("DROP TABLE items")
        with pytest.raises(DataError, match=r"postgresql:public\.items cannot be read"):
            database.read("items")


def test_nothing_can_be_written(postgres_url: str, execute: Execute) -> None:
    execute("CREATE TABLE items AS SELECT 1 AS a", "CREATE SEQUENCE counter")
    execute("CREATE VIEW writes AS SELECT nextval('counter') AS a")
    with (
        open_postgres(postgres_url, bounds=Bounds()) as database,
        pytest.raises(DataError, match="read-only transaction"),
    ):
        texts(database, "writes")


def test_a_bare_name_is_looked_up_along_the_search_path(postgres_url: str, execute: Execute) -> None:
    execute(
        "CREATE SCHEMA erp", "CREATE TABLE erp.items AS SELECT 2 AS a", "CREATE TABLE items AS SELECT 1 AS a"
    )
    execute("CREATE VIEW erp.seen AS SELECT 3 AS a")
    with open_postgres(postgres_url, bounds=Bounds()) as database:
        assert texts(database, "items") == ["1"]
        assert texts(database, "erp.items") == ["2"]
        assert texts(database, "erp.seen") == ["3"]
        with pytest.raises(UsageError, match=r"no table 'seen'; the nearest is"):
            database.read("seen")
    divider = "&" if "?" in postgres_url else "?"
    with open_postgres(f"{postgres_url}{divider}options=-csearch_path%3Derp", bounds=Bounds()) as database:
        assert texts(database, "items") == ["2"]


def test_names_are_only_ever_names(postgres_url: str, execute: Execute) -> None:
    evil = "x\"; DROP TABLE canary; --%s'"
    quoted = evil.replace('"', '""')
    execute("CREATE TABLE canary AS SELECT 1 AS a", f'CREATE TABLE "{quoted}" ("{quoted}" timestamp)')
    execute(f"INSERT INTO \"{quoted}\" VALUES ('2024-02-29')")
    with open_postgres(postgres_url, bounds=Bounds()) as database:
        assert texts(database, evil) == ["2024-02-29"]
        with pytest.raises(UsageError, match="no table"):
            database.read("canary; DROP TABLE canary")
        assert texts(database, "canary") == ["1"]


def test_a_large_table_comes_in_batches_and_in_order(postgres_url: str, execute: Execute) -> None:
    execute("CREATE TABLE many AS SELECT lpad(g::text, 8, '0') AS id FROM generate_series(1, 100000) g")
    with open_postgres(postgres_url, bounds=Bounds()) as database:
        reading = database.read("many")
        batches = list(reading.batches())
        assert [len(batch.lines) for batch in batches] == [65_536, 34_464]
        assert batches[1].lines[0].as_py() == 65_537
        assert batches[1].texts[-1].as_py() == "00100000"
    with (
        open_postgres(postgres_url, bounds=Bounds(rows=99_999)) as database,
        pytest.raises(DataError, match="too many rows"),
    ):
        texts(database, "many")


def test_the_hash_is_of_the_rows(postgres_url: str, execute: Execute) -> None:
    execute(
        "CREATE TABLE a AS SELECT 1 AS a",
        "CREATE TABLE b AS SELECT 1 AS a",
        "CREATE TABLE c AS SELECT 2 AS a",
    )
    with open_postgres(postgres_url, bounds=Bounds()) as database:
        readings = [database.read(name) for name in "abc"]
        for reading in readings:
            assert list(reading.batches())
    assert readings[0].sha256 == readings[1].sha256 != readings[2].sha256


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:canary77@host/db",
        "postgresql://host/db?password=canary77",
        "postgresql://user:can/ary77@host/db",
        "service=x password=canary77",
        "postgresql://host/db?sslpassword=canary77",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="carries a password") as refusal:
        open_postgres(url, bounds=Bounds()).__enter__()
    assert "ary77" not in str(refusal.value)


def test_an_address_that_is_none_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="cannot be read") as refusal:
        open_postgres("postgresql://host?nothing=canary77", bounds=Bounds()).__enter__()
    assert "canary77" not in str(refusal.value)


def test_a_server_that_is_not_there_is_a_refusal_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGPASSWORD", "canary77")
    with pytest.raises(DataError, match="PostgreSQL cannot be read") as refusal:
        open_postgres("postgresql:///db?host=/nowhere", bounds=Bounds()).__enter__()
    assert "canary77" not in str(refusal.value)


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"install arseg\[postgres\]"):
        open_postgres("postgresql:///db", bounds=Bounds()).__enter__()
