from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
DAY = dt.date(2025, 6, 30)
# Days before the key date on which an invoice was paid, and how late that was.
Paid = Sequence[tuple[int, int]]


def customers_of(make_ledger: Make, paid: dict[str, Paid], block: str, **amounts: Any) -> pd.DataFrame:
    """Return a block's figures of customers with an old open item and some paid ones on terms of 30 days."""
    invoices = [
        {"invoice_id": f"{who}-open", "customer_id": who, "document_date": DAY - dt.timedelta(days=900)}
        for who in paid
    ]
    postings = []
    for who, rows in paid.items():
        for n, (ago, late) in enumerate(rows):
            day, number = DAY - dt.timedelta(days=ago), f"{who}-{n}"
            due = day - dt.timedelta(days=late)
            amount = amounts.get(f"{who}_{n}", 100)
            invoices.append(
                {"invoice_id": number, "customer_id": who, "document_date": due - dt.timedelta(days=30)}
                | {"due_date": due, "amount": amount}
            )
            postings.append({"invoice_id": number, "amount": amount, "value_date": day})
    ledger = make_ledger(invoices, postings, complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=[block]).customers.set_index("customer_id")


def test_an_invoice_counts_until_the_last_day_of_each_window(make_ledger: Make) -> None:
    days = (90, 91, 181, 182, 364, 365)
    found = customers_of(make_ledger, {"A": [(ago, n) for n, ago in enumerate(days)]}, "payment_history")
    assert found.loc["A", ["cleared_count_3m", "cleared_count_6m", "cleared_count_12m"]].tolist() == [1, 3, 5]
    assert found.loc["A", "cleared_days_late_mean_6m"] == 1
    assert found.loc["A", "cleared_days_late_median_12m"] == 2
    assert found.loc["A", "cleared_days_late_p90_12m"] == pytest.approx(3.6)
    assert found.loc["A", "cleared_days_to_pay_mean_12m"] == 32
    assert found.loc["A", "cleared_days_to_pay_p90_3m"] == 30


def test_the_due_day_itself_is_on_time_by_count_and_by_amount(make_ledger: Make) -> None:
    paid = {"A": [(10, -1), (9, 0), (8, 1), (7, 40)]}
    found = customers_of(make_ledger, paid, "payment_history", A_0=10, A_1=20, A_2=30, A_3=40).loc["A"]
    assert found["cleared_on_time_share_3m"] == 0.5
    assert found["cleared_on_time_amount_share_3m"] == pytest.approx(0.3)


def test_of_invoices_paid_on_one_day_the_last_is_the_latest_in_paying(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [(30, 90), (5, -3), (5, 7), (5, 2)]}, "payment_history")
    assert found.loc["A", "cleared_days_late_last"] == 7
    early = customers_of(make_ledger, {"A": [(5, -25)]}, "payment_history")
    assert early.loc["A", "cleared_days_late_last"] == -25


def test_who_has_paid_nothing_has_counts_of_zero_and_nothing_else(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [], "B": [(5, 1)]}, "payment_history").loc["A"]
    counts = found[[name for name in found.index if "count" in name]]
    assert (counts == 0).all()
    assert found.drop(counts.index).isna().all()
    assert math.isnan(found["cleared_days_late_last"])
