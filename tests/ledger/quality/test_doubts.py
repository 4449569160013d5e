from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from arseg.ledger.quality import doubts
from arseg.ledger.quality.finding import Finding
from arseg.ledger.quality.reported import make_views
from arseg.ledger.storing.store import Ledger

DAY = dt.date(2024, 3, 1)

Maker = Callable[..., Ledger]


def day(number: int) -> dt.date:
    return DAY + dt.timedelta(days=number)


def sound(count: int = 10) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return invoices of one customer each, each paid on its ninth day."""
    invoices = [
        {"invoice_id": f"I{n}", "customer_id": f"C{n}", "document_date": DAY, "amount": Decimal(100)}
        for n in range(count)
    ]
    postings = [
        {
            "posting_id": f"P{n}",
            "invoice_id": f"I{n}",
            "amount": Decimal(100),
            "value_date": day(9),
            "currency": "EUR",
        }
        for n in range(count)
    ]
    return invoices, postings


def found(ledger: Ledger, code: str) -> list[Finding]:
    with closing(ledger.connect()) as connection:
        make_views(connection, ledger.rates)
        findings = [
            *doubts.find_errors(connection),
            *doubts.find_assumed_clocks(connection, ledger),
            *doubts.find_doubtful_invoices(connection),
            *doubts.find_doubtful_postings(connection),
            *doubts.find_strays(connection),
            *doubts.find_currencies(connection, ledger),
            *doubts.find_absent_tables(ledger),
        ]
    return [finding for finding in findings if finding.code == code]


CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("impossible_dates", {"due_date": day(-1)}, {}),
    ("impossible_dates", {"delivered_on": day(-1)}, {}),
    ("distant_due", {"due_date": day(367)}, {}),
    ("future_dated", {"posting_date": day(1)}, {}),
    ("future_dated", {}, {"initiated_on": day(10)}),
    ("overpaid", {}, {"amount": Decimal(101)}),
    ("prepaid", {}, {"value_date": day(-3), "known_on": day(-3)}),
    ("not_receivable", {"amount": Decimal(0)}, {"amount": Decimal(0)}),
    ("not_receivable", {"amount": Decimal(-5)}, {}),
    ("amount_not_positive", {}, {"amount": Decimal(0)}),
    ("currency_mismatch", {}, {"currency": "USD"}),
    ("on_account", {}, {"invoice_id": None, "customer_id": "C1"}),
    ("orphans", {}, {"invoice_id": "nobody's"}),
    ("other_currency", {"currency": "USD"}, {"currency": "USD"}),
    ("repeated_invoices", {"customer_id": "C2"}, {}),
]


@pytest.mark.parametrize(("code", "change", "paid"), CASES)
def test_a_doubtful_row_is_counted_with_its_amount_and_a_sound_one_is_not(
    make_ledger: Maker, code: str, change: dict[str, Any], paid: dict[str, Any]
) -> None:
    invoices, postings = sound()
    assert not found(make_ledger(invoices, postings), code)
    invoices[1] |= change
    postings[1] |= paid
    (finding,) = found(make_ledger(invoices, postings), code)
    assert finding.count == 1
    assert finding.amount is not None


def test_a_due_day_of_a_whole_leap_year_is_believed(make_ledger: Maker) -> None:
    invoices, postings = sound()
    invoices[1]["due_date"] = day(366)
    assert not found(make_ledger(invoices, postings), "distant_due")


def test_a_red_entry_is_negative_on_purpose(make_ledger: Maker) -> None:
    invoices, postings = sound()
    red = {"posting_id": "red", "restates": "P1", "amount": Decimal(-100), "known_on": day(20)}
    assert not found(make_ledger(invoices, [*postings, postings[1] | red]), "amount_not_positive")


def test_money_leaves_the_account_on_purpose(make_ledger: Maker) -> None:
    invoices, postings = sound()
    away = {"posting_id": "away", "invoice_id": None, "customer_id": "C1", "amount": Decimal(-5)}
    assert not found(make_ledger(invoices, [*postings, postings[1] | away]), "amount_not_positive")


@pytest.mark.parametrize(("rows", "silence", "named"), [(1, 61, True), (1, 60, False), (2, 90, False)])
def test_few_rows_after_a_long_silence_are_said(
    make_ledger: Maker, rows: int, silence: int, *, named: bool
) -> None:
    """One row of a thousand may be dated wrongly; two may be a book that went on."""
    invoices, postings = sound(500)
    for number in range(rows):
        postings[number]["known_on"] = day(9 + silence)
    doubt = found(make_ledger(invoices, postings), "future_dated")
    assert [finding.count for finding in doubt] == [1] * named
    assert all(f"known on {day(9 + silence)} or later" in finding.message for finding in doubt)


def test_an_assumed_clock_of_master_data_is_said_too(make_ledger: Maker) -> None:
    customers = [{"customer_id": "C1"}]
    (doubt,) = found(
        make_ledger(*sound(), customers=customers, assumed_clocks=("customers",)), "assumed_clock"
    )
    assert doubt.message.startswith("known_on of customers is assumed")


def test_no_code_is_spelt_in_two_ways_and_every_sentence_is_of_words(make_ledger: Maker) -> None:
    for code, _, _ in CASES:
        assert code == code.lower().replace(" ", "_")
    assert found(make_ledger(*sound()), "absent_tables")[0].count == 7
