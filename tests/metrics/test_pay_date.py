from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import median_pay_day, pay_day_error
from arseg.schema import DataError

NAN = float("nan")


def test_on_a_daily_curve_it_is_the_first_day_that_reaches_one_half() -> None:
    curve = np.array([[0.1, 0.3, 0.49, 0.5, 0.9], [0.6, 0.7, 0.8, 0.8, 0.8], [0.1, 0.1, 0.1, 0.1, 0.51]])
    assert median_pay_day(curve[:, None, :], [1, 2, 3, 4, 5]).tolist() == [4, 1, 5]


def test_on_any_daily_curve_it_is_the_first_of_a_search_by_hand() -> None:
    rng = np.random.default_rng(8)
    curves = np.sort(rng.random((200, 1, 40)), axis=2)
    for level in (0.1, 0.5, 0.9):
        found = median_pay_day(curves, range(1, 41), level=level)
        wanted = [next((day for day, p in enumerate(row[0], 1) if p >= level), NAN) for row in curves]
        np.testing.assert_array_equal(found, wanted)


def test_between_two_days_the_curve_is_straight_and_the_day_is_whole() -> None:
    curves = [[[0.2, 0.8]], [[0.2, 0.77]], [[0.8, 0.9]]]
    assert median_pay_day(curves, [10, 20]).tolist() == [15, 16, 7]


def test_rounding_does_not_cost_a_day() -> None:
    # (0.5 - 0.1) / (0.7 - 0.1) * 9 is 6.000000000000001 in floating point.
    assert median_pay_day([[[0.1, 0.7]]], [1, 10]).tolist() == [7]


def test_a_curve_that_stays_below_has_no_median() -> None:
    np.testing.assert_array_equal(median_pay_day([[[0.1, 0.3]], [[0.0, 0.0]]], [10, 20]), [NAN, NAN])


def test_only_payment_counts_not_the_other_causes() -> None:
    assert np.isnan(median_pay_day([[[0.3], [0.6], [0.1]]], [10])).all()


@pytest.mark.parametrize("level", [0, 1, 1.5])
def test_a_level_that_is_no_probability_is_refused(level: float) -> None:
    with pytest.raises(DataError, match=r"the level is no probability"):
        median_pay_day([[[0.5]]], [10], level=level)


@pytest.fixture(name="y")
def _y() -> pd.DataFrame:
    return pd.DataFrame(
        {
            # Paid on 10, paid on 50, open, written off on 20, paid after the horizon, not followed so long.
            "event": [1, 1, 0, 3, 1, 1],
            "duration": [10, 50, 90, 20, 80, 5],
            "followed_days": [90, 90, 90, 90, 90, 40],
        }
    )


def test_rows_that_did_not_pay_by_the_horizon_stand_at_it(y: pd.DataFrame) -> None:
    found = pay_day_error(y, [14, 30, NAN, 57, 70, 5], horizon=60).set_index("which").loc["all"]
    # Errors 4, -20, 0, -3, 0.
    assert found["rows"] == 5
    assert found["mae"] == pytest.approx(27 / 5)
    assert found["bias"] == pytest.approx(-19 / 5)
    assert found["rmse"] == pytest.approx((425 / 5) ** 0.5)
    assert found["near"] == pytest.approx(3 / 5)


def test_the_second_row_is_of_those_paid_by_the_horizon(y: pd.DataFrame) -> None:
    found = pay_day_error(y, [14, NAN, NAN, 57, 70, 5], horizon=60, near=4).set_index("which").loc["paid"]
    # Errors 4 and 60 - 50.
    assert found["rows"] == 2
    assert (found["mae"], found["bias"], found["near"]) == (7.0, 7.0, 0.5)


def test_weights_are_those_of_the_mean(y: pd.DataFrame) -> None:
    found = pay_day_error(y, [14, 30, NAN, 57, 70, 5], horizon=60, weight=[1, 2, 1, 0, 1, 9])
    assert found["rows"].tolist() == [4, 2]
    assert found["mae"].tolist() == pytest.approx([44 / 5, 44 / 3])


def test_perfect_days_have_no_error(y: pd.DataFrame) -> None:
    found = pay_day_error(y, [10, 50, NAN, NAN, 80, 5], horizon=60)
    assert found[["mae", "bias", "rmse"]].to_numpy().tolist() == [[0, 0, 0]] * 2
    assert found["near"].tolist() == [1, 1]


def test_the_true_median_has_the_lowest_mean_error() -> None:
    rng = np.random.default_rng(9)
    y = pd.DataFrame({"event": 1, "duration": rng.geometric(0.05, 20_000), "followed_days": 365})
    curve = np.tile(1 - 0.95 ** np.arange(1, 120), (20_000, 1, 1))
    median = median_pay_day(curve, range(1, 120))
    errors = [pay_day_error(y, median + shift, horizon=365)["mae"].iloc[0] for shift in (-3, 0, 3)]
    assert errors[1] == min(errors)


def test_without_a_mature_row_it_is_not_a_number(y: pd.DataFrame) -> None:
    found = pay_day_error(y, [9] * 6, horizon=100)
    assert found["rows"].tolist() == [0, 0]
    assert found[["mae", "bias", "rmse", "near"]].isna().all(axis=None)


@pytest.mark.parametrize("days", [[9] * 5, [9, 9, 9, 9, 9, 0]])
def test_days_that_do_not_fit_are_refused(y: pd.DataFrame, days: list[int]) -> None:
    with pytest.raises(DataError, match=r"the pay days do not fit the rows"):
        pay_day_error(y, days, horizon=60)


def test_follow_up_is_needed(y: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"y lacks columns \['followed_days'\]"):
        pay_day_error(y[["event", "duration"]], [9] * 6, horizon=60)
