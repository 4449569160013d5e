from __future__ import annotations

import datetime as dt
from contextlib import closing
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

from arseg.ledger.insertion import SOURCE_TYPES, insert_bookkeeping, insert_rows
from arseg.schema import CREDIT, DataError, UsageError

DAY = dt.date(2025, 1, 1)
ROW = {"customer_id": "007", "effective_on": DAY, "known_on": DAY}


def inserted(*rows: dict) -> list[tuple]:
    with closing(duckdb.connect()) as connection:
        connection.execute(CREDIT.ddl())
        insert_rows(connection, CREDIT, pd.DataFrame(rows))
        return connection.execute("FROM credit").fetchall()


def test_absent_columns_are_empty_and_ids_stay_text() -> None:
    assert inserted(ROW) == [("007", DAY, None, None, None, DAY)]


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
def test_a_value_that_does_not_fit_is_refused(row, message) -> None:
    with pytest.raises(DataError, match=message):
        inserted(row)


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(UsageError, match=r"table credit has unknown columns \['limit'\]"):
        inserted({**ROW, "limit": 5})


def test_bookkeeping_keeps_its_order_and_is_made_even_if_empty() -> None:
    frame = pd.DataFrame(
        {"source": ["b", "a"], "sha256": "0", "rows_read": 1, "rows_loaded": 1, "rows_quarantined": 0}
    )
    with closing(duckdb.connect()) as connection:
        insert_bookkeeping(connection, "sources", SOURCE_TYPES, frame)
        insert_bookkeeping(connection, "nothing", SOURCE_TYPES, None)
        assert [row[0] for row in connection.execute("FROM sources").fetchall()] == ["b", "a"]
        assert connection.execute("FROM nothing").fetchall() == []
        with pytest.raises(DataError, match="table more lacks columns"):
            insert_bookkeeping(connection, "more", SOURCE_TYPES, frame[["source"]])
