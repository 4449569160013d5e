from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.course import draw_world
from arseg.world.economy import NEVER


@pytest.fixture(scope="module")
def large(calendar: Calendar) -> World:
    return draw_world(700, calendar, seed=5)


def test_rare_fates_are_as_rare_as_stated(large: World) -> None:
    fates = large.fates
    part = (fates.first_share < 1) & ~fates.short
    assert 0.04 < part.mean() < 0.08
    assert 0.03 < (fates.dispute_on < NEVER).mean() < 0.055
    assert 0.003 < fates.bounced.mean() < 0.012
    assert 0.002 < fates.short.mean() < 0.009


def test_no_fate_contradicts_another(large: World) -> None:
    fates = large.fates
    assert not (fates.short & fates.bounced).any()
    assert not ((fates.dispute_on < NEVER) & (fates.credit_on < NEVER)).any()
    assert (fates.write_off_on > large.invoices.due + 180).all()
    assert (fates.dispute_on > large.invoices.document).all()
    assert ((fates.first_share > 0) & (fates.first_share <= 1)).all()
    assert ((fates.recovery_share >= 0) & (fates.recovery_share < 1)).all()


def test_the_intended_day_is_the_customers_habit_with_noise(large: World) -> None:
    customer = large.invoices.customer
    habit = large.customers.delay[customer]
    assert np.corrcoef(large.fates.intent, habit)[0, 1] > 0.8


def test_fates_are_arrays_of_one_length(large: World) -> None:
    lengths = {len(getattr(large.fates, field.name)) for field in dataclasses.fields(large.fates)}
    assert lengths == {len(large.invoices)}
