from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from arseg.ledger.storing.insertion import BOOKKEEPING, create_tables, insert_bookkeeping, insert_rows
from arseg.schema import CREDIT, LEDGER, DataError, UsageError

DAY = dt.date(2025, 1, 1)
ROW = {"customer_id": "007", "effective_on": DAY, "known_on": DAY}


@contextmanager
def book() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as connection:
        connection.execute("ATTACH ':memory:' AS book")
        create_tables(connection)
        yield connection


def inserted(*rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    with book() as connection:
        insert_rows(connection, CREDIT, pd.DataFrame(rows))
        return connection.execute("FROM book.credit").fetchall()


def test_absent_columns_are_empty_and_ids_stay_text() -> None:
    assert inserted(ROW) == [("007", DAY, *[None] * 6, DAY)]


def test_rows_are_sorted_by_key() -> None:
    assert [row[0] for row in inserted({**ROW, "customer_id": "b"}, {**ROW, "customer_id": "a"})] == [
        "a",
        "b",
    ]


def test_money_is_exact() -> None:
    row = inserted({**ROW, "credit_limit": Decimal("9999999999999999.99"), "credit_score": 0.1})[0]
    assert row[2:4] == (Decimal("9999999999999999.99"), 0.1)


def test_an_empty_frame_inserts_nothing() -> None:
    assert inserted() == []


def test_an_absent_number_is_empty_not_nan() -> None:
    assert inserted({**ROW, "credit_score": float("nan")})[0][3] is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**ROW, "effective_on": "soon"}, "table credit holds a value that does not fit.*soon"),
        ({**ROW, "customer_id": None}, "NOT NULL constraint failed: credit.customer_id"),
        ({**ROW, "credit_limit": 1e18}, "table credit holds a value that does not fit"),
        ({"customer_id": "a", "known_on": DAY}, r"table credit lacks columns \['effective_on'\]"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(row: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        inserted(row)


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(UsageError, match=r"table credit has unknown columns \['limit'\]"):
        inserted({**ROW, "limit": 5})


def test_a_book_has_the_nine_tables_and_its_bookkeeping_and_nothing_else() -> None:
    with book() as connection:
        for name, table in LEDGER.items():
            assert tuple(connection.sql(f"FROM book.{name}").columns) == table.names
        for name, types in BOOKKEEPING.items():
            assert connection.sql(f"FROM book.{name}").columns == list(types)
        found = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'book'"
        ).fetchall()
    assert {name for (name,) in found} == {*LEDGER, *BOOKKEEPING}


def test_a_refused_frame_leaves_nothing_behind() -> None:
    with book() as connection:
        with pytest.raises(DataError, match="does not fit"):
            insert_rows(connection, CREDIT, pd.DataFrame([ROW, {**ROW, "customer_id": None}]))
        assert connection.execute("FROM book.credit").fetchall() == []
        insert_rows(connection, CREDIT, pa.Table.from_pylist([ROW]))
        assert len(connection.execute("FROM book.credit").fetchall()) == 1


SOURCES = {"source": ["b", "a"], "sha256": "0", "rows_read": 1, "rows_loaded": 1, "rows_quarantined": 0}


def test_bookkeeping_keeps_its_order_and_an_absent_load_is_the_first() -> None:
    with book() as connection:
        insert_bookkeeping(connection, "sources", pd.DataFrame(SOURCES))
        insert_bookkeeping(connection, "sources", pd.DataFrame(SOURCES).assign(load=2))
        insert_bookkeeping(connection, "quarantine", None)
        rows = connection.execute("SELECT load, source, reasons FROM book.sources").fetchall()
        assert rows == [(1, "b", None), (1, "a", None), (2, "b", None), (2, "a", None)]
        assert connection.execute("FROM book.quarantine").fetchall() == []


def test_bookkeeping_lacks_no_required_column_or_value() -> None:
    frame = pd.DataFrame(SOURCES)
    with book() as connection:
        with pytest.raises(DataError, match=r"table sources lacks columns \['sha256'\]"):
            insert_bookkeeping(connection, "sources", frame[["source"]])
        with pytest.raises(DataError, match="table sources holds a value that does not fit"):
            insert_bookkeeping(connection, "sources", frame.assign(rows_read="many"))
