from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.loss_regression import fit_loss_regression
from arseg.schema import DataError


def _past(months: int, slope: float, noise: float = 0.0, lag: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(7)
    index = pd.period_range("2020-01", periods=months, freq="M")
    indicator = pd.Series(rng.normal(5, 1, months), index=index)
    logit = -4 + slope * indicator.shift(lag) + noise * rng.normal(size=months)
    lost = (1e6 / (1 + np.exp(-logit))).fillna(0.0).to_numpy()
    return pd.DataFrame({"month": index, "reached": 1e6, "lost": lost}), indicator


@pytest.mark.parametrize("lag", [0, 3])
def test_a_line_without_noise_is_found_exactly(lag: int) -> None:
    fit = fit_loss_regression(*_past(40, 0.3, lag=lag), lag=lag)
    assert fit.slope == pytest.approx(0.3)
    assert fit.intercept == pytest.approx(-4)
    assert fit.months == 40 - lag
    assert fit.scalar(fit.mean) == pytest.approx(1)
    share = lambda x: 1 / (1 + np.exp(4 - 0.3 * x))  # noqa: E731
    assert fit.scalar(7.0) == pytest.approx(share(7.0) / share(fit.mean))


def test_the_slope_is_that_of_statsmodels() -> None:
    import statsmodels.api as sm

    losses, indicator = _past(60, 0.2, noise=0.3)
    rate = losses["lost"] / losses["reached"]
    oracle = sm.OLS(np.log(rate / (1 - rate)).to_numpy(), sm.add_constant(indicator.to_numpy())).fit()
    fit = fit_loss_regression(losses, indicator)
    assert (fit.intercept, fit.slope) == pytest.approx(tuple(oracle.params))
    assert fit.slope_error == pytest.approx(oracle.bse[1])


def test_fewer_than_24_months_are_refused() -> None:
    with pytest.raises(DataError, match=r"too few months.*Given: 23 months"):
        fit_loss_regression(*_past(23, 0.3))


def test_an_indicator_that_never_moved_is_refused() -> None:
    losses, indicator = _past(40, 0.3)
    with pytest.raises(DataError, match="with an indicator that moves"):
        fit_loss_regression(losses, indicator * 0 + 1)
