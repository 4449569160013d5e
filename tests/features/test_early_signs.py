"""The early signs on tiny ledgers, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

DAY = dt.date(2025, 6, 16)


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def item(issued: int, due: int, number: int = 1, amount: float = 100) -> dict[str, Any]:
    told = {"invoice_id": f"I{number}", "document_date": ago(issued), "due_date": ago(due)}
    return told | {"amount": amount}


def posted(days: int, amount: float, kind: str = "payment", number: int = 1) -> dict[str, Any]:
    return {"invoice_id": f"I{number}", "kind": kind, "amount": amount, "value_date": ago(days)}


def signs_of(ledger: Ledger) -> pd.Series:
    with take_snapshot(ledger, DAY) as snapshot:
        told = build_features(snapshot, blocks=["early_signs"]).customers
    return told.set_index("customer_id").loc["C1"].rename(lambda name: name.removeprefix("sign_"))


@pytest.mark.parametrize("window", [30, 90])
@pytest.mark.parametrize(("shift", "growth"), [(0, 100), (1, 0), (2, 0)])
def test_an_item_was_overdue_then_if_it_was_due_the_day_before(
    window: int, shift: int, growth: float, make_ledger: Make
) -> None:
    ledger = make_ledger([item(200, window + shift)], complete_to=DAY)
    assert signs_of(ledger)[f"overdue_balance_change_{window}d"] == growth


@pytest.mark.parametrize("window", [30, 90])
@pytest.mark.parametrize(("paid", "change"), [(-1, -100), (0, 0), (1, 0)])
def test_what_was_paid_within_the_window_was_overdue_before_it(
    window: int, paid: int, change: float, make_ledger: Make
) -> None:
    invoices = [item(200, 120), item(9, -9, number=2)]
    ledger = make_ledger(invoices, [posted(window + paid, 100)], complete_to=DAY)
    assert signs_of(ledger)[f"overdue_balance_change_{window}d"] == change


def test_part_payments_and_returns_since_then_are_taken_back(make_ledger: Make) -> None:
    moves = [posted(100, 10), posted(60, 40), posted(29, 30), posted(28, 5, "reversal"), posted(3, 1)]
    told = signs_of(make_ledger([item(200, 120)], moves, complete_to=DAY))
    assert told[["overdue_balance_change_30d", "overdue_balance_change_90d"]].tolist() == [-26, -66]


def test_what_was_paid_too_much_was_never_owed(make_ledger: Make) -> None:
    ledger = make_ledger([item(200, 120), item(9, -9, number=2)], [posted(5, 150)], complete_to=DAY)
    assert signs_of(ledger)["overdue_balance_change_30d"] == -100


@pytest.mark.parametrize(("days", "share"), [(89, 0.5), (90, 0), (91, 0)])
def test_a_part_payment_counts_for_less_than_ninety_days(days: int, share: float, make_ledger: Make) -> None:
    moves = [posted(days, 40), posted(10, 100, number=2)]
    ledger = make_ledger([item(200, 120), item(100, 70, number=2)], moves, complete_to=DAY)
    assert signs_of(ledger)["part_payment_share_90d"] == share


def test_a_part_payment_that_came_back_is_none(make_ledger: Make) -> None:
    moves = [posted(50, 40), posted(20, 40, "reversal")]
    assert np.isnan(signs_of(make_ledger([item(200, 120)], moves, complete_to=DAY))["part_payment_share_90d"])


def test_the_size_of_orders_is_compared_with_the_year_before(make_ledger: Make) -> None:
    sizes = ((89, 60), (10, 40), (90, 300), (454, 100), (455, 9000), (5, -500))
    invoices = [item(issued, issued - 30, n, amount) for n, (issued, amount) in enumerate(sizes)]
    assert signs_of(make_ledger(invoices, complete_to=DAY))["order_size_ratio_90d"] == pytest.approx(0.25)
    assert np.isnan(signs_of(make_ledger(invoices[:2], complete_to=DAY))["order_size_ratio_90d"])
    assert np.isnan(signs_of(make_ledger(invoices[2:3], complete_to=DAY))["order_size_ratio_90d"])


@pytest.mark.parametrize(("days", "count"), [(29, 1), (30, 0), (31, 0)])
def test_a_dispute_of_an_open_item_is_new_for_thirty_days(days: int, count: int, make_ledger: Make) -> None:
    disputes = [{"invoice_id": name, "opened_on": ago(days)} for name in ("I1", "I2")]
    invoices, paid = [item(60, 30), item(60, 30, number=2)], [posted(3, 100, number=2)]
    told = signs_of(make_ledger(invoices, paid, disputes=disputes, complete_to=DAY))
    assert told["dispute_count_30d"] == count


@pytest.mark.parametrize(
    ("limits", "flag"),
    [
        (((200, 500), (89, 400)), 1),
        (((200, 500), (90, 400)), 0),
        (((200, 500), (91, 400)), 0),
        (((200, 500), (50, 700), (10, 600)), 1),
        (((200, 500), (50, 400), (10, 500)), 0),
        (((200, 500), (10, None)), np.nan),
        (((200, None), (10, 500)), 0),
    ],
)
def test_a_limit_is_cut_if_it_was_higher_within_ninety_days(
    limits: tuple[tuple[int, int | None], ...], flag: float, make_ledger: Make
) -> None:
    credit = [{"customer_id": "C1", "effective_on": ago(n), "credit_limit": limit} for n, limit in limits]
    told = signs_of(make_ledger([item(60, 30)], credit=credit, complete_to=DAY))
    np.testing.assert_array_equal(told["limit_cut_90d"], flag)


@pytest.mark.parametrize(("days", "count"), [(89, 1), (90, 0), (91, 0)])
@pytest.mark.parametrize("customer", ["C1", None])
def test_a_returned_payment_counts_for_ninety_days(
    days: int, count: int, customer: str | None, make_ledger: Make
) -> None:
    back = posted(days, 100, "reversal") | {"customer_id": customer}
    told = signs_of(make_ledger([item(200, 170)], [posted(days + 5, 100), back], complete_to=DAY))
    assert told["reversal_count_90d"] == count


def test_without_disputes_and_credit_their_signs_are_missing(make_ledger: Make) -> None:
    told = signs_of(make_ledger([item(60, 30)], complete_to=DAY))
    assert told[["dispute_count_30d", "limit_cut_90d"]].isna().all()
    assert told["reversal_count_90d"] == 0
