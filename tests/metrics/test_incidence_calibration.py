from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logit

from arseg.metrics import (
    calibration_integral,
    calibration_slope,
    calibration_table,
    horizon_calibration,
    observed_incidence,
    reliability,
)
from arseg.schema import DataError


def complete(p: np.ndarray, seed: int = 0) -> pd.DataFrame:
    """Rows followed for 60 days of which each is paid by day 30 with its probability."""
    came = np.random.default_rng(seed).random(len(p)) < p
    return pd.DataFrame({"event": came.astype(int), "duration": np.where(came, 9, 60), "followed_days": 60})


@pytest.fixture(scope="module", name="p")
def _p() -> np.ndarray:
    return np.random.default_rng(5).beta(1.5, 3, 4000)


def likelihood(theta: list[float], p: np.ndarray, came: np.ndarray, weight: np.ndarray) -> float:
    fitted = expit(theta[0] + theta[1] * logit(p))
    return float(-(weight * np.log(np.where(came, fitted, 1 - fitted))).sum())


def test_the_coefficients_have_the_highest_likelihood(p: np.ndarray) -> None:
    y, weight = complete(p**1.4), np.random.default_rng(6).random(len(p))
    found = horizon_calibration(y, p.reshape(-1, 1, 1), [30], horizons=[30], weight=weight).iloc[0]
    came = (y["event"] == 1).to_numpy()
    free = minimize(likelihood, [0.0, 1.0], args=(p, came, weight), tol=1e-10)
    large = minimize(lambda a: likelihood([a[0], 1.0], p, came, weight), [0.0], tol=1e-10)
    assert found["slope"] == pytest.approx(free.x[1], abs=1e-4)
    assert found["in_the_large"] == pytest.approx(large.x[0], abs=1e-4)


def test_without_weights_the_slope_is_that_of_calibration_slope(p: np.ndarray) -> None:
    y = complete(p)
    found = horizon_calibration(y, p.reshape(-1, 1, 1), [30], horizons=[30])["slope"].item()
    assert found == pytest.approx(calibration_slope(p, y["event"])[1])


def test_true_probabilities_have_slope_one_and_nothing_in_the_large(p: np.ndarray) -> None:
    many = np.tile(p, 10)
    found = horizon_calibration(complete(many), many.reshape(-1, 1, 1), [30], horizons=[30]).iloc[0]
    assert found["slope"] == pytest.approx(1, abs=0.05)
    assert found["in_the_large"] == pytest.approx(0, abs=0.05)


def test_too_extreme_predictions_have_a_slope_below_one_and_too_low_ones_a_large_above_zero(
    p: np.ndarray,
) -> None:
    y = complete(p)
    for made, name, low, high in (
        (expit(2 * logit(p)), "slope", 0.4, 0.6),
        (expit(logit(p) - 0.7), "in_the_large", 0.6, 0.8),
    ):
        found = horizon_calibration(y, made.reshape(-1, 1, 1), [30], horizons=[30]).iloc[0]
        assert low < found[name] < high


def test_only_mature_rows_count(book) -> None:
    found = horizon_calibration(book.y, book.incidence, book.times, horizons=[30], cause=2)
    mature = book.y["followed_days"] >= 30
    came = (book.y["event"] == 2) & (book.y["duration"] <= 30)
    assert found["rows"].item() == mature.sum()
    assert found["events"].item() == (mature & came).sum()
    assert found["observed"].item() == pytest.approx(came[mature].mean())
    assert found["expected"].item() == pytest.approx(book.incidence[mature, 1, 2].mean())


@pytest.mark.parametrize(
    ("p", "event"),
    [([0.2, 0.4], [0, 0]), ([0.2, 0.2], [0, 1]), ([0.2, 0.2, 0.8, 0.8], [0, 0, 1, 1])],
    ids=["one outcome", "one prediction", "separated"],
)
def test_a_slope_that_cannot_be_estimated_is_not_a_number(p: list[float], event: list[int]) -> None:
    y = pd.DataFrame({"event": event, "duration": 9, "followed_days": 60})
    found = horizon_calibration(y, np.reshape(p, (-1, 1, 1)), [30], horizons=[30])
    assert np.isnan(found["slope"].item())


def test_no_mature_row_is_not_a_number() -> None:
    y = pd.DataFrame({"event": [1, 0], "duration": [3, 9], "followed_days": 9})
    found = horizon_calibration(y, np.full((2, 1, 1), 0.5), [30], horizons=[30]).iloc[0]
    assert found["rows"] == 0
    assert found[["expected", "observed", "in_the_large", "slope"]].isna().all()


def test_a_horizon_that_was_not_predicted_is_refused(book) -> None:
    with pytest.raises(DataError, match=r"not predicted. Given: cause 1 by day 14"):
        horizon_calibration(book.y, book.incidence, book.times, horizons=[14])


def test_deciles_of_complete_rows_are_those_of_the_calibration_table(p: np.ndarray) -> None:
    y, weight = complete(p), np.random.default_rng(7).random(len(p))
    found, wanted = reliability(y, p, 30, weight=weight), calibration_table(p, y["event"], weight=weight)
    assert found["group"].tolist() == wanted["group"].tolist() == list(range(1, 11))
    assert found["rows"].tolist() == found["known"].tolist() == wanted["rows"].tolist()
    np.testing.assert_allclose(found["expected"], wanted["expected"])
    np.testing.assert_allclose(found["observed"], wanted["observed"])


def test_observed_by_segment_is_the_aalen_johansen_estimate(book) -> None:
    labels = np.array(["Low", "High", "Medium"])[book.strata]
    found = reliability(book.y, book.incidence[:, 1, 2], 30, by=labels, cause=2).set_index("group")
    for segment in ("High", "Low", "Medium"):
        own = labels == segment
        y = book.y[own]
        assert found.loc[segment, "observed"] == observed_incidence(y, [30])[0, 1, 0]
        assert found.loc[segment, "expected"] == pytest.approx(book.incidence[own, 1, 2].mean())
        assert found.loc[segment, "known"] == ((y["event"] > 0) | (y["duration"] >= 30)).sum()
        assert found.loc[segment, "events"] == ((y["event"] == 2) & (y["duration"] <= 30)).sum()


def test_a_segment_that_was_not_followed_so_long_is_not_a_number() -> None:
    y = pd.DataFrame({"event": [1, 0, 1, 0], "duration": [3, 9, 3, 60]})
    found = reliability(y, [0.5] * 4, 30, by=["a", "a", "b", "b"])
    np.testing.assert_array_equal(found["observed"], [np.nan, 0.5])


def test_a_missing_segment_is_refused(book) -> None:
    labels = pd.Series(["a"] * 119 + [None])
    with pytest.raises(DataError, match=r"rows have no stratum"):
        reliability(book.y, book.incidence[:, 0, 2], 30, by=labels)


def test_a_prediction_too_few_is_refused(book) -> None:
    with pytest.raises(DataError, match=r"the incidence does not fit the rows"):
        reliability(book.y, book.incidence[1:, 0, 2], 30)


def test_the_integral_is_that_of_hazardous(peers) -> None:
    found = calibration_integral(peers.y, peers.incidence, peers.times)
    wanted = [peers.said["calibration"][str(cause)] for cause in found["cause"]]
    np.testing.assert_allclose(found["integral"], wanted, rtol=1e-9)


def test_the_observed_curve_itself_has_no_gap(book) -> None:
    curve = np.tile(observed_incidence(book.y, book.times), (len(book.y), 1, 1))
    found = calibration_integral(book.y, curve, book.times)
    np.testing.assert_allclose(found[["integral", "typical_gap", "largest_gap"]], 0, atol=1e-12)


def test_a_constant_gap_is_found_with_its_size_sign_and_day(book) -> None:
    curve = np.tile(observed_incidence(book.y, book.times), (len(book.y), 1, 1))
    curve[:, 0, 1] -= 0.02
    found = calibration_integral(book.y, curve, book.times).iloc[0]
    # A triangle over days 5 to 12 to 30 under the trapezoid rule.
    assert found["integral"] == pytest.approx(0.02**2 * (7 + 18) / 2 / 30)
    assert found["typical_gap"] == pytest.approx(found["integral"] ** 0.5)
    assert found["largest_gap"] == pytest.approx(0.02)
    assert found["largest_day"] == 12


def test_an_integral_beyond_follow_up_is_refused(book) -> None:
    with pytest.raises(DataError, match=r"nobody is followed that long. Given: day 300"):
        calibration_integral(book.y, book.incidence, [5, 12, 300])
