from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from arseg.ledger.loading.load_report import LoadReport, SourceCount, count_sources, sum_money
from arseg.ledger.storing.store import About, Ledger
from arseg.ledger.storing.writing import create_ledger
from arseg.schema import BALANCE_SIGN

DAY = dt.date(2024, 3, 1)


def _report() -> LoadReport:
    counts = (
        SourceCount("a.csv", "00", 1010, 1000, {"bad_date": 3, "duplicate_row": 7}),
        SourceCount("longer.csv", "01", 5, 5, {}),
    )
    money = {"EUR": {"invoiced": Decimal("1234567.80"), "open": Decimal("0.00")}}
    actions = {"new": 1004, "restated": 1, "late": 0, "unchanged": 0}
    return LoadReport(Path("data/ledger/x.duckdb"), "own", counts, money, ("Ünder note.",), actions)


def test_rows_read_are_rows_loaded_and_quarantined() -> None:
    for count in _report().sources:
        assert count.rows_read == count.rows_loaded + count.rows_quarantined


def test_json_holds_counts_by_reason_and_amounts_as_text() -> None:
    told = json.loads(_report().to_json())
    assert told["sources"][0]["rows_quarantined"] == 10
    assert told["sources"][0]["reasons"] == {"bad_date": 3, "duplicate_row": 7}
    assert told["currencies"]["EUR"]["invoiced"] == "1234567.80"
    assert told["notes"] == ["Ünder note."]
    assert (told["actions"]["new"], told["unchanged"]) == (1004, False)


def test_the_terminal_shows_rows_reasons_and_money() -> None:
    told = str(_report())
    assert (
        "a.csv           1,010 rows read,     1,000 loaded,     10 quarantined (bad_date 3, duplicate_row 7)"
        in told
    )
    assert "EUR invoiced            1,234,567.80" in told
    assert told.splitlines()[0] == "data/ledger/x.duckdb from layout own: 1,004 new, 1 restated"
    assert told.splitlines()[-1] == "  - Ünder note."


def test_a_load_that_brought_nothing_says_so() -> None:
    nothing = dict.fromkeys(_report().actions, 0)
    assert "layout own: no row" in str(replace(_report(), actions=nothing))
    assert "layout own: had all of it already" in str(replace(_report(), actions=nothing, unchanged=True))
    assert json.loads(replace(_report(), unchanged=True).to_json())["unchanged"] is True


def test_money_is_summed_by_currency_over_the_latest_versions(make_ledger: Callable[..., Ledger]) -> None:
    invoice = {"invoice_id": "I1", "document_date": DAY, "amount": Decimal("100.10")}
    kinds = {
        "payment": "70.00",
        "credit_note": "10.10",
        "write_off": "20.00",
        "recovery": "5.00",
        "reversal": "1.00",
    }
    postings = [
        {"invoice_id": "I1", "kind": kind, "amount": Decimal(amount), "value_date": DAY, "currency": "EUR"}
        for kind, amount in kinds.items()
    ]
    ledger = make_ledger(
        [
            {**invoice, "known_on": DAY, "amount": Decimal(7)},
            {**invoice, "known_on": DAY + dt.timedelta(days=1)},
            {"invoice_id": "I2", "document_date": DAY, "amount": Decimal("3.00"), "currency": "USD"},
        ],
        postings,
    )
    money = sum_money(ledger)
    assert list(money) == ["EUR", "USD"]
    assert [str(value) for value in money["EUR"].values()] == [
        "100.10", "70.00", "10.10", "20.00", "5.00", "1.00", "6.00",
    ]  # fmt: skip
    assert money["USD"]["open"] == money["USD"]["invoiced"] == Decimal("3.00")


def test_an_empty_currency_of_a_posting_is_its_invoices(make_ledger: Callable[..., Ledger]) -> None:
    ledger = make_ledger(
        [{"invoice_id": "I1", "document_date": DAY, "amount": Decimal(10), "currency": "USD"}],
        [
            {"invoice_id": "I1", "amount": Decimal(4), "value_date": DAY, "currency": None},
            {"invoice_id": None, "amount": Decimal(3), "value_date": DAY, "currency": None},
        ],
    )
    money = sum_money(ledger)
    assert not ledger.currencies_complete
    assert (money["USD"]["paid"], money["USD"]["open"]) == (Decimal(4), Decimal(6))
    assert (money["EUR"]["paid"], money["EUR"]["open"]) == (Decimal(3), Decimal(-3))


@pytest.mark.parametrize("seed", range(3))
def test_what_is_open_is_what_a_plain_reading_adds_up(seed: int, request: pytest.FixtureRequest) -> None:
    draw, build = request.getfixturevalue("draw_book"), request.getfixturevalue("ledger_builder")
    book = draw(seed)
    path = request.getfixturevalue("tmp_path") / "book.duckdb"
    ledger = build(path, book, rates=request.getfixturevalue("book_rates"))
    latest = {row["invoice_id"]: row for row in sorted(book["invoices"], key=lambda row: row["known_on"])}
    expected: dict[str, Decimal] = {}
    for row in latest.values():
        expected[row["currency"]] = expected.get(row["currency"], Decimal(0)) + row["amount"]
    for row in book["postings"]:
        named = latest.get(row["invoice_id"], {"currency": ledger.currency})["currency"]
        currency = row["currency"] or named
        worth = BALANCE_SIGN[row["kind"]] * row["amount"]
        expected[currency] = expected.get(currency, Decimal(0)) + worth
    assert {currency: row["open"] for currency, row in sum_money(ledger).items()} == expected


def test_of_a_source_that_came_several_times_the_last_counts(tmp_path: Path) -> None:
    invoice = {
        "invoice_id": "I1",
        "customer_id": "C1",
        "document_date": DAY,
        "due_date": DAY,
        "amount": Decimal(1),
    }
    tables = {"invoices": pd.DataFrame([{**invoice, "currency": "EUR", "known_on": DAY}])}
    sources = pd.DataFrame(
        {
            "load": [1, 2, 1],
            "source": ["b.csv", "b.csv", "a.csv"],
            "sha256": ["00", "01", "02"],
            "rows_read": [5, 7, 3],
            "rows_loaded": [5, 6, 3],
            "rows_quarantined": [0, 1, 0],
            "reasons": [None, '{"bad_date": 1}', "{}"],
        }
    )
    ledger = create_ledger(tmp_path / "book.duckdb", tables, About("book", "EUR"), sources=sources)
    assert count_sources(ledger) == [
        SourceCount("a.csv", "02", 3, 3, {}),
        SourceCount("b.csv", "01", 7, 6, {"bad_date": 1}),
    ]
