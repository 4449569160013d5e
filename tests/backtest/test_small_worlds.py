from __future__ import annotations

import numpy as np
import pytest

from arseg.backtest.small_worlds import CallEffect, SmallWorld, call_effect, draw_small, on_log, true_gains


@pytest.fixture(scope="module")
def small() -> SmallWorld:
    return draw_small(customers=900, months=12, seed=1)


@pytest.fixture(scope="module")
def found(small: SmallWorld) -> CallEffect:
    return call_effect(small.log)


def test_a_comparison_of_means_gets_the_wrong_sign_and_the_logged_chances_the_right_one(
    found: CallEffect,
) -> None:
    """A desk calls the riskiest: they pay late, called or not, so that calls seem to delay payment."""
    assert found.naive_low > 0
    assert found.ours < 0
    assert found.high < found.naive_low, "and the two do not agree by chance"


def test_where_the_desk_draws_evenly_the_comparison_of_means_finds_what_we_find() -> None:
    even = call_effect(draw_small(customers=300, months=9, seed=2, desk="random").log)
    assert even.low < even.naive < even.high


def test_a_policys_chances_are_given_in_the_order_of_the_logs_actions(small: SmallWorld) -> None:
    chances = on_log(small.log)
    assert np.allclose(chances.sum(axis=1), 1)
    old = (small.log.rows["oldest_days_past_due"] > 30).to_numpy()
    call = small.log.logged.actions.index("call")
    assert (chances[old, call] == 0.7).all()
    assert (chances[~old, call] == 0.05).all()


def test_the_true_gains_count_the_calls_that_were_made_more() -> None:
    little = draw_small(customers=60, months=7, seed=5)
    reviewed, gains = true_gains(little, evenings=2, seed=1)
    assert reviewed > 0
    assert gains.shape == (4,)
    assert np.isfinite(gains).all()
