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


def test_a_mean_is_drawn_to_the_books_with_the_weight_of_five_invoices(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [(9, 20)] * 5, "B": [(9, 0)] * 15, "C": []}, "payer_speed")
    late = found["payer_days_late_shrunk"]
    # The book's mean is 5 days late, 35 to pay on terms of 30.
    assert late.to_dict() == pytest.approx({"A": (100 + 25) / 10, "B": 25 / 20, "C": 5})
    assert found.loc["A", "payer_days_to_terms"] == pytest.approx((250 + 5 * 35) / (150 + 5 * 30))
    assert found.loc["C", "payer_days_to_terms"] == pytest.approx(35 / 30)


@pytest.mark.parametrize(("late", "expected"), [(-4, 0), (-3, 0), (-2, 1), (5, 1), (6, 2), (30, 2), (31, 3)])
def test_the_class_of_a_payer_has_its_edges_where_it_says(
    late: int, expected: int, make_ledger: Make
) -> None:
    found = customers_of(make_ledger, {"A": [(9, late)] * 3}, "payer_speed")
    assert found.loc["A", "payer_speed_class"] == expected


def test_reminders_are_the_steps_of_the_ladder_that_passed_before_payment(make_ledger: Make) -> None:
    paid = [(40, -2), (39, 1), (38, 2), (37, 9), (36, 31)]
    found = customers_of(make_ledger, {"A": paid}, "payer_speed").loc["A"]
    assert found["payer_reminders_mean_12m"] == pytest.approx((0 + 0 + 1 + 2 + 4) / 5)
    assert found["payer_early_share_12m"] == 0.2
    assert found["payer_over_30_share_12m"] == 0.2


def test_only_payments_of_the_last_year_count(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [(365, 50), (364, 4)]}, "payer_speed").loc["A"]
    assert found["payer_days_late_shrunk"] == pytest.approx(4)


def test_a_book_in_which_nobody_has_paid_has_no_speed(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [(400, 5)]}, "payer_speed").loc["A"]
    assert found.isna().all()
    assert math.isnan(found["payer_speed_class"])
