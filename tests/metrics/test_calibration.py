from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from arseg.metrics import calibration_slope, calibration_table
from arseg.schema import DataError

Pair = tuple[np.ndarray, np.ndarray]


@pytest.fixture(name="pair")
def _pair() -> Pair:
    rng = np.random.default_rng(0)
    p = rng.beta(1.5, 3, 5000)
    return p, (rng.random(5000) < p).astype(float)


def test_groups_partition_the_rows(pair: Pair) -> None:
    table = calibration_table(*pair)
    assert table["group"].tolist() == list(range(1, 11))
    assert table["rows"].tolist() == [500] * 10
    assert table["expected"].is_monotonic_increasing


def test_the_mean_of_the_groups_is_the_mean_of_the_rows(pair: Pair) -> None:
    table = calibration_table(*pair, groups=7)
    share = table["rows"] / table["rows"].sum()
    assert (share * table["expected"]).sum() == pytest.approx(pair[0].mean())
    assert (share * table["observed"]).sum() == pytest.approx(pair[1].mean())


def test_true_probabilities_are_calibrated(pair: Pair) -> None:
    table = calibration_table(*pair)
    np.testing.assert_allclose(table["observed"], table["expected"], atol=0.06)


def test_a_weight_of_two_in_the_means_is_the_row_twice() -> None:
    p, seen = np.array([0.1, 0.1, 0.9, 0.9]), np.array([0, 1, 1, 0])
    table = calibration_table(p, seen, weight=[1, 3, 2, 2], groups=2)
    assert table["observed"].tolist() == [0.75, 0.5]


def test_the_order_of_equal_predictions_does_not_matter() -> None:
    p, seen = np.repeat([0.2, 0.5], [7, 3]), np.array([0, 1, 0, 1, 0, 1, 0, 1, 1, 0])
    order = np.random.default_rng(1).permutation(10)
    left, right = calibration_table(p, seen), calibration_table(p[order], seen[order])
    pd.testing.assert_frame_equal(left, right)
    assert left["rows"].tolist() == [7, 3]


def test_no_row_gives_an_empty_table() -> None:
    assert calibration_table([], []).columns.tolist() == ["group", "rows", "expected", "observed"]


def test_slope_equals_an_unpenalised_logistic_regression(pair: Pair) -> None:
    p, seen = pair[0] ** 1.4, pair[1]
    logit = np.log(p / (1 - p))[:, None]
    oracle = LogisticRegression(C=np.inf, tol=1e-10).fit(logit, seen)
    wanted = (oracle.intercept_[0], oracle.coef_[0, 0])
    np.testing.assert_allclose(calibration_slope(p, seen), wanted, atol=1e-4)


def test_true_probabilities_have_slope_one(pair: Pair) -> None:
    np.testing.assert_allclose(calibration_slope(*pair), (0, 1), atol=0.08)


def test_predictions_too_extreme_have_a_slope_below_one(pair: Pair) -> None:
    p, seen = pair
    odds = (p / (1 - p)) ** 2
    assert calibration_slope(odds / (1 + odds), seen)[1] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("p", "seen"), [([0.1, 0.9], [1, 1]), ([0.5, 0.5], [0, 1]), ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])]
)
def test_a_slope_that_cannot_be_estimated_is_refused(p: list[float], seen: list[int]) -> None:
    with pytest.raises(DataError, match="the calibration slope is not estimable"):
        calibration_slope(p, seen)


@pytest.mark.parametrize(
    ("p", "seen"), [([0.1], [0, 1]), ([np.nan], [1]), ([1.2], [1]), ([0.5], [2]), ([[0.5]], [[1]])]
)
def test_what_does_not_pair_is_refused(p: list[float], seen: list[int]) -> None:
    with pytest.raises(DataError, match="predictions and outcomes do not pair"):
        calibration_table(p, seen)
