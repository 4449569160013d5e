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


STEADY = [(200 - 10 * n, 2) for n in range(12)]


def test_a_drifting_payer_raises_one_flag_and_a_jumping_payer_the_other(make_ledger: Make) -> None:
    drifting = [(200 - 10 * n, 3 * n) for n in range(12)]
    jumping = [*STEADY[:-1], (5, 45)]
    found = customers_of(make_ledger, {"D": drifting, "J": jumping, "S": STEADY}, "trend")
    assert found["payer_drifts"].to_dict() == {"D": 1, "J": 0, "S": 0}
    assert found["payer_jumped"].to_dict() == {"D": 0, "J": 1, "S": 0}
    # Three days more on each of them, ten days apart.
    assert found["cleared_days_late_slope"].to_dict() == {"D": 9, "J": 0, "S": 0}
    # 45 against a median of 2, in the least spread of 5 days.
    assert found.loc["J", "cleared_days_late_jump"] == pytest.approx(43 / 5)


def test_the_spread_of_an_unsteady_payer_hides_a_jump(make_ledger: Make) -> None:
    unsteady = [*((200 - 10 * n, 30 * (n % 2)) for n in range(8)), (5, 45)]
    found = customers_of(make_ledger, {"U": unsteady}, "trend").loc["U"]
    # Before the last: four times 0 and four times 30; quartiles 0 and 30, median 15.
    assert found["cleared_days_late_jump"] == pytest.approx((45 - 15) / (30 / 1.349))
    assert found["payer_jumped"] == 0


def test_one_wild_payment_within_does_not_bend_the_slope(make_ledger: Make) -> None:
    wild = [(200 - 10 * n, 100 if n == 9 else n) for n in range(12)]
    found = customers_of(make_ledger, {"W": wild}, "trend").loc["W"]
    assert found["cleared_days_late_slope"] == 3


def test_two_late_payments_in_a_row_are_a_jump_and_no_drift(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [*STEADY[:-2], (15, 45), (5, 45)]}, "trend").loc["A"]
    assert found[["payer_drifts", "payer_jumped", "cleared_days_late_slope"]].tolist() == [0, 1, 0]


def test_a_steady_payer_in_monthly_runs_does_not_drift(make_ledger: Make) -> None:
    # In each run four invoices, of which the older ones are later.
    runs = [(ago, late) for ago in (100, 70, 40, 10) for late in (2, 9, 16, 23)]
    found = customers_of(make_ledger, {"A": runs}, "trend").loc["A"]
    assert found[["payer_drifts", "payer_jumped", "cleared_days_late_slope"]].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("late", "drifts"), [([0, 1, 2, 3], 1), ([0, 2, 1, 3], 1), ([0, 3, 2, 2], 0)])
def test_a_drift_needs_three_days_in_thirty_and_four_of_five_pairs(
    late: list[int], drifts: int, make_ledger: Make
) -> None:
    # Of the six pairs six, five and three are slower; days apart so that the slope is 3 days or more.
    paid = [(40 - 3 * n, days) for n, days in enumerate(late)]
    found = customers_of(make_ledger, {"A": paid}, "trend").loc["A"]
    assert found["cleared_days_late_slope"] >= 3
    assert found["payer_drifts"] == drifts


def test_a_drift_of_just_under_three_days_in_thirty_is_none(make_ledger: Make) -> None:
    found = customers_of(
        make_ledger,
        {who: [(80 - gap * n, n) for n in range(4)] for who, gap in (("A", 9), ("B", 10), ("C", 11))},
        "trend",
    )
    assert found["payer_drifts"].to_dict() == {"A": 1, "B": 1, "C": 0}


def test_a_slope_needs_four_invoices_and_a_jump_as_many(make_ledger: Make) -> None:
    paid = {"A": STEADY[-3:], "B": STEADY[-4:], "C": [(400, 1), *STEADY[-3:]]}
    found = customers_of(make_ledger, paid, "trend")
    for name in ("cleared_days_late_slope", "cleared_days_late_jump", "payer_drifts", "payer_jumped"):
        assert found[name].isna().to_dict() == {"A": True, "B": False, "C": True}


def test_the_short_window_is_held_against_the_long_one(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [(364, 2), (91, 4), (90, 9)], "B": [(200, 5)]}, "trend")
    assert found.loc["A", "cleared_days_late_trend_3m_12m"] == pytest.approx(9 - 5)
    assert math.isnan(found.loc["B", "cleared_days_late_trend_3m_12m"])
