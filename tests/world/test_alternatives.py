"""A week decided in every way there is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.ledger import observe_decisions
from arseg.ledger.storing.store import About
from arseg.ledger.storing.writing import create_ledger
from arseg.schema import UsageError
from arseg.world import Calendar, World, draw_world, follow, legacy_policy, setting_of
from arseg.world.alternatives import Alternatives, alternatives, joined
from arseg.world.course import Days
from arseg.world.deviations import DIFFERS, deviate
from arseg.world.legacy import on_review
from arseg.world.reviews import ACTIONS, CALL, NONE, Decision
from arseg.world.so_far import Decide, customer_id
from arseg.world.tables import ledger_tables

ON = 246
HORIZON = 28


def everybody(action: int) -> Decide:
    return lambda so_far, _: Decision(np.full(len(so_far.review), action))


def always(action: int, rows: int) -> np.ndarray:
    return np.tile(np.eye(len(ACTIONS))[action], (rows, 1))


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(150, Calendar(dt.date(2024, 1, 1), 12), seed=5)


@pytest.fixture(scope="module")
def week(world: World) -> Alternatives:
    past = legacy_policy("stochastic", world)
    days = Days(world)
    days.pass_until(ON, past)
    return alternatives(days, past, horizon=HORIZON)


def test_the_policy_in_force_brings_no_more_than_itself(week: Alternatives) -> None:
    assert len(week) > 20
    assert week.gains(week.probabilities) == pytest.approx(0.0, abs=1e-6)


def test_every_customer_is_decided_on_once(week: Alternatives) -> None:
    assert len(np.unique(week.customer)) == len(week)
    assert set(week.day.tolist()) <= set(range(ON, ON + 7))
    assert week.probabilities.sum(axis=1) == pytest.approx(1.0)
    assert week.probabilities.min() >= 0.05


def test_the_sum_of_an_evening_is_that_of_deciding_the_evening_otherwise(
    world: World, week: Alternatives
) -> None:
    past = legacy_policy("stochastic", world)
    evening = int(week.day[0])
    here = week.day == evening
    both = tuple(everybody(action) for action in (CALL, NONE))
    on = world.calendar.start + dt.timedelta(days=evening)
    called, left = deviate(world, past, both, on=on, horizon=HORIZON, luck=world.luck)
    assert called.reviewed == here.sum()
    told = (week.came[here, CALL] - week.came[here, NONE]).sum(axis=0)
    assert told == pytest.approx(called.gains - left.gains, abs=1e-6)
    assert told[DIFFERS.index("minutes")] > 0


def test_the_way_that_was_taken_brought_what_the_ledger_says(
    world: World, week: Alternatives, tmp_path: Path
) -> None:
    course = follow(world, legacy_policy("stochastic", world))
    about = About(name="book", currency="EUR", rates={"USD": 0.92})
    ledger = create_ledger(tmp_path / "book.duckdb", ledger_tables(world, course), about)
    first = world.calendar.start + dt.timedelta(days=ON)
    rows = observe_decisions(ledger, horizon_days=HORIZON, first=first)
    place = {
        (customer_id(customer), world.calendar.start + dt.timedelta(days=day)): at
        for at, (customer, day) in enumerate(zip(week.customer.tolist(), week.day.tolist(), strict=True))
    }
    keys = zip(rows["customer_id"], pd.to_datetime(rows["key_date"]).dt.date, strict=True)
    at = rows.assign(at=[place.get(key, -1) for key in keys]).query("at >= 0")
    assert len(at) == len(week)
    action = at["action"].map({name: code for code, name in enumerate(ACTIONS)}).to_numpy()
    came = week.came[at["at"], action]
    assert came[:, DIFFERS.index("cash")] == pytest.approx(at["cash"].to_numpy(), abs=0.02)
    days = at["amount_days"] - HORIZON * at["open_balance"]
    assert came[:, DIFFERS.index("amount_days")] == pytest.approx(days.to_numpy(), abs=1.0)
    assert came[:, DIFFERS.index("minutes")] == pytest.approx(at["minutes"].to_numpy())
    chance = week.probabilities[at["at"], action]
    assert chance == pytest.approx(at["propensity"].to_numpy(), abs=1e-6)


def test_what_was_not_drawn_was_certain(world: World) -> None:
    past = on_review(lambda review, _: Decision(np.full(len(review), CALL)))
    days = Days(world)
    days.pass_until(120, past)
    week = alternatives(days, past)
    assert week.probabilities.tolist() == always(CALL, len(week)).tolist()


def test_looking_changes_nothing(world: World) -> None:
    past = legacy_policy("stochastic", world)
    looked, plain = Days(world), Days(world)
    for days in (looked, plain):
        days.pass_until(120, past)
    alternatives(looked, past)
    for days in (looked, plain):
        days.pass_until(150, past)
    assert looked.course().postings.cents.tolist() == plain.course().postings.cents.tolist()


def test_weeks_are_put_together(week: Alternatives) -> None:
    twice = joined([week, week])
    assert len(twice) == 2 * len(week)
    assert twice.gains(always(CALL, len(twice))).sum() == pytest.approx(
        2 * week.gains(always(CALL, len(week))).sum()
    )


def test_customers_who_feel_what_others_are_sent_are_refused() -> None:
    setting = replace(setting_of("typical"), interference=0.2)
    world = draw_world(20, Calendar(dt.date(2024, 1, 1), 3), seed=5, setting=setting)
    with pytest.raises(UsageError, match="customers feel what others are sent"):
        alternatives(Days(world), everybody(NONE))


def test_a_week_without_a_review_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match="nobody is reviewed within the week"):
        alternatives(Days(world), everybody(NONE))
