"""The aging block on tiny ledgers, by hand, and its partition on random ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot
from oracle.edges import edge_book

Make = Callable[..., Ledger]

DAY = dt.date(2025, 6, 16)
BUCKETS = ("current", "1_30", "31_60", "61_90", "over_90")


def customers_of(ledger: Ledger, *blocks: str) -> pd.DataFrame:
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=blocks).customers.set_index("customer_id")


def overdue_by(*days: int) -> list[dict[str, object]]:
    issued = dt.date(2025, 1, 1)
    dues = [DAY - dt.timedelta(days=n) for n in days]
    return [{"invoice_id": f"I{n}", "document_date": issued, "due_date": due} for n, due in enumerate(dues)]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-1, "current"),
        (0, "current"),
        (1, "1_30"),
        (30, "1_30"),
        (31, "31_60"),
        (60, "31_60"),
        (61, "61_90"),
        (90, "61_90"),
        (91, "over_90"),
        (400, "over_90"),
    ],
)
def test_an_item_is_in_one_bucket_with_all_it_is_worth(days: int, bucket: str, make_ledger: Make) -> None:
    aged = customers_of(make_ledger(overdue_by(days), complete_to=DAY), "aging").loc["C1"]
    for name in BUCKETS:
        told = [aged[f"open_balance_{name}"], aged[f"open_share_{name}"], aged[f"open_count_{name}"]]
        assert told == ([100, 1, 1] if name == bucket else [0, 0, 0])


def test_the_oldest_item_is_told_by_its_due_day_and_by_its_issue(make_ledger: Make) -> None:
    invoices = [
        {"document_date": DAY - dt.timedelta(days=100), "due_date": DAY - dt.timedelta(days=10)},
        {
            "document_date": DAY - dt.timedelta(days=50),
            "due_date": DAY - dt.timedelta(days=40),
            "amount": 300,
        },
    ]
    aged = customers_of(make_ledger(invoices, complete_to=DAY), "aging").loc["C1"]
    assert aged[["open_oldest_age_days", "open_oldest_days_past_due"]].tolist() == [100, 40]
    assert aged["open_days_past_due_mean"] == (10 * 100 + 40 * 300) / 400
    assert aged[["open_share_1_30", "open_share_31_60"]].tolist() == [0.25, 0.75]


@pytest.mark.parametrize("seed", range(4))
def test_the_buckets_partition_the_open_balance_to_the_cent(seed: int, make_ledger: Make) -> None:
    ledger = make_ledger(**edge_book(seed, DAY), complete_to=DAY)
    aged = customers_of(ledger, "aging", "exposure")
    cents = (aged[[f"open_balance_{name}" for name in BUCKETS]] * 100).round().astype("int64")
    assert (cents.sum() > 0).all()
    assert cents.sum(axis="columns").tolist() == (aged["open_balance"] * 100).round().astype("int64").tolist()
    assert aged[[f"open_count_{name}" for name in BUCKETS]].sum(axis="columns").equals(aged["open_count"])
    shares = aged[[f"open_share_{name}" for name in BUCKETS]].sum(axis="columns")
    assert shares.to_numpy() == pytest.approx(1, abs=1e-12)
