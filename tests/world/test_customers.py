from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from arseg.world.calendars import DAILY, Calendar
from arseg.world.customers import ANYWAY, DIRECT_DEBIT, draw_customers
from arseg.world.settings import Setting


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_fifth_of_the_customers_buys_about_four_fifths(calendar: Calendar, seed: int) -> None:
    sales = np.sort(draw_customers(500, calendar, seed=seed).monthly_sales)[::-1]
    assert 0.7 < sales[:100].sum() / sales.sum() < 0.85
    assert sales[0] / sales.sum() < 0.15


def test_groups_have_one_head_who_has_none(calendar: Calendar) -> None:
    customers = draw_customers(800, calendar, seed=4)
    grouped = np.flatnonzero(customers.parent >= 0)
    assert 10 < len(grouped) < 100
    assert (customers.parent[customers.parent[grouped]] == -1).all()
    assert (customers.parent[grouped] != grouped).all()


def test_sole_traders_are_small_and_every_response_occurs(calendar: Calendar) -> None:
    customers = draw_customers(800, calendar, seed=4)
    traders = customers.business_type == 1
    assert 0.08 < traders.mean() < 0.25
    assert customers.monthly_sales[traders].max() <= np.median(customers.monthly_sales)
    assert 0.1 < (customers.response == ANYWAY).mean() < 0.5


def test_direct_debits_run_daily_because_we_draw_them(calendar: Calendar) -> None:
    customers = draw_customers(400, calendar, seed=5)
    assert (customers.run[customers.method == DIRECT_DEBIT] == DAILY).all()


def test_a_world_of_one_customer_is_a_world() -> None:
    assert len(draw_customers(1, Calendar(dt.date(2024, 1, 1), 1), seed=0)) == 1


def test_customers_drawn_one_by_one_scatter_more(calendar: Calendar) -> None:
    def largest(*, even: bool) -> list[float]:
        drawn = [draw_customers(100, calendar, seed=s, setting=Setting(even=even)) for s in range(30)]
        return [float(np.median(one.monthly_sales) / one.monthly_sales.mean()) for one in drawn]

    assert np.std(largest(even=False)) > 3 * np.std(largest(even=True))
