from __future__ import annotations

import numpy as np
import pytest

from arseg.backtest.trials.power import cost_of_holdout, found_share, sizes, trial_power
from arseg.schema import DataError, UsageError


def book(count: int, seed: int = 1, tail: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    sales = chance.lognormal(8, tail, count)
    return sales * 40 * chance.gamma(4, 0.25, count), sales


def test_what_is_called_detectable_is_found_in_four_trials_of_five() -> None:
    above, below = book(2000)
    known = trial_power(above, below, share=0.5)
    effect = known.detectable / (above.sum() / below.sum())
    assert found_share(above, below, share=0.5, effect=effect, draws=400) == pytest.approx(0.8, abs=0.07)


def test_nothing_is_found_where_nothing_is_but_once_in_twenty() -> None:
    assert found_share(*book(1000), share=0.2, effect=0.0, draws=600) == pytest.approx(0.05, abs=0.03)


def test_a_smaller_arm_and_a_heavier_tail_see_less() -> None:
    even, uneven = (trial_power(*book(1000), share=share).detectable for share in (0.5, 0.05))
    assert uneven > 2 * even
    heavy = trial_power(*book(1000, tail=2.0), share=0.5)
    assert heavy.detectable > even
    assert heavy.concentration > trial_power(*book(1000), share=0.5).concentration


def test_four_times_the_customers_see_half() -> None:
    table = sizes(*book(500), customers=(500, 2000), share=0.3)
    assert table["detectable"].iloc[1] == pytest.approx(table["detectable"].iloc[0] / 2)


def test_the_error_is_that_of_two_independent_arms() -> None:
    above, below = book(400)
    ratio = above.sum() / below.sum()
    linear = (above - ratio * below) / below.mean()
    expected = np.sqrt(linear.var(ddof=1) / 100 + linear.var(ddof=1) / 300)
    assert trial_power(above, below, share=0.25).error == pytest.approx(expected)


def test_the_cost_is_what_is_given_up_and_never_a_gain() -> None:
    assert cost_of_holdout(2.5, customers=200, share=0.1, reviews=4) == pytest.approx(200.0)
    assert cost_of_holdout(-1.0, customers=200, share=0.1, reviews=4) == 0.0


def test_a_trial_that_cannot_be_is_refused() -> None:
    above, below = book(20)
    with pytest.raises(UsageError, match="the trial is out of range"):
        trial_power(above, below, share=0.6)
    with pytest.raises(DataError, match="too little to plan a trial with"):
        trial_power(above[:5], below[:5], share=0.5)
    with pytest.raises(DataError, match="too little to plan a trial with"):
        trial_power(above, np.zeros(20), share=0.5)
