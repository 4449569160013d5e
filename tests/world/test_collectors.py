from __future__ import annotations

import numpy as np

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.collectors import MINUTES_A_DAY, draw_collectors
from arseg.world.customers import PORTFOLIOS, draw_customers


def test_every_customer_has_a_collector_of_its_portfolio(calendar: Calendar) -> None:
    customers = draw_customers(4000, calendar, seed=3)
    collectors = draw_collectors(customers, calendar, seed=3)
    assert len(collectors) == 8
    np.testing.assert_array_equal(collectors.of_customer // 2, customers.portfolio)
    assert set(collectors.of_customer.tolist()) == set(range(8))


def test_a_small_book_has_one_collector_per_portfolio(world: World) -> None:
    np.testing.assert_array_equal(world.collectors.of_customer, world.customers.portfolio)
    assert len(world.collectors) == len(PORTFOLIOS)


def test_collectors_are_away_now_and_then_and_have_hours(calendar: Calendar) -> None:
    customers = draw_customers(20_000, calendar, seed=3)
    collectors = draw_collectors(customers, calendar, seed=3)
    assert 0.04 < collectors.absent.mean() < 0.13
    assert set(collectors.minutes.tolist()) == {0.5 * MINUTES_A_DAY, MINUTES_A_DAY}
    assert 0.2 < collectors.leniency.std() < 0.6
