from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.backtest.receivables_book import ReceivablesBook, read_book
from arseg.backtest.receivables_cases import (
    contact_success,
    due_cohort,
    kept_promises,
    late_cohort,
    resolutions,
    self_cures,
)
from arseg.ledger import Ledger

DUE = dt.date(2025, 5, 10)
START, END = "2025-03-31", "2025-06-30"


def after(days: int) -> dt.date:
    return DUE + dt.timedelta(days=days)


def invoice(name: str, amount: float = 100, due: dt.date = DUE) -> dict[str, Any]:
    return {
        "invoice_id": name,
        "customer_id": name.upper(),
        "document_date": due - dt.timedelta(days=30),
        "due_date": due,
        "amount": amount,
    }


def paid(name: str, days: int, amount: float = 100, kind: str = "payment") -> dict[str, Any]:
    return {"invoice_id": name, "amount": amount, "value_date": after(days), "kind": kind}


# Ledgers speak from their first posting to their last known day.
SPAN = [
    {"customer_id": "Z", "amount": 1, "value_date": dt.date(2025, 1, 1)},
    {"customer_id": "Z", "amount": 1, "value_date": dt.date(2025, 12, 31)},
]


@pytest.fixture(name="read")
def _read(make_ledger: Callable[..., Ledger]) -> Callable[..., ReceivablesBook]:
    def read(invoices: list[Any], postings: list[Any], **rest: Any) -> ReceivablesBook:
        return read_book(make_ledger(invoices, [*postings, *SPAN], **rest), START, END)

    return read


def test_the_late_cohort_is_what_was_unpaid_after_its_due_day(read: Callable[..., ReceivablesBook]) -> None:
    moved = [paid("a", 0), paid("b", -2, 40), paid("b", 1, 60), paid("c", 20, 5, "credit_note")]
    book = read([invoice("a"), invoice("b"), invoice("c"), invoice("d", due=dt.date(2025, 7, 1))], moved)
    items, moves = late_cohort(book)
    assert items.set_index("invoice_id")["amount"].to_dict() == {"b": 60, "c": 100}
    assert moves[["invoice_id", "age"]].to_numpy().tolist() == [["b", 0], ["c", 19]]
    whole, all_moves = due_cohort(book)
    assert whole["invoice_id"].tolist() == ["a", "b", "c"]
    assert all_moves.set_index("invoice_id")["age"].loc[["a", "c"]].tolist() == [0, 20]


def test_cases_end_by_payment_credit_or_write_off_and_are_else_still_open(
    read: Callable[..., ReceivablesBook],
) -> None:
    moved = [paid("a", 9), paid("b", 20, kind="credit_note"), paid("c", 180, kind="write_off"), paid("e", 0)]
    found = resolutions(read([invoice(name) for name in "abcde"], moved))
    followed = (dt.date(2025, 12, 31) - DUE).days
    assert found[["event", "duration"]].to_numpy().tolist() == [[1, 9], [2, 20], [3, 180], [0, followed]]


def test_a_contact_about_the_invoice_or_the_account_ends_self_cure(
    read: Callable[..., ReceivablesBook],
) -> None:
    touched = [
        {"customer_id": "B", "invoice_id": "b", "contacted_on": after(3)},
        {"customer_id": "C", "contacted_on": after(3)},
        {"customer_id": "A", "contacted_on": after(-3)},
        {"customer_id": "A", "invoice_id": "other", "contacted_on": after(2)},
    ]
    moved = [paid(name, 5) for name in "abc"]
    book = read([invoice(name) for name in "abcdef"], moved, contacts=touched)
    parts = self_cures(book, pd.Series(dict.fromkeys("ABCDEF", "High")))["self_cure"]
    # Six at risk, two of them contacted on day 2: 1 - 2/6 left alone when A pays on day 4.
    assert parts["numerator"].to_dict() == pytest.approx({"A": 1.5, "B": 0, "C": 0, "D": 0, "E": 0, "F": 0})
    assert parts["denominator"].sum() == 6


def test_promises_of_all_that_is_open_are_kept_by_all_of_it(read: Callable[..., ReceivablesBook]) -> None:
    said = {"made_on": after(5), "due_on": after(12)}
    promises = [
        {"customer_id": "A", "invoice_id": "a", "amount": None, **said},
        {"customer_id": "B", "amount": None, **said},
        {"customer_id": "C", "amount": 30, **said},
        {"customer_id": "A", "made_on": after(-200), "due_on": after(-190), "amount": 5},
    ]
    moved = [paid("a", 2, 40), paid("a", 6, 60), paid("b", 6, 60), paid("c", 17, 30)]
    found = kept_promises(read([invoice(name) for name in "abc"], moved, promises=promises))
    assert found["promises_kept"].to_numpy().tolist() == [[1, 1], [0, 1], [1, 1]]
    assert found["promised_amount_kept"].to_numpy().tolist() == [[60, 60], [60, 100], [30, 30]]


def test_holidays_of_the_customers_country_put_the_end_off(read: Callable[..., ReceivablesBook]) -> None:
    """Due on Wednesday 28 May 2025; Thursday is Ascension Day in Germany, so Tuesday is the third business day."""
    promise = {"made_on": dt.date(2025, 5, 20), "due_on": dt.date(2025, 5, 28), "amount": 100}
    promises = [{"customer_id": name, **promise} for name in "AB"]
    customers = [{"customer_id": "A", "country": "DE"}, {"customer_id": "B", "country": "NL"}]
    moved = [paid("a", 24), paid("b", 24)]
    assert after(24) == dt.date(2025, 6, 3)
    found = kept_promises(read([invoice("a"), invoice("b")], moved, promises=promises, customers=customers))
    assert found["promises_kept"].loc["A", "numerator"] == 1
    plain = kept_promises(read([invoice("a")], [paid("a", 24)], promises=promises[:1]))
    assert plain["promises_kept"].loc["A", "numerator"] == 0, "no country, no holidays"


def test_the_first_contact_after_a_quiet_month_is_a_case(read: Callable[..., ReceivablesBook]) -> None:
    def touch(customer: str, days: int) -> dict[str, Any]:
        return {"customer_id": customer, "contacted_on": after(days)}

    touched = [touch("A", 1), touch("A", 20), touch("B", 1), touch("C", 1), touch("C", 40), touch("D", 1)]
    promises = [{"customer_id": "C", "made_on": after(40), "due_on": after(60), "amount": 10}]
    moved = [paid("a", 5), paid("b", 1), paid("d", 9)]
    book = read([invoice(name) for name in "abcd"], moved, contacts=touched, promises=promises)
    found = contact_success(book)["first_contact_success"]
    assert found["denominator"].to_dict() == {"A": 1, "B": 1, "C": 2, "D": 1}
    assert found["numerator"].to_dict() == {"A": 1, "B": 0, "C": 1, "D": 0}


def test_a_desk_without_logs_has_no_cases(read: Callable[..., ReceivablesBook]) -> None:
    book = read([invoice("a")], [])
    assert self_cures(book, pd.Series({"A": "High"})) == kept_promises(book) == contact_success(book) == {}
