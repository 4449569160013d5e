"""Of a large book the same customers are watched on every date."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from arseg.backtest import Plan, Walk
from arseg.features import Features
from arseg.ledger import Ledger
from arseg.runs.watched_customers import watched_customers

DAYS = [dt.date(2025, 6, 30), dt.date(2025, 9, 30)]


@pytest.fixture(scope="module", name="dates")
def _dates(small_ledger: Ledger) -> list[Features]:
    walk = Walk(small_ledger, Plan(), blocks=["item", "exposure"])
    return [walk.landmark(day).features for day in DAYS]


def ids(features: Features) -> list[str]:
    return features.customers["customer_id"].tolist()


def test_as_many_are_watched_as_are_asked_for_each_with_its_profile(dates: list[Features]) -> None:
    for features in dates:
        watched = watched_customers(features, most=12)
        assert len(ids(watched)) == 12 < len(ids(features))
        assert ids(watched) == watched.profile["customer_id"].tolist()
        assert watched.items.empty


def test_they_are_the_same_as_long_as_they_have_open_items(dates: list[Features]) -> None:
    first, second = ({*ids(watched_customers(features, most=12))} for features in dates)
    changed = {*ids(dates[0])} ^ {*ids(dates[1])}
    assert len(first & second) >= 12 - len(changed)
    stayed = [customer for customer in ids(dates[0]) if customer in first]
    assert stayed == ids(watched_customers(dates[0], most=12))


def test_of_a_small_book_all_are_watched(dates: list[Features]) -> None:
    pd.testing.assert_frame_equal(watched_customers(dates[0]).customers, dates[0].customers)
