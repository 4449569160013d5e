"""Jumps at a cut, against known jumps, a smooth past, and a rule that people work around."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.discontinuity import best_bandwidth, covariate_jumps, density_jump, jump_at
from arseg.schema import DataError


def drawn(
    seed: int, *, jump: float = 0.5, count: int = 2000, each: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return running variable, outcome and customer; the outcome bends, and jumps at 0."""
    chance = np.random.default_rng(seed)
    customer = np.repeat(np.arange(count // each), each)
    x = chance.normal(0, 1, count)
    level = chance.normal(0, 0.5, count // each)[customer]
    y = 1 + x + 0.8 * x**2 - 0.3 * x**3 + jump * (x >= 0) + level + chance.normal(0, 0.5, count)
    return x, y, customer


def test_the_jump_is_found_and_its_interval_covers() -> None:
    held, errors = [], []
    for seed in range(150):
        found = jump_at(*drawn(seed), cut=0.0)
        held.append(found.low <= 0.5 <= found.high)
        errors.append(found.estimate - 0.5)
    assert np.mean(held) > 0.9
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(150) + 0.02


def test_rows_of_one_customer_count_as_one_voice() -> None:
    x, y, customer = drawn(1, each=1)
    once = jump_at(x, y, customer, cut=0.0, bandwidth=0.8)
    twice = jump_at(np.r_[x, x], np.r_[y, y], np.r_[customer, customer], cut=0.0, bandwidth=0.8)
    assert twice.estimate == pytest.approx(once.estimate)
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=0.01)


def test_a_straight_line_and_a_bend_are_no_jump() -> None:
    x = np.linspace(-1, 1, 401)
    for y in (3 + 2 * x, x**2):
        found = jump_at(x, y, np.arange(401), cut=0.0, bandwidth=0.5)
        assert found.estimate == pytest.approx(0.0, abs=1e-8)


def test_the_cut_may_lie_anywhere_and_its_own_rows_are_above() -> None:
    x, y, customer = drawn(2)
    here, there = (jump_at(x + shift, y, customer, cut=shift) for shift in (0.0, 31.0))
    assert there.estimate == pytest.approx(here.estimate)
    days = np.repeat([29.0, 30.0, 31.0, 32.0], 50)
    found = jump_at(days, (days >= 31).astype(float), np.arange(200), cut=31, bandwidth=5)
    assert (found.below, found.above) == (100, 100)


def test_a_donut_leaves_out_who_stands_at_the_cut() -> None:
    x, y, customer = drawn(3)
    y = y + 9.0 * (np.abs(x) < 0.05)
    plain, donut = (jump_at(x, y, customer, cut=0.0, bandwidth=1.0, donut=width) for width in (0.0, 0.05))
    assert donut.below + donut.above < plain.below + plain.above
    assert donut.low < 0.5 < donut.high


def test_the_bandwidth_narrows_with_bends_and_with_rows() -> None:
    chance = np.random.default_rng(4)
    x = chance.uniform(-1, 1, 4000)
    noise = chance.normal(0, 0.3, 4000)
    straight, bent = x + noise, np.where(x >= 0, 20 * x**2, -20 * x**2) + noise
    assert best_bandwidth(x, bent) < best_bandwidth(x, straight)
    assert best_bandwidth(x, bent) < best_bandwidth(x[:400], bent[:400])


def test_a_heap_at_the_cut_shows_in_the_density() -> None:
    chance = np.random.default_rng(5)
    honest = chance.normal(0, 1, 20_000)
    ratio, error = density_jump(honest, cut=0.0, bandwidth=0.8)
    assert abs(ratio) < 3 * error
    pushed = np.where((honest > -0.1) & (honest < 0) & (chance.random(20_000) < 0.7), -honest, honest)
    ratio, error = density_jump(pushed, cut=0.0, bandwidth=0.8)
    assert ratio > 4 * error


def test_what_was_known_before_does_not_jump() -> None:
    x, _, customer = drawn(6)
    state = pd.DataFrame(
        {"age": x**2 + np.random.default_rng(1).normal(size=len(x)), "cheat": (x >= 0).astype(float) + 0 * x}
    )
    found = covariate_jumps(x, state, customer, cut=0.0).set_index("name")
    assert found.loc["age", "low"] < 0 < found.loc["age", "high"]
    assert found.loc["cheat", "estimate"] == pytest.approx(1.0)


def test_too_few_at_the_cut_are_refused() -> None:
    x, y, customer = drawn(7, count=200)
    with pytest.raises(DataError, match="too few decisions lie near the cut"):
        jump_at(x, y, customer, cut=3.0)
