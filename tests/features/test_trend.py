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
    assert found["cleared_days_late_slope"].to_dict() == {"D": 3, "J": 0, "S": 0}
    # 45 against a median of 2, in the least spread of 5 days.
    assert found.loc["J", "cleared_days_late_jump"] == pytest.approx(43 / 5)


def test_the_spread_of_an_unsteady_payer_hides_a_jump(make_ledger: Make) -> None:
    unsteady = [*((200 - 10 * n, 30 * (n % 2)) for n in range(8)), (5, 45)]
    found = customers_of(make_ledger, {"U": unsteady}, "trend").loc["U"]
    # Before the last: 30, 0, 30, 0, 30, 0, 30; quartiles 0 and 30, median 30.
    assert found["cleared_days_late_jump"] == pytest.approx(15 / (30 / 1.349))
    assert found["payer_jumped"] == 0


def test_one_wild_payment_within_does_not_bend_the_slope(make_ledger: Make) -> None:
    wild = [(200 - 10 * n, 100 if n == 9 else n) for n in range(12)]
    found = customers_of(make_ledger, {"W": wild}, "trend").loc["W"]
    assert found["cleared_days_late_slope"] == 1


def test_a_slope_needs_four_invoices_and_a_jump_as_many(make_ledger: Make) -> None:
    paid = {"A": STEADY[-3:], "B": STEADY[-4:], "C": [(400, 1), *STEADY[-3:]]}
    found = customers_of(make_ledger, paid, "trend")
    for name in ("cleared_days_late_slope", "cleared_days_late_jump", "payer_drifts", "payer_jumped"):
        assert found[name].isna().to_dict() == {"A": True, "B": False, "C": True}


def test_the_short_window_is_held_against_the_long_one(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [(364, 2), (91, 4), (90, 9)], "B": [(200, 5)]}, "trend")
    assert found.loc["A", "cleared_days_late_trend_3m_12m"] == pytest.approx(9 - 5)
    assert math.isnan(found.loc["B", "cleared_days_late_trend_3m_12m"])
