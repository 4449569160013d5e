from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.course import draw_world
from arseg.world.customers import ANYWAY
from arseg.world.effects import effects
from arseg.world.legacy import by_softmax, on_review

DAY = dt.date(2025, 1, 15)


@pytest.fixture(scope="module")
def large() -> World:
    return draw_world(400, Calendar(dt.date(2024, 1, 1), 16), seed=8)


@pytest.fixture(scope="module")
def table(large: World) -> pd.DataFrame:
    return effects(large, on_review(by_softmax), on=DAY, courses=6).to_pandas()


def _number(ids: pd.Series) -> pd.Series:
    return ids.str[1:].astype(int) - 1


def test_there_is_an_effect_for_every_customer_of_the_review_and_every_action(table: pd.DataFrame) -> None:
    assert set(table["action"]) == {"email", "firm_email", "call"}
    assert table.groupby("customer_id").size().eq(3).all()
    assert table["customer_id"].nunique() > 10


def test_the_effect_is_exactly_zero_where_no_contact_can_move(large: World, table: pd.DataFrame) -> None:
    number = _number(table["customer_id"])
    day = (DAY - large.calendar.start).days
    stuck = (large.customers.response[number] == ANYWAY) | large.economy.distressed[
        number, large.calendar.month[day]
    ]
    assert stuck.any()
    still = stuck & ~large.economy.distressed[number, large.calendar.month[day + 60]]
    anyway = large.customers.response[number] == ANYWAY
    assert (table[anyway][["cash", "euro_days", "cash_error", "euro_days_error"]] == 0).all().all()
    assert still.any()


def test_calls_save_euro_days_on_the_whole_and_errors_are_there(table: pd.DataFrame) -> None:
    # In shares of each customer's largest effect: in euros a single customer would decide.
    largest = table["euro_days"].abs().groupby(table["customer_id"]).transform("max")
    share = (table["euro_days"] / largest).fillna(0.0).groupby(table["action"]).mean()
    assert share["call"] > share["email"] > 0
    assert (table["euro_days_error"] >= 0).all()
    assert table["euro_days_error"].max() > 0


def test_the_same_call_gives_the_same_effects(large: World, table: pd.DataFrame) -> None:
    again = effects(large, on_review(by_softmax), on=DAY, courses=6).to_pandas()
    pd.testing.assert_frame_equal(table, again)
