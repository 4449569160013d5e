from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import duckdb
import pytest

from arseg.ledger.declared.layout import Layout, Reporting
from arseg.ledger.loading.convert import open_stage
from arseg.ledger.loading.quarantine import quarantine_rows
from arseg.ledger.loading.recording import LoadRecord, declared_about, record_load, record_sources
from arseg.ledger.loading.stage import Staged
from arseg.ledger.storing.insertion import create_tables
from arseg.schema import LEDGER

DAY = dt.date(2024, 5, 1)
CUSTOMERS = {"table": "customers", "same_names": True}
FACTS: dict[str, Any] = {"digests": dict.fromkeys(LEDGER, "0"), "content_hash": "ab"}


def layout(*feeds: dict[str, Any], **source: Any) -> Layout:
    sources = [{"files": ["*.csv"], "feeds": list(feeds) or [CUSTOMERS], **source}]
    return Layout.model_validate({"name": "own", "title": "own", "notes": ["Of all."], "sources": sources})


def staged(declared: Layout, *header: str, name: str = "a.csv", rows: int = 0) -> Staged:
    return Staged(name, declared.sources[0], header, "00", rows, ())


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as connection:
        open_stage(connection)
        quarantine_rows(connection)
        connection.execute("ATTACH ':memory:' AS book")
        create_tables(connection)
        yield connection


def notes(declared: Layout, *header: str) -> list[str]:
    about = declared_about(
        "book", declared, [staged(declared, *header)], Reporting(currency="EUR", notes=["Of rates."])
    )
    return list(about.notes)


def test_notes_are_those_of_reporting_layout_and_source_each_once() -> None:
    declared = layout(notes=["Of one.", "Of all."])
    assert notes(declared, *LEDGER["customers"].names) == ["Of rates.", "Of all.", "Of one."]


def test_a_column_that_nothing_reads_and_one_that_is_lacking_are_said() -> None:
    header = [name for name in LEDGER["customers"].names if name not in {"country", "region"}]
    assert notes(layout(), *header, "countr")[2:] == [
        "Columns of a.csv that are not loaded: countr.",
        "a.csv has no column country, region.",
    ]


def test_what_a_filter_a_log_or_a_choice_looks_at_is_read() -> None:
    columns = {
        "customer_id": {"column": ["id", "no"]},
        "name": {"carried": {"column": "name", "only": {"what": "make"}}},
        "known_on": {"column": "day"},
    }
    feed = {"table": "customers", "columns": columns, "keep": "last", "only_equal": {"a": "b"}}
    declared = layout(feed, log={"case": "id", "order": ["day", "step"]}, ignore={"kind": "x"})
    header = ["id", "name", "what", "day", "a", "b", "step", "kind"]
    assert notes(declared, *header) == ["Of rates.", "Of all."]
    assert notes(declared, *header, "no")[2:] == []


def test_an_assumed_clock_and_the_reporting_rate_are_declared() -> None:
    own = {name: {"column": name} for name in LEDGER["postings"].required}
    declared = layout({"table": "postings", "columns": own | {"known_on": {"assumed": "value_date"}}})
    said = Reporting(currency="EUR", rates={"USD": 0.9}, complete_to=DAY)
    about = declared_about("book", declared, [staged(declared)], said)
    assert (about.name, about.currency, about.rates) == ("book", "EUR", {"EUR": 1.0, "USD": 0.9})
    assert (about.assumed_clocks, about.complete_to) == (("postings",), DAY)


def test_rows_read_are_rows_loaded_and_quarantined_by_reason(connection: duckdb.DuckDBPyConnection) -> None:
    lost = [
        ("b.csv", 9, "bad_date"),
        ("a.csv", 3, "bad_date"),
        ("a.csv", 2, "ignored"),
        ("a.csv", 4, "bad_date"),
    ]
    connection.executemany("INSERT INTO stage.quarantine (source, line, reason) VALUES (?, ?, ?)", lost)
    sources = [
        staged(layout(), name=name, rows=rows) for name, rows in (("a.csv", 10), ("b.csv", 1), ("c.csv", 0))
    ]
    record_sources(connection, sources, load=3)
    found = connection.execute("FROM book.sources").fetchall()
    assert [row[:6] for row in found] == [
        (3, "a.csv", "00", 10, 7, 3),
        (3, "b.csv", "00", 1, 0, 1),
        (3, "c.csv", "00", 0, 0, 0),
    ]
    assert [json.loads(row[6]) for row in found] == [{"bad_date": 2, "ignored": 1}, {"bad_date": 1}, {}]
    kept = connection.execute("SELECT load, source, line FROM book.quarantine").fetchall()
    assert kept == [(3, "a.csv", 2), (3, "a.csv", 3), (3, "a.csv", 4), (3, "b.csv", 9)]


def _invoice(connection: duckdb.DuckDBPyConnection, table: str, known_on: dt.date) -> None:
    names = "invoice_id, customer_id, document_date, due_date, amount, currency, known_on"
    connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ('I', 'C', ?, ?, 1, 'EUR', ?)", [DAY, DAY, known_on]
    )


def test_a_first_load_adds_all_of_its_rows(connection: duckdb.DuckDBPyConnection) -> None:
    for days in (0, 7):
        _invoice(connection, "book.invoices", DAY + dt.timedelta(days=days))
    connection.execute("INSERT INTO book.customers (customer_id, known_on) VALUES ('C', DATE '1999-01-01')")
    declared = layout()
    record_load(connection, declared, FACTS, load=1)
    last = DAY + dt.timedelta(days=7)
    assert connection.execute("FROM book.loads").fetchall() == [
        (1, "own", declared.hash, None, None, 3, 0, 0, 0, DAY, last, "ab")
    ]


def test_a_later_load_says_its_day_its_reason_and_its_rows_by_action(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    _invoice(connection, "book.invoices", DAY)
    for name in ("invoices", "postings"):
        connection.execute(f"CREATE TABLE stage.final_{name} AS FROM book.{name} LIMIT 0")
    late = DAY + dt.timedelta(days=30)
    _invoice(connection, "stage.final_invoices", late)
    record = LoadRecord("2024-06-01", "left out", {"new": 1, "restated": 2, "unchanged": 3, "late": 4})
    record_load(connection, layout(), FACTS, load=2, record=record)
    row = connection.execute("FROM book.loads").fetchall()[0]
    assert (row[0], row[3], row[4]) == (2, dt.date(2024, 6, 1), "left out")
    assert row[5:11] == (1, 2, 3, 4, late, late)
