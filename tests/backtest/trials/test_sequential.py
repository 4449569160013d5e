from __future__ import annotations

import numpy as np
import pytest

from arseg.backtest.trials.sequential import arm_scores, look, looks, radius
from arseg.schema import DataError, UsageError


def trial(seed: int, *, effect: float = 0.0, count: int = 1500, share: float = 0.3) -> np.ndarray:
    chance = np.random.default_rng(seed)
    arm = (chance.random(count) < share).astype(float)
    return arm_scores(chance.gamma(2, 1, count) - 2 + effect * arm, arm, share=share)


def test_looking_all_the_time_is_wrong_in_no_more_than_one_trial_in_twenty() -> None:
    wrong, naive = 0, 0
    counts = np.arange(50, 1501)
    wide = radius(counts)
    for seed in range(2000):
        scores = trial(seed)
        mean = np.cumsum(scores) / np.arange(1, 1501)
        square = np.cumsum(scores**2) / np.arange(1, 1501)
        spread = np.sqrt(square - mean**2)[49:]
        clear = np.abs(mean[49:]) / spread
        wrong += bool((clear > wide).any())
        naive += bool((clear[::30] > 1.96 / np.sqrt(counts[::30])).any())
    assert wrong / 2000 <= 0.05
    assert naive / 2000 > 0.2


def test_an_effect_is_found_and_the_intervals_hold_it() -> None:
    held, stopped = [], []
    for seed in range(60):
        table = looks(trial(seed, effect=0.8), (100, 300, 700, 1500))
        held.append(((table["low"] <= 0.8) & (table["high"] >= 0.8)).all())
        stopped.append(table["stop"].iloc[-1])
    assert np.mean(held) >= 0.95
    assert np.mean(stopped) > 0.9


def test_scores_are_unbiased_for_the_difference() -> None:
    assert np.mean([trial(seed, effect=0.5).mean() for seed in range(200)]) == pytest.approx(0.5, abs=0.03)


def test_the_sequence_narrows_and_is_wider_than_one_look() -> None:
    counts = np.array([50, 200, 1000, 10_000])
    found = np.asarray(radius(counts))
    assert (np.diff(found) < 0).all()
    assert (found > 1.96 / np.sqrt(counts)).all()


def test_too_early_a_look_is_refused() -> None:
    with pytest.raises(DataError, match="too early to look"):
        look(np.ones(29))
    with pytest.raises(UsageError, match="the share is out of range"):
        arm_scores(np.ones(3), np.ones(3), share=0.0)
