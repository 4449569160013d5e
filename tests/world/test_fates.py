from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from arseg.world.book import World
from arseg.world.calendars import Calendar
from arseg.world.course import draw_world
from arseg.world.economy import NEVER
from arseg.world.settings import Setting


@pytest.fixture(scope="module")
def large(calendar: Calendar) -> World:
    return draw_world(700, calendar, seed=5)


def test_rare_fates_are_as_rare_as_stated(large: World) -> None:
    fates = large.fates
    part = (fates.first_share < 1) & ~fates.short
    assert 0.025 < (fates.unapplied_days > 0).mean() < 0.045
    assert 0.002 < fates.duplicate.mean() < 0.007
    assert 0.015 < fates.back_dated.mean() < 0.025
    assert 0.04 < part.mean() < 0.08
    assert 0.03 < (fates.dispute_on < NEVER).mean() < 0.055
    assert 0.003 < fates.bounced.mean() < 0.012
    assert 0.002 < fates.short.mean() < 0.009


def test_no_fate_contradicts_another(large: World) -> None:
    fates = large.fates
    mishaps = [fates.first_share < 1, fates.bounced, fates.duplicate, fates.unapplied_days > 0]
    assert np.sum(mishaps, axis=0).max() == 1
    assert not ((fates.dispute_on < NEVER) & (fates.credit_on < NEVER)).any()
    assert (fates.write_off_on > large.invoices.due + 180).all()
    assert (fates.dispute_on > large.invoices.document).all()
    assert ((fates.first_share > 0) & (fates.first_share <= 1)).all()
    assert ((fates.recovery_share >= 0) & (fates.recovery_share < 1)).all()


def test_the_intended_day_is_the_customers_habit_with_noise(large: World) -> None:
    customer = large.invoices.customer
    habit = large.customers.delay[customer]
    plain = ~large.fates.discounted
    assert np.corrcoef(large.fates.intent[plain], habit[plain])[0, 1] > 0.8
    early = large.fates.intent + large.invoices.due - large.invoices.document
    assert early[large.fates.discounted].max() <= 3


def test_fates_are_arrays_of_one_length(large: World) -> None:
    lengths = {len(getattr(large.fates, field.name)) for field in dataclasses.fields(large.fates)}
    assert lengths == {len(large.invoices)}


def test_without_friction_nothing_disturbs_a_plain_payment(calendar: Calendar) -> None:
    fates = draw_world(100, calendar, seed=5, setting=Setting(friction=0.0)).fates
    assert (fates.first_share == 1).all()
    assert not (fates.bounced | fates.duplicate | fates.back_dated | (fates.unapplied_days > 0)).any()
    assert (fates.dispute_on == NEVER).all()
    assert (fates.credit_on == NEVER).all()
