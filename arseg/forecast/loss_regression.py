"""A scalar for the outlook from the past: how monthly rates of loss moved with one indicator (science 5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import DataError, require_columns

FEWEST_MONTHS: Final = 24


@dataclass(frozen=True)
class LossRegression:
    """``logit(loss rate of a month) = intercept + slope x indicator, so many months before``.

    Parameters
    ----------
    intercept, slope
        Of the fit.
    slope_error
        Standard error of the slope.
    mean
        Mean of the indicator over the months of the fit: the past that the rates stand for.
    months
        Behind the fit.
    lag
        Months by which the indicator leads.
    """

    intercept: float
    slope: float
    slope_error: float
    mean: float
    months: int
    lag: int

    def scalar(self, indicator: float) -> float:
        """Return the rate of loss at a value of the indicator over that at its mean."""
        return float(
            _share(self.intercept + self.slope * indicator) / _share(self.intercept + self.slope * self.mean)
        )


def fit_loss_regression(losses: pd.DataFrame, indicator: pd.Series, *, lag: int = 0) -> LossRegression:
    """Fit the rate of loss of each month on an indicator by ordinary least squares on the logit.

    Parameters
    ----------
    losses
        ``month``, ``reached`` and ``lost``, one row per month in order.
    indicator
        Its value by month, as known then.
    lag
        Months by which the indicator leads the loss, >= 0.

    Raises
    ------
    DataError
        With fewer than 24 months of losses above zero that have an indicator, or an indicator that never moved: state the
        scalar by hand.
    """
    require_columns(losses.columns, ("month", "reached", "lost"), frame="losses")
    value = indicator.reindex(losses["month"]).shift(lag).to_numpy(dtype=np.float64)
    rate = losses["lost"].to_numpy(dtype=np.float64) / losses["reached"].to_numpy(dtype=np.float64)
    known = np.isfinite(value) & (rate > 0) & (rate < 1)
    if known.sum() < FEWEST_MONTHS or np.ptp(value[known]) == 0:
        raise DataError(
            "too few months to learn how losses move with the indicator",
            given=f"{int(known.sum())} months with a loss and a value",
            allowed=f"{FEWEST_MONTHS} or more, with an indicator that moves",
            do="state the scenarios' scalars by hand",
            code="few_loss_months",
        )
    x, y = value[known], np.log(rate[known] / (1 - rate[known]))
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    intercept = float(y.mean() - slope * x.mean())
    rest = y - intercept - slope * x
    error = float(np.sqrt(rest @ rest / (len(x) - 2) / (centred @ centred)))
    return LossRegression(intercept, slope, error, float(x.mean()), int(known.sum()), lag)


def _share(logit: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.asarray(logit, dtype=np.float64))))
