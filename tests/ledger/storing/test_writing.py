from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from arseg.ledger.storing.store import About, read_ledger
from arseg.ledger.storing.writing import create_ledger, extending, replacing
from arseg.schema import LEDGER, BusyError, DataError, UsageError

Book = Callable[[], dict[str, pd.DataFrame]]
ABOUT = About("book", "EUR", {"USD": 0.9})


def test_every_table_exists_with_the_columns_of_the_schema_and_rows_sorted_by_key(
    book: Book, tmp_path: Path
) -> None:
    ledger = create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    with closing(ledger.connect()) as connection:
        for name, table in LEDGER.items():
            found = connection.sql(f"FROM {name}")
            assert tuple(found.columns) == table.names
        assert connection.sql("SELECT invoice_id FROM invoices").fetchall() == [("I1",), ("I2",)]
        assert connection.sql("SELECT typeof(amount) FROM postings").fetchall() == [("DECIMAL(18,2)",)]
        assert connection.sql("SELECT count(*) FROM quarantine").fetchall() == [(0,)]


def test_quarantine_and_sources_are_kept(book: Book, tmp_path: Path) -> None:
    refused = {
        "source": ["a.csv"],
        "line": [7],
        "reason": ["no amount"],
        "text": ["x;y"],
        "amount": [None],
        "currency": [None],
    }
    read = {
        "source": ["a.csv"],
        "sha256": ["00"],
        "rows_read": [4],
        "rows_loaded": [3],
        "rows_quarantined": [1],
    }
    ledger = create_ledger(
        tmp_path / "book.duckdb", book(), ABOUT, quarantine=pd.DataFrame(refused), sources=pd.DataFrame(read)
    )
    with closing(ledger.connect()) as connection:
        assert connection.sql("FROM quarantine").fetchall() == [
            (1, "a.csv", 7, "no amount", "x;y", None, None)
        ]
        assert connection.sql("FROM sources").fetchall() == [(1, "a.csv", "00", 4, 3, 1, None)]


def test_a_failed_write_leaves_the_previous_ledger_and_nothing_else(book: Book, tmp_path: Path) -> None:
    before = create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    broken = book()
    broken["postings"]["kind"] = "gift"
    with pytest.raises(DataError, match=r"breaks its contract at row 0.*column kind"):
        create_ledger(tmp_path / "book.duckdb", broken, ABOUT)
    assert read_ledger(tmp_path / "book.duckdb") == before
    assert [path.name for path in tmp_path.iterdir()] == ["book.duckdb"]


def test_a_new_ledger_replaces_the_previous_one(book: Book, tmp_path: Path) -> None:
    create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    later = book()
    later["postings"]["known_on"] = pd.Timestamp("2025-06-09")
    assert create_ledger(tmp_path / "book.duckdb", later, ABOUT).last_known == dt.date(2025, 6, 9)


def test_the_content_hash_is_of_the_content_not_of_its_order(book: Book, tmp_path: Path) -> None:
    one = create_ledger(tmp_path / "a.duckdb", book(), ABOUT)
    turned = {name: frame.iloc[::-1] for name, frame in book().items()}
    as_arrow = {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in turned.items()}
    changed = book()
    changed["invoices"].loc[0, "amount"] = 100.01
    assert one.content_hash == create_ledger(tmp_path / "b.duckdb", as_arrow, ABOUT).content_hash
    assert one.content_hash != create_ledger(tmp_path / "c.duckdb", changed, ABOUT).content_hash
    assert len(one.content_hash) == 64


def test_an_empty_book_is_refused(book: Book, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the ledger has no invoice"):
        create_ledger(tmp_path / "book.duckdb", {"postings": book()["postings"]}, ABOUT)


def test_an_unknown_table_is_refused(book: Book, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown tables \['payments'\]"):
        create_ledger(tmp_path / "book.duckdb", {"payments": book()["postings"]}, ABOUT)


@pytest.mark.parametrize("rates", [{"EUR": 1.1}, {"USD": 0.0}, {"USD": -1.0}, {"USD": float("nan")}])
def test_wrong_rates_are_refused(book: Book, rates: dict[str, float], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the rates are wrong"):
        create_ledger(tmp_path / "book.duckdb", book(), About("book", "EUR", rates))


def test_invoices_with_several_versions_are_noted(book: Book, tmp_path: Path) -> None:
    versions = book()
    again = versions["invoices"].assign(known_on=pd.Timestamp("2025-06-01")).iloc[:1]
    versions["invoices"] = pd.concat([versions["invoices"], again])
    with closing(create_ledger(tmp_path / "book.duckdb", versions, ABOUT).connect()) as connection:
        assert connection.execute("FROM restated").fetchall() == [("I2",)]


def test_a_new_ledger_takes_its_place_only_when_all_went_well(tmp_path: Path) -> None:
    path = tmp_path / "new" / "it's.duckdb"
    with closing(duckdb.connect()) as connection:
        with pytest.raises(duckdb.CatalogException, match="none"), replacing(connection, path):
            connection.execute("CREATE TABLE book.t AS FROM none")
        assert list(path.parent.iterdir()) == []
        with replacing(connection, path):
            connection.execute("CREATE TABLE book.t AS SELECT 2 AS a")
            assert not path.exists()
    assert list(path.parent.iterdir()) == [path]
    with closing(duckdb.connect(str(path), read_only=True)) as written:
        assert written.execute("FROM t").fetchall() == [(2,)]


def test_a_ledger_that_is_extended_keeps_what_was_committed_and_nothing_else(
    book: Book, tmp_path: Path
) -> None:
    path = create_ledger(tmp_path / "book.duckdb", book(), ABOUT).path
    count = "SELECT count(*) FROM book.customers"
    add = "INSERT INTO book.customers (customer_id, known_on) VALUES ('C1', DATE '2025-01-01')"
    with closing(duckdb.connect()) as connection:
        with extending(connection, path):
            connection.execute("BEGIN")
            connection.execute(add)
            connection.execute("ROLLBACK")
            assert connection.execute(count).fetchall() == [(0,)]
            connection.execute("BEGIN")
            connection.execute(add)
            connection.execute("COMMIT")
        with extending(connection, path):
            assert connection.execute(count).fetchall() == [(1,)]


def test_a_ledger_that_somebody_reads_is_not_extended(book: Book, tmp_path: Path) -> None:
    ledger = create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    with closing(ledger.connect()), closing(duckdb.connect()) as connection:
        with pytest.raises(BusyError, match=r"the ledger is in use.*one writer at a time"):
            extending(connection, ledger.path).__enter__()
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_a_file_that_is_no_database_is_not_busy(tmp_path: Path) -> None:
    path = tmp_path / "clock.duckdb"
    path.write_text("invoice;amount\n" * 5000, encoding="utf-8")
    with closing(duckdb.connect()) as connection, pytest.raises(DataError, match="the file is not a ledger"):
        extending(connection, path).__enter__()
