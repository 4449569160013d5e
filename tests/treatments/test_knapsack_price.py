from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from arseg.treatments.knapsack import Knapsack, knapsack_of
from arseg.treatments.knapsack_price import price_minutes
from oracle.day import best_value, teams, works


def relaxed(sack: Knapsack) -> float:
    """Solve the relaxation with a variable per option and collector."""
    option, collector = np.nonzero(sack.eligible[sack.group])
    if not len(option):
        return 0.0
    once = (sack.customer[option][None, :] == np.arange(sack.customer[-1] + 1)[:, None]).astype(float)
    here = (collector[None, :] == np.arange(len(sack.room))[:, None]).astype(float)
    slots = np.where(np.isfinite(sack.slots), sack.slots, len(option))
    sides = [np.ones(len(once)), sack.room, slots]
    solved = linprog(
        -sack.value[option],
        A_ub=np.vstack([once, here * sack.minutes[option], here]),
        b_ub=np.concatenate(sides),
        bounds=(0, 1),
    )
    return -float(solved.fun)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(works(8), teams())
def test_the_bound_is_the_relaxations_and_lies_above_the_best(work, capacity) -> None:
    sack = knapsack_of(work, capacity)
    prices = price_minutes(sack)
    exact = relaxed(sack)
    assert prices.bound >= exact - 1e-6 * max(exact, 1)
    # Where customers are counted, lengths within a class of lengths are priced by a straight line.
    loose = 0.05 if np.isfinite(sack.slots).any() else 1e-6
    assert prices.bound <= exact * (1 + loose) + 1e-6
    if len(work) <= 10:
        assert prices.bound >= best_value(work, capacity) - 1e-6


@settings(max_examples=60, deadline=None, derandomize=True)
@given(works(8), teams())
def test_prices_are_never_negative_and_what_is_left_pays_the_cheapest_collector(work, capacity) -> None:
    sack = knapsack_of(work, capacity)
    prices = price_minutes(sack)
    assert (prices.minute >= 0).all()
    assert (prices.slot >= 0).all()
    for option in range(len(sack.row)):
        able = sack.eligible[sack.group[option]]
        cost = (prices.minute * sack.minutes[option] + prices.slot)[able].min()
        assert prices.left[option] == pytest.approx(sack.value[option] - cost)
    assert sack.customer[prices.best].tolist() == list(range(len(prices.best)))
