from __future__ import annotations

import dataclasses

import numpy as np

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.customers import draw_customers
from arseg.world.economy import LEAD_MONTHS, NEVER, draw_economy


def test_ability_remembers_and_shares_the_macro_factor(calendar: Calendar) -> None:
    customers = draw_customers(2000, calendar, seed=2)
    economy = draw_economy(customers, calendar, seed=2)
    assert 0.7 < economy.ability.std() < 1.4
    memory = np.corrcoef(economy.ability[:, 0], economy.ability[:, 1])[0, 1]
    assert 0.8 < memory < 0.97
    shared = economy.ability.mean(axis=0)
    assert np.corrcoef(shared, economy.macro[LEAD_MONTHS:])[0, 1] > 0.4


def test_distress_is_rare_lasts_and_takes_the_small(calendar: Calendar) -> None:
    customers = draw_customers(3000, calendar, seed=2)
    economy = draw_economy(customers, calendar, seed=2)
    assert 0.01 < economy.distressed.mean() < 0.08
    stays = economy.distressed[:, 1:][economy.distressed[:, :-1]].mean()
    assert 0.75 < stays < 0.95
    small = customers.monthly_sales < np.median(customers.monthly_sales)
    assert economy.distressed[small].mean() > economy.distressed[~small].mean()


def test_an_insolvent_customer_never_recovers(world: World) -> None:
    customers = draw_customers(3000, world.calendar, seed=2)
    economy = draw_economy(customers, world.calendar, seed=2)
    failed = np.flatnonzero(economy.insolvent_on < NEVER)
    assert len(failed) > 3
    for customer in failed:
        day = economy.insolvent_on[customer]
        month = np.searchsorted(world.calendar.month_starts, day, side="right") - 1
        assert economy.distressed[customer, month:].all()


def test_the_same_seed_gives_the_same_weather(world: World) -> None:
    again = draw_economy(world.customers, world.calendar, seed=world.seed)
    for field in dataclasses.fields(again):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(world.economy, field.name))
