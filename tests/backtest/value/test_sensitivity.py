from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.backtest.value.estimators import clustered_error, snips
from arseg.backtest.value.logged import Logged
from arseg.backtest.value.sensitivity import (
    break_even,
    difference_bounds,
    difference_interval,
    e_value,
    sharp_bounds,
    weight_range,
)
from arseg.schema import UsageError

from .conftest import call_the_risky, draw_log

ROW = st.tuples(st.floats(-5, 5), st.floats(0.1, 2), st.floats(0, 3))


@given(st.lists(ROW, min_size=1, max_size=7))
def test_the_thresholds_find_what_trying_every_corner_finds(rows: list[tuple[float, float, float]]) -> None:
    reward, low, more = np.array(rows).T
    high = low + more
    tried = [
        float(np.array(corner) @ reward / np.sum(corner))
        for corner in itertools.product(*zip(low, high, strict=True))
    ]
    assert sharp_bounds(reward, low, high) == pytest.approx((min(tried), max(tried)))


def test_without_hidden_knowledge_the_bounds_are_the_estimate() -> None:
    logged, state, _ = draw_log(1)
    target = call_the_risky(state)
    low, high = difference_bounds(logged, target, component="cash", strength=1.0)
    estimate = snips(logged, target)[:, 0].mean() - logged.component("cash").mean()
    assert (low, high) == pytest.approx((estimate, estimate))


def test_bounds_widen_with_lambda() -> None:
    logged, state, _ = draw_log(1)
    ranges = [
        difference_bounds(logged, call_the_risky(state), component="cash", strength=strength)
        for strength in (1.0, 1.5, 2.0, 4.0)
    ]
    lows, highs = zip(*ranges, strict=True)
    assert list(lows) == sorted(lows, reverse=True)
    assert list(highs) == sorted(highs)


def test_the_range_of_a_weight_is_that_of_the_odds() -> None:
    logged, state, _ = draw_log(1, customers=5)
    target = call_the_risky(state)
    low, high = weight_range(logged, target, strength=2.0)
    chosen = target[np.arange(len(logged)), logged.action]
    for odds, weight in ((0.5, low), (2.0, high)):
        true = 1 / (1 + (1 / logged.taken - 1) * odds)
        assert weight == pytest.approx(chosen / true)


def test_under_hidden_knowledge_the_plain_interval_fails_and_that_at_lambda_covers() -> None:
    plain, wide = [], []
    for seed in range(25):
        logged, state, mean = draw_log(seed, customers=250, hidden=np.log(2) / 1)
        target = call_the_risky(state)
        truth = (target * mean).sum(axis=1).mean() - logged.component("cash").mean()
        psi = snips(logged, target)[:, :1] - logged.reward[:, :1]
        plain.append(abs(psi.mean() - truth) < 1.96 * clustered_error(psi, logged.customer)[0])
        low, high = difference_interval(logged, target, component="cash", strength=2.0, draws=60, seed=seed)
        wide.append(low <= truth <= high)
    assert np.mean(plain) < 0.6
    assert np.mean(wide) >= 0.95


def test_weighing_customers_by_how_often_they_are_drawn_is_drawing_their_rows() -> None:
    logged, state, _ = draw_log(3, customers=20, each=3)
    target, chance, ends = call_the_risky(state), np.random.default_rng(5), []
    for _ in range(15):
        drawn = chance.integers(0, 20, 20)
        rows = np.concatenate([np.flatnonzero(logged.customer == one) for one in drawn])
        some = Logged(
            logged.customer[rows],
            logged.action[rows],
            logged.propensity[rows],
            logged.reward[rows],
            logged.actions,
            logged.components,
        )
        ends.append(difference_bounds(some, target[rows], component="cash", strength=2.0))
    low, high = np.array(ends).T
    found = difference_interval(logged, target, component="cash", strength=2.0, draws=15, seed=5)
    assert found == pytest.approx((np.quantile(low, 0.025), np.quantile(high, 0.975)))


def test_break_even_is_where_the_result_ends() -> None:
    assert break_even(lambda strength: strength < 1.7) == pytest.approx(1.7, rel=2e-3)
    assert break_even(lambda _: False) == 1.0
    assert break_even(lambda _: True) == float("inf")


@pytest.mark.parametrize(
    ("ratio", "value"), [(1.0, 1.0), (2.0, 2 + np.sqrt(2)), (3.9, 3.9 + np.sqrt(3.9 * 2.9))]
)
def test_e_values_are_those_of_the_formula_either_way_round(ratio: float, value: float) -> None:
    assert e_value(ratio) == pytest.approx(value)
    assert e_value(1 / ratio) == pytest.approx(value)


def test_what_cannot_be_is_refused() -> None:
    logged, state, _ = draw_log(1, customers=5)
    with pytest.raises(UsageError, match="Lambda is below 1"):
        weight_range(logged, call_the_risky(state), strength=0.5)
    with pytest.raises(UsageError, match="the risk ratio is not positive"):
        e_value(0.0)
