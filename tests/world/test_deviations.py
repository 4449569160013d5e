"""One evening decided otherwise."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from arseg.world import Calendar, World, draw_world, legacy_policy
from arseg.world.course import Days
from arseg.world.deviations import DIFFERS, deviate
from arseg.world.effects import effects
from arseg.world.outcome import day_after
from arseg.world.reviews import CALL, Decision
from arseg.world.so_far import LedgerSoFar

ON = dt.date(2024, 9, 3)


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(150, Calendar(dt.date(2024, 1, 1), 12), seed=5)


def everybody(action: int) -> object:
    return lambda so_far, _: Decision(np.full(len(so_far.review), action))


def test_deciding_as_before_changes_nothing(world: World) -> None:
    past = legacy_policy("stochastic", world)
    (same,) = deviate(world, past, (past,), on=ON)
    assert same.reviewed > 5
    assert same.gains.tolist() == [0.0] * len(DIFFERS)


def test_calling_all_against_nobody_is_the_sum_of_the_effects(world: World) -> None:
    nobody = everybody(0)
    (called,) = deviate(world, nobody, (everybody(CALL),), on=ON, horizon=28)
    table = effects(world, nobody, on=ON, courses=1, horizon=29).to_pandas()
    told = table[table["action"] == "call"]
    assert called.reviewed == len(told)
    assert called.gains[DIFFERS.index("cash")] == pytest.approx(told["cash"].sum(), rel=0.05, abs=1.0)
    assert called.gains[DIFFERS.index("amount_days")] == pytest.approx(
        -told["euro_days"].sum(), rel=0.05, abs=1.0
    )
    assert called.gains[DIFFERS.index("cash")] > 0
    assert called.gains[DIFFERS.index("minutes")] > 0


def test_one_evening_is_decided_otherwise_and_no_other(world: World) -> None:
    past = legacy_policy("stochastic", world)
    seen: list[dt.date] = []

    def watched(so_far: LedgerSoFar, key_date: dt.date) -> Decision:
        seen.append(key_date)
        return Decision(np.zeros(len(so_far.review), dtype=np.int64))

    deviate(world, past, (watched,), on=ON)
    assert seen == [ON]


def test_a_day_without_a_review_gives_way_to_the_next(world: World) -> None:
    past = legacy_policy("stochastic", world)
    saturday, monday = dt.date(2024, 9, 7), dt.date(2024, 9, 9)
    days = Days(world)
    days.pass_until(day_after(world, saturday) - 1, past)
    assert not world.calendar.business[days.day]
    one, other = (deviate(world, past, (everybody(0),), on=day)[0] for day in (saturday, monday))  # type: ignore[arg-type]
    assert one.reviewed == other.reviewed
    assert one.gains.tolist() == other.gains.tolist()
