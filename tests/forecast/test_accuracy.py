from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from arseg.forecast.accuracy import accuracy_table, better_than, crps, pinball, score_frozen
from arseg.forecast.frozen import FrozenForecast, freeze_point
from arseg.schema import DataError, UsageError

START = dt.date(2025, 1, 3)


def _days(count: int) -> list[dt.date]:
    return [START + dt.timedelta(days=7 * place) for place in range(count)]


def _actual(origins: list[dt.date], cash: np.ndarray) -> pd.DataFrame:
    weeks = cash.shape[1]
    return pd.DataFrame(
        {
            "origin": np.repeat(origins, weeks),
            "group": "all",
            "ahead": np.tile(np.arange(1, weeks + 1), len(origins)),
            "cash": cash.ravel(),
        }
    )


@settings(deadline=None, max_examples=40)
@given(arrays(np.float64, (7,), elements=st.floats(-100, 100)), st.floats(-100, 100))
def test_the_crps_is_the_double_sum_over_all_pairs_of_futures(draws: np.ndarray, actual: float) -> None:
    naive = np.abs(draws - actual).mean() - np.abs(draws[:, None] - draws[None, :]).mean() / 2
    assert crps(draws[:, None], [actual])[0] == pytest.approx(naive, abs=1e-9)


def test_the_crps_of_a_normal_forecast_is_its_closed_form() -> None:
    from scipy.stats import norm

    draws = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    y = 0.7
    closed = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
    assert crps(draws[:, None], [y])[0] == pytest.approx(closed, abs=1e-3)


def test_pinball_is_least_at_its_quantile() -> None:
    came = np.arange(101.0)
    losses = [pinball(np.full(101, guess), came, 0.9).mean() for guess in (80.0, 90.0, 100.0)]
    assert min(losses) == losses[1]


def _forecasts(count: int, spread: float, seed: int = 1) -> tuple[list[FrozenForecast], pd.DataFrame]:
    rng = np.random.default_rng(seed)
    expected = rng.uniform(80, 120, (count, 1, 4))
    cash = expected[:, 0] + rng.normal(0, 10, (count, 4))
    frozen = [
        FrozenForecast(day, ("all",), mean, (mean + rng.normal(0, spread, (400, 1, 4))).astype(np.float32))
        for day, mean in zip(_days(count), expected, strict=True)
    ]
    return frozen, _actual(_days(count), cash)


def test_bands_of_the_true_spread_cover_at_their_level_and_narrow_ones_do_not() -> None:
    honest = accuracy_table(score_frozen(*_forecasts(200, 10.0)), by=["group"]).iloc[0]
    narrow = accuracy_table(score_frozen(*_forecasts(200, 3.0)), by=["group"]).iloc[0]
    assert honest["coverage_80"] == pytest.approx(0.8, abs=0.04)
    assert honest["coverage_50"] == pytest.approx(0.5, abs=0.05)
    assert narrow["coverage_80"] < 0.5
    assert honest["crps"] < narrow["crps"]


def test_wape_and_bias_are_ratios_of_sums_by_week_ahead() -> None:
    frozen = [freeze_point(day, pd.DataFrame([[10.0, 20.0]], index=["all"])) for day in _days(2)]
    table = accuracy_table(score_frozen(frozen, _actual(_days(2), np.array([[5.0, 20.0], [20.0, 30.0]]))))
    assert table["wape"].tolist() == pytest.approx([15 / 25, 10 / 50])
    assert table["bias"].tolist() == pytest.approx([-5 / 25, -10 / 50])
    assert table["crps"].tolist() == pytest.approx(table["wape"].tolist())
    assert table["coverage_80"].isna().all()


def test_weeks_that_have_not_come_are_left_out() -> None:
    frozen = [freeze_point(day, pd.DataFrame([[10.0, 20.0]], index=["all"])) for day in _days(2)]
    actual = _actual(_days(2), np.array([[5.0, 20.0], [20.0, np.nan]]))
    assert len(score_frozen(frozen, actual)) == 3
    with pytest.raises(DataError, match="no forecast has come yet"):
        score_frozen(frozen, actual.iloc[:0])
    with pytest.raises(DataError, match="a week stands twice"):
        score_frozen(frozen, pd.concat([actual, actual]))


def test_a_better_forecast_has_an_interval_below_zero_and_an_equal_one_holds_it() -> None:
    frozen, actual = _forecasts(60, 10.0)
    scored = score_frozen(frozen, actual)
    poor = [freeze_point(f.origin, pd.DataFrame(f.expected * 1.4, index=["all"])) for f in frozen]
    frame = better_than(scored, {"poor": score_frozen(poor, actual), "itself": scored}, draws=300)
    poor_rows = frame[frame["baseline"] == "poor"]
    assert (poor_rows["high"] < 0).all()
    assert (frame.loc[frame["baseline"] == "itself", "difference"] == 0).all()
    assert frame["origins"].tolist() == [60] * 4


def test_few_origins_give_no_interval_and_several_groups_are_refused() -> None:
    frozen, actual = _forecasts(20, 10.0)
    scored = score_frozen(frozen, actual)
    assert better_than(scored, {"itself": scored})["low"].isna().all()
    both = pd.concat([scored, scored.assign(group="High")])
    with pytest.raises(UsageError, match="several groups are compared at once"):
        better_than(both, {"itself": both})
