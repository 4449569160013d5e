from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.course import draw_world
from arseg.world.customers import INDUSTRIES
from arseg.world.master_data import credit_table, customers_table, indicators_table


@pytest.fixture(scope="module")
def many() -> World:
    return draw_world(400, Calendar(dt.date(2024, 1, 1), 24), seed=8)


def test_some_customers_are_restated_and_the_last_word_is_true(many: World) -> None:
    frame = customers_table(many, many.calendar.days).to_pandas()
    versions = frame.groupby("customer_id").size()
    assert 0.03 < (versions > 1).mean() < 0.2
    assert versions.max() == 2
    last = frame.sort_values("known_on", kind="stable").groupby("customer_id")["industry"].last()
    true = [INDUSTRIES[many.customers.industry[int(name[1:]) - 1]] for name in last.index]
    restated = versions[versions > 1].index
    assert last[restated].tolist() == [
        name for name, key in zip(true, last.index, strict=True) if key in set(restated)
    ]


def test_scores_fall_in_distress_and_are_restated_later(many: World) -> None:
    frame = credit_table(many, many.calendar.days).to_pandas()
    assert frame["credit_score"].between(300, 850).all()
    versions = frame.groupby(["customer_id", "effective_on"]).size()
    assert 0.03 < (versions > 1).mean() < 0.13
    month = pd.to_datetime(frame["effective_on"]).dt
    before = ((month.year - 2024) * 12 + month.month - 2).clip(lower=0)
    customer = frame["customer_id"].str[1:].astype(int) - 1
    distressed = many.economy.distressed[customer, before]
    assert frame["credit_score"][distressed].mean() < frame["credit_score"][~distressed].mean() - 60


def test_limits_are_whole_thousands_and_grow_with_size(many: World) -> None:
    frame = credit_table(many, many.calendar.days).to_pandas()
    assert all(limit % 1000 == 0 and limit > 0 for limit in frame["credit_limit"])
    mean = frame["credit_limit"].astype(float).groupby(frame["customer_id"]).mean()
    size = pd.Series(many.customers.monthly_sales, index=[f"C{n + 1:05d}" for n in range(400)])
    assert mean.corr(size.reindex(mean.index), method="spearman") > 0.8


def test_an_indicator_is_released_20_to_45_days_after_its_month(many: World) -> None:
    frame = indicators_table(many, many.calendar.days).to_pandas()
    period = pd.to_datetime(frame["period"])
    lag = (pd.to_datetime(frame["known_on"]) - (period + pd.offsets.MonthEnd(0))).dt.days
    assert lag.between(20, 45).all()
    assert (period.dt.day == 1).all()
    assert set(frame["industry"].dropna()) == set(INDUSTRIES)
    assert (frame["industry"].isna() == (frame["series"] == "business_climate")).all()
    assert period.min() == pd.Timestamp("2023-01-01")
