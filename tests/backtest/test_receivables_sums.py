from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from arseg.backtest.receivables_book import ReceivablesBook, read_book
from arseg.backtest.receivables_sums import amounts, cohort_bad_debt, customer_sums, payments, ratios
from arseg.ledger import Ledger

JAN, FEB, APR, MAY = (dt.date(2025, month, 10) for month in (1, 2, 4, 5))


@pytest.fixture(name="book")
def _book(make_ledger: Callable[..., Ledger]) -> ReceivablesBook:
    """Return April to June 2025: A pays early and late, B leaves cash on account, C is written off."""
    invoices = [
        {"invoice_id": "a1", "customer_id": "A", "document_date": FEB, "amount": 100},
        {"invoice_id": "a2", "customer_id": "A", "document_date": APR, "amount": 300},
        {"invoice_id": "b1", "customer_id": "B", "document_date": MAY, "amount": 200},
        {"invoice_id": "c1", "customer_id": "C", "document_date": JAN, "amount": 50},
        {"invoice_id": "c2", "customer_id": "C", "document_date": APR, "amount": 80},
    ]
    moved = [
        {"invoice_id": "a1", "amount": 10, "value_date": FEB},
        {"invoice_id": "a1", "amount": 90, "value_date": dt.date(2025, 4, 21)},
        {"invoice_id": "a2", "amount": 300, "value_date": dt.date(2025, 5, 5)},
        {"invoice_id": "a2", "amount": 300, "value_date": dt.date(2025, 5, 8), "kind": "reversal"},
        {"invoice_id": "a2", "amount": 200, "value_date": dt.date(2025, 5, 20)},
        {"customer_id": "B", "amount": 70, "value_date": dt.date(2025, 6, 1)},
        {"invoice_id": "b1", "amount": 20, "value_date": dt.date(2025, 6, 2), "kind": "credit_note"},
        {"invoice_id": "c1", "amount": 50, "value_date": dt.date(2025, 6, 3), "kind": "write_off"},
        {"invoice_id": "c2", "amount": 80, "value_date": dt.date(2025, 9, 1), "kind": "write_off"},
        {"invoice_id": "c2", "amount": 30, "value_date": dt.date(2025, 9, 9), "kind": "recovery"},
        {"invoice_id": "c2", "amount": 30, "value_date": dt.date(2025, 9, 9)},
    ]
    touched = [
        {"customer_id": "A", "contacted_on": dt.date(2025, 4, 15), "minutes": 10.0},
        {"customer_id": "A", "contacted_on": dt.date(2025, 3, 31), "minutes": 99.0},
        {"customer_id": "C", "contacted_on": dt.date(2025, 6, 30), "minutes": 5.0},
    ]
    return read_book(make_ledger(invoices, moved, contacts=touched), "2025-03-31", "2025-06-30")


def test_flows_and_aging_of_each_customer_are_those_of_the_hand(book: ReceivablesBook) -> None:
    sums = customer_sums(book)
    assert sums["opening"].to_dict() == {"A": 90, "B": 0, "C": 50}
    assert sums["net_cash"].to_dict() == {"A": 290, "B": 70, "C": 0}
    assert sums["net_sales"].to_dict() == {"A": 300, "B": 180, "C": 80}
    assert sums["closing"].to_dict() == {"A": 100, "B": 110, "C": 80}
    assert sums["unapplied"].to_dict() == {"A": 0, "B": 70, "C": 0}
    assert sums["past_due"].to_dict() == {"A": 100, "B": 180, "C": 80}, "on invoices, before cash on account"
    assert (sums["current"] == 0).all()


def test_ratios_and_amounts_carry_their_sums(book: ReceivablesBook) -> None:
    sums = customer_sums(book)
    parts = ratios(sums, book.days)
    assert parts["simple_dso"].sum().tolist() == [360 * 91, 560]
    assert parts["cash_cei"].loc["C"].tolist() == [0, 50 + 80 - 0 - 50]
    assert parts["bad_debt_ratio"].sum().tolist() == [50, 560]
    assert amounts(sums)["sales"]["numerator"].sum() == 580


def test_days_are_weighted_by_cash_and_a_reversal_takes_its_own_back(book: ReceivablesBook) -> None:
    parts = payments(book, None)
    # a1: 90 on day 70, 40 late. a2: 300 on day 25, taken back on day 28, 200 on day 40, 10 late.
    assert parts["days_to_pay"].loc["A"].tolist() == [90 * 70 + 300 * 25 - 300 * 28 + 200 * 40, 290]
    assert parts["days_late"].loc["A"].tolist() == [90 * 40 - 300 * 5 + 300 * 2 + 200 * 10, 290]
    assert parts["days_beyond_terms"].loc["A"].tolist() == [90 * 40 + 200 * 10, 290]
    assert list(parts["days_late"].index) == ["A"], "cash on account has no due day"
    assert parts["open_days_late"].loc["B"].tolist() == [180 * 21, 180]


def test_the_cost_is_that_of_the_periods_contacts_per_thousand_past_due(book: ReceivablesBook) -> None:
    cost = payments(book, 0.8)["cost_to_collect"]
    assert cost.loc["A"].tolist() == [10 * 0.8 * 1000, 290]
    assert cost.loc["C"].tolist() == [5 * 0.8 * 1000, 0], "effort without cash counts in the sum"
    assert "cost_to_collect" not in payments(book, None)


def test_the_cohorts_bad_debt_is_that_of_its_own_invoices_whenever_it_comes(book: ReceivablesBook) -> None:
    parts = cohort_bad_debt(book)["bad_debt_cohort"]
    assert parts.loc["C"].tolist() == [50, 80], "c1 is of an earlier cohort; of c2 30 came back"
    assert parts.sum().tolist() == [50, 580]
