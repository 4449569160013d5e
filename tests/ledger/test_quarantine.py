from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from arseg.ledger.convert import open_stage
from arseg.ledger.layout import Layout, Limits, read_layout
from arseg.ledger.quarantine import (
    REASONS,
    Rejected,
    reject_currencies,
    reject_fields,
    reject_orphans,
    reject_repeats,
    rejected_frame,
    require_few,
)
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
    stage.execute(f"INSERT INTO stage_{table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def rejected(stage: duckdb.DuckDBPyConnection) -> dict[int, str]:
    return dict(stage.execute("SELECT row, reason FROM rejected ORDER BY row").fetchall())


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
    assert stage.execute("SELECT currency FROM stage_postings WHERE row = 3").fetchone() == ("USD",)


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


def _layout(**limits: float) -> Layout:
    return read_layout("arseg").model_copy(update={"limits": Limits(**limits)})


def _lost(count: int, reason: str = "bad_date", amount: str = "0.01") -> list[Rejected]:
    return [Rejected("a.csv", n + 2, reason, "row", Decimal(amount), "EUR") for n in range(count)]


def _require(lost: list[Rejected], layout: Layout) -> None:
    require_few(lost, layout, rows=1000, amount=Decimal(1000), rates={"EUR": 1.0})


def test_one_percent_of_rows_and_half_a_percent_of_amount_may_be_rejected() -> None:
    _require(_lost(10), _layout())
    _require(_lost(1, amount="-5.00"), _layout())
    with pytest.raises(
        DataError, match=r"11 of 1,000 rows \(1.1%\).*bad_date 11.*first a.csv, line 2.*previous ledger stays"
    ):
        _require(_lost(11), _layout())
    with pytest.raises(DataError, match=r"1 of 1,000 rows \(0.1%\) and 0.5% of the amount"):
        _require(_lost(1, amount="-5.01"), _layout())
    _require(_lost(11), _layout(rows=0.02))


def test_exact_repeats_do_not_count_towards_the_limits() -> None:
    _require(_lost(900, "duplicate_row", "1"), _layout(rows=0.0, amount=0.0))


def test_an_amount_in_an_unknown_currency_counts_by_rows_only() -> None:
    lost = [Rejected("a.csv", 2, "unknown_currency", "row", Decimal(10**9), "XXX")]
    _require(lost, _layout())


def test_rejected_rows_are_listed_by_source_and_line() -> None:
    frame = rejected_frame(
        [
            Rejected("b", 1, "bad_date", "x"),
            Rejected("a", 9, "bad_date", "x"),
            Rejected("a", 3, "bad_quote", "y"),
        ]
    )
    assert frame[["source", "line"]].to_numpy().tolist() == [["a", 3], ["a", 9], ["b", 1]]
    assert list(rejected_frame([]).columns) == ["source", "line", "reason", "text", "amount", "currency"]


def test_every_reason_has_a_meaning_in_words() -> None:
    assert all(len(meaning) > 20 for meaning in REASONS.values())
