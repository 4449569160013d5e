from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.declared.layout import Limits
from arseg.ledger.loading.convert import open_stage
from arseg.ledger.loading.quarantine import (
    HARMLESS,
    REASONS,
    quarantine_rows,
    reject_currencies,
    reject_fields,
    reject_orphans,
    reject_repeats,
    require_few,
)
from arseg.ledger.sql_text import text_of
from arseg.schema import DataError

DAY = dt.date(2024, 1, 1)
KEYS = {"invoices": ("invoice_id",), "postings": ("posting_id",)}


@pytest.fixture
def stage() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as connection:
        open_stage(connection)
        yield connection


def put(stage: duckdb.DuckDBPyConnection, table: str, row: int, **values: Any) -> None:
    if table == "invoices":
        values = {
            "invoice_id": "I",
            "customer_id": "C",
            "document_date": DAY,
            "due_date": DAY,
            "currency": "EUR",
        } | values
    else:
        values = {"posting_id": f"P{row}", "invoice_id": "I", "kind": "payment", "value_date": DAY} | values
    values = {"row": row, "amount": Decimal(1), "known_on": DAY} | values
    marks = ", ".join("?" for _ in values)
    stage.execute(f"INSERT INTO stage.{table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def rejected(stage: duckdb.DuckDBPyConnection) -> dict[int, str]:
    return dict(stage.execute("SELECT row, reason FROM stage.rejected ORDER BY row").fetchall())


def test_a_row_with_two_complaints_is_rejected_once_for_its_invoice(stage: duckdb.DuckDBPyConnection) -> None:
    put(stage, "invoices", 1, complaint="bad_date")
    put(stage, "postings", 1, complaint="bad_money")
    put(stage, "postings", 2, complaint="bad_money")
    reject_fields(stage)
    assert rejected(stage) == {1: "bad_date", 2: "bad_money"}


def test_a_currency_without_a_rate_is_rejected_and_a_posting_has_its_invoices(
    stage: duckdb.DuckDBPyConnection,
) -> None:
    put(stage, "invoices", 1, currency="USD")
    put(stage, "invoices", 2, invoice_id="J", currency="XXX")
    put(stage, "postings", 3)
    put(stage, "postings", 4, currency="eur")
    reject_currencies(stage, {"EUR": 1.0, "USD": 0.9})
    assert rejected(stage) == {2: "unknown_currency", 4: "unknown_currency"}
    assert stage.execute("SELECT currency FROM stage.postings WHERE row = 3").fetchone() == ("USD",)


def test_exact_repeats_are_rejected_but_the_first(stage: duckdb.DuckDBPyConnection) -> None:
    for row in (1, 2, 3):
        put(stage, "invoices", row)
    reject_repeats(stage, KEYS)
    assert rejected(stage) == {2: "duplicate_row", 3: "duplicate_row"}


def test_every_version_of_a_conflict_is_rejected(stage: duckdb.DuckDBPyConnection) -> None:
    put(stage, "invoices", 1)
    put(stage, "invoices", 2, amount=Decimal(2))
    put(stage, "invoices", 3)
    put(stage, "invoices", 4, invoice_id="0I")
    reject_repeats(stage, KEYS)
    assert rejected(stage) == dict.fromkeys((1, 2, 3), "conflicting_id")


def test_an_empty_field_and_an_empty_text_are_not_the_same(stage: duckdb.DuckDBPyConnection) -> None:
    put(stage, "invoices", 1, entity=None)
    put(stage, "invoices", 2, entity="")
    reject_repeats(stage, KEYS)
    assert rejected(stage) == {1: "conflicting_id", 2: "conflicting_id"}


def test_a_row_that_repeats_its_invoice_with_another_posting_is_in_conflict(
    stage: duckdb.DuckDBPyConnection,
) -> None:
    for row in (1, 2):
        put(stage, "invoices", row)
        put(stage, "postings", row)
    reject_repeats(stage, KEYS)
    assert rejected(stage) == {2: "conflicting_id"}


def test_versions_known_on_different_days_are_no_conflict(stage: duckdb.DuckDBPyConnection) -> None:
    put(stage, "invoices", 1)
    put(stage, "invoices", 2, amount=Decimal(2), known_on=dt.date(2024, 1, 5))
    reject_repeats(stage, {"invoices": ("invoice_id", "known_on")})
    assert rejected(stage) == {}
    reject_repeats(stage, {"invoices": ("invoice_id",)})
    assert len(rejected(stage)) == 2


def test_what_is_already_rejected_makes_no_conflict(stage: duckdb.DuckDBPyConnection) -> None:
    put(stage, "invoices", 1, complaint="bad_date")
    put(stage, "invoices", 2, amount=Decimal(2))
    reject_fields(stage)
    reject_repeats(stage, KEYS)
    assert rejected(stage) == {1: "bad_date"}
    reject_repeats(stage, {})


def test_a_posting_needs_a_loaded_invoice_or_a_payer(stage: duckdb.DuckDBPyConnection) -> None:
    put(stage, "invoices", 1)
    put(stage, "invoices", 2, invoice_id="bad", complaint="bad_date")
    put(stage, "postings", 3, currency="EUR")
    put(stage, "postings", 4, currency="EUR", invoice_id="bad")
    put(stage, "postings", 5, currency="EUR", invoice_id="unknown", customer_id="C")
    put(stage, "postings", 6, currency="EUR", invoice_id=None, customer_id="C")
    put(stage, "postings", 7, currency="EUR", invoice_id=None)
    put(stage, "postings", 8, invoice_id=None, customer_id="C")
    reject_fields(stage)
    reject_orphans(stage)
    assert rejected(stage) == {2: "bad_date"} | dict.fromkeys((4, 5, 7, 8), "orphan_posting")


def test_an_earlier_ledgers_invoices_count_where_it_is_added_to(stage: duckdb.DuckDBPyConnection) -> None:
    stage.execute("ATTACH ':memory:' AS book")
    stage.execute("CREATE TABLE book.invoices AS SELECT 'old' AS invoice_id, 'USD' AS currency")
    put(stage, "postings", 1, invoice_id="old")
    put(stage, "postings", 2, invoice_id="other", currency="USD")
    reject_currencies(stage, {"USD": 1.0}, book=True)
    reject_orphans(stage, book=True)
    assert rejected(stage) == {2: "orphan_posting"}
    assert stage.execute("SELECT currency FROM stage.postings WHERE row = 1").fetchone() == ("USD",)


def test_two_postings_of_one_row_that_repeat_together_are_a_repeat(stage: duckdb.DuckDBPyConnection) -> None:
    for row in (1, 2):
        put(stage, "postings", row, posting_id="a")
        put(stage, "postings", row, posting_id="b")
    put(stage, "postings", 3, posting_id="a")
    put(stage, "postings", 3, posting_id="c")
    reject_repeats(stage, KEYS)
    assert rejected(stage) == {2: "duplicate_row", 3: "conflicting_id"}


@given(st.lists(st.tuples(*[st.sampled_from([None, "", "a", "b", "1"])] * 3), min_size=2, max_size=9))
@settings(max_examples=30, deadline=None)
def test_the_text_of_several_columns_is_the_same_exactly_where_all_are(rows: list[tuple[Any, ...]]) -> None:
    values = ", ".join("(?, ?, ?)" for _ in rows)
    query = f"SELECT {text_of('abc')} FROM (VALUES {values}) AS v(a, b, c)"
    with closing(duckdb.connect()) as connection:
        found = connection.execute(query, [value for row in rows for value in row]).fetchall()
    assert len(set(found)) == len(set(rows))


Lost = list[tuple[str, int, str, str, str, str]]


def _lost(count: int, reason: str = "bad_date", amount: str = "0.01", currency: str = "EUR") -> Lost:
    return [("a.csv", n + 2, reason, "row", amount, currency) for n in range(count)]


def _require(lost: Lost, **limits: float) -> None:
    with closing(duckdb.connect()) as connection:
        open_stage(connection)
        quarantine_rows(connection)
        if lost:
            connection.executemany("INSERT INTO stage.quarantine VALUES (?, ?, ?, ?, ?, ?)", lost)
        require_few(
            connection,
            Limits.model_validate(limits),
            rows=1000,
            amount=Decimal(1000),
            rates={"EUR": 1.0, "USD": 2.0},
        )


def test_one_percent_of_rows_and_half_a_percent_of_amount_may_be_rejected() -> None:
    _require([])
    _require(_lost(10))
    _require(_lost(1, amount="-5.00"))
    with pytest.raises(
        DataError, match=r"11 of 1,000 rows \(1.1%\).*bad_date 11.*first a.csv, line 2.*previous ledger stays"
    ):
        _require(_lost(11))
    with pytest.raises(DataError, match=r"1 of 1,000 rows \(0.1%\) and 0.5% of the amount"):
        _require(_lost(1, amount="-5.01"))
    _require(_lost(11), rows=0.02)


def test_an_amount_counts_in_reporting_currency() -> None:
    _require(_lost(1, amount="2.50", currency="USD"))
    with pytest.raises(DataError, match=r"0\.5% of the amount"):
        _require(_lost(1, amount="2.51", currency="USD"))


@pytest.mark.parametrize("reason", sorted(HARMLESS))
def test_what_loses_nothing_does_not_count_towards_the_limits(reason: str) -> None:
    _require(_lost(900, reason, "1"), rows=0.0, amount=0.0)


def test_a_row_that_no_table_takes_counts_towards_the_limits() -> None:
    assert "no_feed" not in HARMLESS
    with pytest.raises(DataError, match="no_feed 11"):
        _require(_lost(11, "no_feed"))


def test_an_amount_in_an_unknown_currency_counts_by_rows_only() -> None:
    _require([("a.csv", 2, "unknown_currency", "row", str(10**9), "XXX")])


def test_only_so_much_of_the_first_rejected_row_is_shown() -> None:
    with pytest.raises(DataError) as refusal:
        _require([("a.csv", n, "bad_date", "x" * 10_000, "1", "EUR") for n in range(11)])
    assert len(str(refusal.value)) < 1000


def test_every_reason_has_a_meaning_in_words() -> None:
    assert all(len(meaning) > 20 for meaning in REASONS.values())
    assert set(REASONS) >= HARMLESS
