"""One row per customer and key date, labelled by what came, as far as the key date knew."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from arseg.backtest import Plan, Walk
from arseg.backtest.customer_rows import CustomerRows, customer_matrix, customer_rows
from arseg.ledger import Ledger, observe_outcomes

DAY = dt.date(2025, 11, 30)


@pytest.fixture(scope="module", name="walk")
def _walk(small_ledger: Ledger) -> Walk:
    return Walk(small_ledger, Plan(landmarks=6), blocks=["item", "payment_history", "exposure", "aging"])


@pytest.fixture(scope="module", name="rows")
def _rows(walk: Walk) -> CustomerRows:
    return customer_rows(walk, DAY, days=60)


def test_only_month_ends_that_were_followed_for_all_the_days_give_rows(
    walk: Walk, rows: CustomerRows
) -> None:
    days = {day.date() for day in pd.to_datetime(rows.keys["key_date"])}
    past = [mark.key_date for mark in walk.landmarks(DAY)]
    followed = {day for day in past if day + dt.timedelta(days=60) <= walk.known_until(DAY)}
    assert days == followed
    assert 0 < len(followed) < len(past)


def test_a_customer_is_bad_who_lets_an_item_turn_ninety_days_or_loses_one(
    walk: Walk, rows: CustomerRows
) -> None:
    ages = {
        (mark.key_date, item.invoice_id): item.days_past_due
        for mark in walk.landmarks(DAY)
        for item in mark.features.items.itertuples()
    }
    for key, row in rows.keys.groupby("key_date"):
        day = pd.Timestamp(str(key)).date()
        until = day + dt.timedelta(days=60)
        seen = observe_outcomes(walk.ledger, day, observed_on=DAY, until=until)
        bad, already = set(), set()
        for item in seen.itertuples():
            age = ages[day, item.invoice_id]
            if age >= 90:
                already.add(item.customer_id)
            elif item.event == 3 or (age + 60 >= 90 and (item.event == 0 or age + item.duration > 90)):
                bad.add(item.customer_id)
        told = dict(zip(row["customer_id"], rows.y[row.index], strict=True))
        assert told.keys() == set(seen["customer_id"]) - already
        assert {name for name, label in told.items() if label} == bad - already


def test_features_are_those_of_the_key_date(walk: Walk, rows: CustomerRows) -> None:
    last = pd.to_datetime(rows.keys["key_date"]).max()
    own = rows.of(pd.to_datetime(rows.keys["key_date"]) == last)
    wanted = customer_matrix(walk.landmark(last.date())).loc[own.keys["customer_id"]]
    pd.testing.assert_frame_equal(own.X.reset_index(drop=True), wanted.reset_index(drop=True))


def test_before_anything_could_be_followed_there_is_no_row_and_no_error(walk: Walk) -> None:
    first = walk.ledger.first_posting
    assert first is not None
    early = customer_rows(walk, first, days=60)
    assert (len(early.X), len(early.y), len(early.keys)) == (0, 0, 0)
