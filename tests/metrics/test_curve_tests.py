from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import CurveTest, a_calibration, d_calibration
from arseg.schema import DataError

GRID = [3, 7, 14, 15, 30, 60]
BOTH = pytest.mark.parametrize("judge", [a_calibration, d_calibration])


def draw(rows: int, seed: int, factor: float = 1.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return censored outcomes of two causes with a payment run on day 15, and curves on the grid.

    The curves are the truth where the factor on the hazard is 1.
    """
    rng = np.random.default_rng(seed)
    speed = rng.gamma(3, 1 / 3, rows)[:, None]
    days = np.arange(1, 61)
    hazard = np.minimum(0.015 * speed + 0.35 * (days == 15), 0.9)
    alive = np.cumprod(1 - hazard, axis=1)
    true = 1 + (alive > rng.random(rows)[:, None]).sum(axis=1)
    followed = rng.integers(2, 90, rows)
    event = np.where(true <= np.minimum(followed, 60), rng.choice([1, 1, 2], rows), 0)
    y = pd.DataFrame({"event": event, "duration": np.minimum(true, followed), "followed_days": followed})
    left = 1 - np.cumprod(1 - np.minimum(factor * hazard, 0.95), axis=1)[:, np.array(GRID) - 1]
    return y, np.stack([left * 2 / 3, left / 3], axis=1)


@BOTH
def test_true_curves_are_rejected_at_most_as_often_as_promised(judge) -> None:
    rejected = [judge(*draw(400, seed), GRID).p_value < 0.1 for seed in range(150)]
    # 0.1 within three standard errors; D-calibration is known to reject less (science 3.6).
    assert np.mean(rejected) < 0.175
    assert judge is d_calibration or np.mean(rejected) > 0.03


@BOTH
def test_curves_that_are_too_fast_are_found_out_and_the_effect_says_by_how_much(judge) -> None:
    found = [judge(*draw(20_000, 1, factor), GRID) for factor in (1.0, 1.15, 1.5)]
    assert [test.p_value < 0.001 for test in found] == [False, True, True]
    assert found[0].effect < 0.05 < found[1].effect < found[2].effect


def test_a_calibration_sees_more_under_censoring() -> None:
    y, curves = draw(2000, 3, 1.15)
    assert a_calibration(y, curves, GRID).p_value < d_calibration(y, curves, GRID).p_value


@BOTH
def test_the_effect_does_not_grow_with_the_rows_but_the_statistic_does(judge) -> None:
    small, large = (judge(*draw(rows, 2, 1.5), GRID) for rows in (4000, 40_000))
    assert large.effect == pytest.approx(small.effect, rel=0.15)
    assert large.statistic > 7 * small.statistic


def by_hand(lost_at: float, left_at: list[float], bins: int) -> np.ndarray:
    counts = np.zeros(bins)
    for place in left_at:
        counts[int(place * bins)] += 1
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        counts[number] += max(0.0, high - max(low, lost_at)) / (1 - lost_at)
    return counts


def test_d_calibration_spreads_a_lost_row_over_what_was_left() -> None:
    # Flat between days 1 and 2, so that the row leaving on day 2 has one place only.
    curve = np.array([[[0.3, 0.3, 0.6]], [[0.35, 0.35, 0.8]]])
    y = pd.DataFrame({"event": [1, 0], "duration": [2, 2], "followed_days": [9, 2]})
    found = d_calibration(y, curve, [1, 2, 3], bins=4)
    np.testing.assert_allclose(found.bins["observed"], by_hand(0.35, [0.3], 4))
    assert found.bins["expected"].tolist() == [0.5] * 4
    wanted = ((found.bins["observed"] - 0.5) ** 2 / 0.5).sum()
    assert found.statistic == pytest.approx(wanted)
    assert (found.degrees, found.effect) == (3, pytest.approx((wanted / 2) ** 0.5))


def test_a_calibration_expects_the_hazard_that_was_passed_while_followed() -> None:
    rows = 40
    curve = np.tile([[0.3, 0.3, 0.6]], (rows, 1, 1))
    y = pd.DataFrame({"event": [1, 0] * 20, "duration": [2, 3] * 20, "followed_days": [9, 3] * 20})
    found = a_calibration(y, curve, [1, 2, 3], bins=2)
    first = 20 * -np.log(0.7) + 20 * -np.log(0.5)
    second = 20 * (np.log(0.5) - np.log(0.4))
    np.testing.assert_allclose(found.bins["expected"], [first, second])
    assert found.bins["observed"].tolist() == [20.0, 0.0]
    # The second bin expects fewer than five rows and is left out.
    assert second < 5
    assert found.degrees == 1
    assert found.statistic == pytest.approx((20 - first) ** 2 / first)


@BOTH
def test_what_came_after_the_last_grid_day_within_follow_up_does_not_count(judge) -> None:
    y, curves = draw(600, 4)
    late = y["followed_days"].between(31, 59) & (y["duration"] > 30)
    changed = y.assign(event=np.where(late, 1, y["event"]))
    one, other = judge(y, curves, GRID), judge(changed, curves, GRID)
    assert late.any()
    pd.testing.assert_frame_equal(one.bins, other.bins)


@BOTH
def test_one_seed_gives_one_result_and_bins_hold_every_row(judge) -> None:
    y, curves = draw(500, 5)
    one, again, other = (judge(y, curves, GRID, seed=seed) for seed in (1, 1, 2))
    assert isinstance(one, CurveTest)
    assert one.statistic == again.statistic != other.statistic
    assert one.effect == pytest.approx(other.effect, abs=0.08)
    assert one.bins["low"].tolist()[0] == 0.0
    assert one.bins["high"].tolist()[-1] == 1.0
    if judge is d_calibration:
        followed = (y["followed_days"] >= GRID[0]).sum()
        assert one.bins["observed"].sum() == pytest.approx(followed)


@BOTH
def test_a_curve_that_calls_the_open_impossible_stays_finite(judge) -> None:
    y = pd.DataFrame({"event": [0] * 20 + [1] * 20, "duration": 9, "followed_days": 9})
    assert np.isfinite(judge(y, np.ones((40, 1, 1)), [9]).statistic)


@BOTH
def test_a_cause_that_was_not_predicted_is_refused(judge) -> None:
    y, curves = draw(100, 6)
    with pytest.raises(DataError, match=r"causes that were not predicted. Given: \[2\]. Allowed: \[1\]"):
        judge(y, curves[:, :1], GRID)


@BOTH
def test_rows_that_were_never_followed_are_refused(judge) -> None:
    y = pd.DataFrame({"event": [0], "duration": [2], "followed_days": [2]})
    with pytest.raises(DataError, match=r"no row was followed to the first time. Given: 2 days"):
        judge(y, np.full((1, 1, 1), 0.5), [7])


def test_too_few_rows_for_any_bin_are_refused() -> None:
    y, curves = draw(8, 7)
    with pytest.raises(DataError, match=r"no bin expects five rows"):
        a_calibration(y, curves, GRID)
