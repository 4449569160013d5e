from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from arseg.schema import UsageError
from arseg.world.book import World
from arseg.world.course import follow
from arseg.world.customers import REGIONS
from arseg.world.legacy import (
    FLOOR,
    at_random,
    by_softmax,
    by_thresholds,
    in_changed_region,
    known_risk,
    legacy_policy,
)
from arseg.world.reviews import CALL, EMAIL, NONE, Review
from arseg.world.settings import Setting

_GRID = np.array([(age, money) for age in (1, 5, 10, 31, 90) for money in (50.0, 5e3, 5e5)])


def _review(count: int = 1) -> Review:
    rows = np.tile(_GRID, (count, 1))
    return Review(
        day=100,
        customer=np.arange(len(rows)),
        oldest_days_past_due=rows[:, 0].astype(np.int64),
        overdue=rows[:, 1],
        mean_days_late=np.zeros(len(rows)),
    )


@pytest.mark.parametrize("decide", [at_random, by_softmax])
def test_actions_come_as_often_as_their_logged_probability(decide) -> None:
    review = _review(4000)
    luck = np.random.default_rng(1).random(len(review))
    decision = decide(review, luck)
    assert decision.probabilities is not None
    np.testing.assert_allclose(decision.probabilities.sum(axis=1), 1.0)
    assert decision.probabilities.min() >= FLOOR
    for cell in range(len(_GRID)):
        rows = np.arange(cell, len(review), len(_GRID))
        share = np.bincount(decision.action[rows], minlength=4) / len(rows)
        np.testing.assert_allclose(share, decision.probabilities[cell], atol=0.035)


def test_the_softmax_calls_the_riskier_more_often() -> None:
    review = _review()
    call = by_softmax(review, np.zeros(len(review))).probabilities[:, CALL]
    order = np.argsort(known_risk(review))
    assert (np.diff(call[order]) >= 0).all()
    assert call.max() > 2 * call.min()


def test_thresholds_are_exact_and_log_no_probability() -> None:
    decision = by_thresholds(_review(), np.zeros(len(_GRID)))
    assert decision.probabilities is None
    expected = [NONE] * 3 + [EMAIL] * 3 + [EMAIL, EMAIL, CALL] + [CALL] * 6
    assert decision.action.tolist() == expected


def test_an_unknown_mode_is_refused_with_the_nearest_name(world: World) -> None:
    with pytest.raises(UsageError, match=r"unknown legacy mode.*'stocastic'.*write stochastic"):
        legacy_policy("stocastic", world)
    with pytest.raises(UsageError, match="choose one of them"):
        legacy_policy("xyz", world)


def test_a_lenient_collector_calls_less(world: World) -> None:
    log = follow(world, legacy_policy("stochastic", world)).reviews
    leniency = world.collectors.leniency[world.collectors.of_customer[log.customer]]
    call = log.probabilities[:, CALL]
    assert np.corrcoef(leniency, call)[0, 1] < -0.1
    assert log.probabilities.min() >= FLOOR


def test_capacity_binds_by_collector_and_day_and_absence_stops_calls(world: World) -> None:
    busy = dataclasses.replace(
        world,
        setting=Setting(legacy="capacity"),
        collectors=dataclasses.replace(world.collectors, minutes=np.full(4, 17.0)),
    )
    log = follow(busy, legacy_policy("capacity", busy)).reviews
    collector = busy.collectors.of_customer[log.customer]
    called = np.zeros((4, busy.calendar.days), dtype=int)
    listed = called.copy()
    np.add.at(called, (collector, log.day), log.action == CALL)
    np.add.at(listed, (collector, log.day), 1)
    absent = busy.collectors.absent
    assert (called[absent] == 0).all()
    np.testing.assert_array_equal(called[~absent], np.minimum(2, listed)[~absent])
    assert (listed[~absent] > 2).any()


def test_the_rule_changes_on_its_day_in_half_of_the_regions_only(world: World) -> None:
    log = follow(world, legacy_policy("rule_change", world)).reviews
    plain = follow(world, legacy_policy("deterministic", world)).reviews
    before = log.day < world.changed_on
    changed = in_changed_region(world)
    assert set(world.customers.region[changed].tolist()) == {0, 1}
    assert len(REGIONS) == 4
    same = plain.day < world.changed_on
    for name in ("customer", "day", "action"):
        np.testing.assert_array_equal(getattr(log, name)[before], getattr(plain, name)[same])
    calls = log.action == CALL
    for where, grows in ((changed, True), (~changed, False)):
        mine = where[log.customer]
        assert (calls[mine & ~before].mean() > 1.3 * calls[mine & before].mean()) == grows
