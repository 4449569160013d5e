from __future__ import annotations

import datetime as dt
from contextlib import closing

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from arseg.ledger.store import About, read_ledger
from arseg.ledger.writing import create_ledger
from arseg.schema import LEDGER, DataError, UsageError

ABOUT = About("book", "EUR", {"USD": 0.9})
JUNE = dt.date(2025, 6, 2)


def book() -> dict[str, pd.DataFrame]:
    invoices = pd.DataFrame(
        {
            "invoice_id": ["I2", "I1"],
            "customer_id": ["C1", "C1"],
            "document_date": pd.to_datetime(["2025-05-01", "2025-05-02"]),
            "due_date": pd.to_datetime(["2025-05-31", "2025-06-01"]),
            "amount": [100.0, 19.99],
            "currency": ["EUR", "USD"],
            "known_on": pd.to_datetime(["2025-05-01", "2025-05-02"]),
        }
    )
    postings = pd.DataFrame(
        {
            "posting_id": ["P1"],
            "invoice_id": ["I1"],
            "kind": ["payment"],
            "amount": [19.99],
            "value_date": [pd.Timestamp("2025-05-30")],
            "known_on": [pd.Timestamp("2025-06-02")],
        }
    )
    return {"invoices": invoices, "postings": postings}


def test_a_ledger_is_read_back_as_it_was_said(tmp_path) -> None:
    about = About("book", "EUR", {"USD": 0.9}, ("postings",), ("terms were assumed",), "abc")
    ledger = create_ledger(tmp_path / "new" / "book.duckdb", book(), about)
    assert ledger == read_ledger(str(tmp_path / "new" / "book.duckdb"))
    assert (ledger.name, ledger.currency, ledger.rates) == ("book", "EUR", {"EUR": 1.0, "USD": 0.9})
    assert ledger.present == {"invoices", "postings"}
    assert (ledger.first_posting, ledger.last_known) == (JUNE, JUNE)
    assert (ledger.assumed_clocks, ledger.notes) == (("postings",), ("terms were assumed",))
    assert (ledger.content_hash, ledger.currencies_complete) == ("abc", False)


def test_every_table_exists_with_the_columns_of_the_schema_and_rows_sorted_by_key(tmp_path) -> None:
    ledger = create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    with closing(ledger.connect()) as connection:
        for name, table in LEDGER.items():
            found = connection.sql(f"FROM {name}")
            assert tuple(found.columns) == table.names
        assert connection.sql("SELECT invoice_id FROM invoices").fetchall() == [("I1",), ("I2",)]
        assert connection.sql("SELECT typeof(amount) FROM postings").fetchall() == [("DECIMAL(18,2)",)]
        assert connection.sql("SELECT count(*) FROM quarantine").fetchall() == [(0,)]


def test_quarantine_and_sources_are_kept(tmp_path) -> None:
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
        assert connection.sql("FROM quarantine").fetchall() == [("a.csv", 7, "no amount", "x;y", None, None)]
        assert connection.sql("FROM sources").fetchall() == [("a.csv", "00", 4, 3, 1)]


def test_a_ledger_is_opened_read_only(tmp_path) -> None:
    ledger = create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    with (
        closing(ledger.connect()) as connection,
        pytest.raises(duckdb.InvalidInputException, match="read-only"),
    ):
        connection.execute("DELETE FROM invoices")


def test_a_failed_write_leaves_the_previous_ledger_and_nothing_else(tmp_path) -> None:
    before = create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    broken = book()
    broken["postings"]["kind"] = "gift"
    with pytest.raises(DataError, match="a kind of posting is unknown"):
        create_ledger(tmp_path / "book.duckdb", broken, ABOUT)
    assert read_ledger(tmp_path / "book.duckdb") == before
    assert [path.name for path in tmp_path.iterdir()] == ["book.duckdb"]


def test_a_new_ledger_replaces_the_previous_one(tmp_path) -> None:
    create_ledger(tmp_path / "book.duckdb", book(), ABOUT)
    later = book()
    later["postings"]["known_on"] = pd.Timestamp("2025-06-09")
    assert create_ledger(tmp_path / "book.duckdb", later, ABOUT).last_known == dt.date(2025, 6, 9)


def test_the_content_hash_is_of_the_content_not_of_its_order(tmp_path) -> None:
    one = create_ledger(tmp_path / "a.duckdb", book(), ABOUT)
    turned = {name: frame.iloc[::-1] for name, frame in book().items()}
    as_arrow = {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in turned.items()}
    changed = book()
    changed["invoices"].loc[0, "amount"] = 100.01
    assert one.content_hash == create_ledger(tmp_path / "b.duckdb", as_arrow, ABOUT).content_hash
    assert one.content_hash != create_ledger(tmp_path / "c.duckdb", changed, ABOUT).content_hash
    assert len(one.content_hash) == 64


def test_a_source_may_say_to_which_day_it_is_complete(tmp_path) -> None:
    declared = About("book", "EUR", {"USD": 0.9}, complete_to=dt.date(2025, 6, 30))
    ledger = create_ledger(tmp_path / "book.duckdb", book(), declared)
    assert ledger.last_known == dt.date(2025, 6, 30)
    assert ledger.require_day("2025-06-30") == dt.date(2025, 6, 30)


def test_a_later_indicator_says_nothing_about_who_has_paid(tmp_path) -> None:
    later = pd.Timestamp("2026-01-01")
    released = pd.DataFrame({"series": ["rate"], "period": [later], "value": [2.5], "known_on": [later]})
    ledger = create_ledger(tmp_path / "book.duckdb", {**book(), "indicators": released}, ABOUT)
    assert ledger.last_known == JUNE
    assert "indicators" in ledger.present


def test_a_book_without_postings_has_no_first_posting(tmp_path) -> None:
    ledger = create_ledger(tmp_path / "book.duckdb", {"invoices": book()["invoices"]}, ABOUT)
    assert ledger.first_posting is None
    assert ledger.require_day("2025-01-01") == dt.date(2025, 1, 1)
    assert ledger.currencies_complete


def test_a_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match=r"there is no ledger\. Given: .*none\.duckdb"):
        read_ledger(tmp_path / "none.duckdb")


@pytest.mark.parametrize("kind", ["text", "database"])
def test_another_file_is_refused(kind, tmp_path) -> None:
    path = tmp_path / "other.duckdb"
    if kind == "text":
        path.write_text("invoice;amount\n" * 5000, encoding="utf-8")
    else:
        duckdb.connect(str(path)).close()
    with pytest.raises(DataError, match=r"the file is not a ledger.*Allowed: arseg ledger 1\. Do: load"):
        read_ledger(path)


def test_an_empty_book_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="the ledger has no invoice"):
        create_ledger(tmp_path / "book.duckdb", {"postings": book()["postings"]}, ABOUT)


def test_an_unknown_table_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match=r"unknown tables \['payments'\]"):
        create_ledger(tmp_path / "book.duckdb", {"payments": book()["postings"]}, ABOUT)


@pytest.mark.parametrize("rates", [{"EUR": 1.1}, {"USD": 0.0}, {"USD": -1.0}, {"USD": float("nan")}])
def test_wrong_rates_are_refused(rates, tmp_path) -> None:
    with pytest.raises(UsageError, match="the rates are wrong"):
        create_ledger(tmp_path / "book.duckdb", book(), About("book", "EUR", rates))
