"""What the key date knew, and whose it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from arseg.backtest import Plan, Walk
from arseg.ledger import Ledger
from arseg.runs.known_rows import known_rows

DAY = dt.date(2025, 11, 30)


@pytest.fixture(scope="module", name="walk")
def _walk(small_ledger: Ledger) -> Walk:
    return Walk(small_ledger, Plan(landmarks=3), blocks=["item", "exposure"])


def test_they_are_the_training_rows_of_the_walk(walk: Walk) -> None:
    known = known_rows(walk, DAY)
    X, y = walk.training(DAY)
    pd.testing.assert_frame_equal(known.X, X)
    pd.testing.assert_frame_equal(known.y, y)


def test_each_row_is_told_its_customer_its_key_date_and_the_days_it_was_followed(walk: Walk) -> None:
    known = known_rows(walk, DAY)
    assert list(known.rows) == ["customer_id", "key_date", "followed_days"]
    days = (pd.to_datetime(known.rows["key_date"]) - pd.Timestamp("1970-01-01")).dt.days
    assert (days == known.X["key_day"]).all()
    still = known.y["event"] == 0
    assert still.any()
    assert (known.y["duration"] == known.rows["followed_days"])[still].all()
    until = pd.Timestamp(DAY) - pd.Timedelta(days=walk.plan.settle_lag_days)
    assert ((until - pd.to_datetime(known.rows["key_date"])).dt.days == known.rows["followed_days"]).all()
    marks = pd.concat([mark.features.items for mark in walk.landmarks(DAY)])
    balance = marks.groupby("customer_id")["balance"].sum()
    assert known.X["balance"].groupby(known.rows["customer_id"]).sum().to_dict() == pytest.approx(
        balance.to_dict()
    )


def test_before_the_first_landmark_there_are_none_but_all_their_columns(walk: Walk) -> None:
    first = walk.ledger.first_posting
    assert first is not None
    known = known_rows(walk, first)
    assert (len(known.X), len(known.y), len(known.rows)) == (0, 0, 0)
    assert list(known.X) == list(walk.training(DAY)[0])
    assert list(known.y) == ["event", "duration"]


def test_where_there_are_more_rows_than_asked_for_an_equal_share_of_each_month_is_drawn(walk: Walk) -> None:
    every, fewer = (
        known_rows(walk, DAY),
        replace(walk, plan=replace(walk.plan, most_rows=30, fewest_events=1)),
    )
    drawn = known_rows(fewer, DAY)
    assert len(drawn.X) == 30
    assert set(drawn.rows["key_date"].value_counts()) == {10}
    assert drawn.of == every.of == len(every.X)
    X, y = fewer.training(DAY)
    pd.testing.assert_frame_equal(drawn.X, X)
    pd.testing.assert_frame_equal(drawn.y, y)
    assert len(drawn.X.merge(every.X)) >= 30
