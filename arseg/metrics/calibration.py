"""Whether predicted probabilities come true (science 3.6)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.like_predictions import quantile_groups
from arseg.metrics.recalibration import line, log_odds
from arseg.schema import DataError

Values = npt.NDArray[np.float64]


def calibration_table(
    p: npt.ArrayLike, observed: npt.ArrayLike, *, weight: npt.ArrayLike | None = None, groups: int = 10
) -> pd.DataFrame:
    """Return expected beside observed by quantile group of the prediction.

    Rows with equal predictions share a group, so the table does not depend on their order; groups
    that would be empty are left out.

    Parameters
    ----------
    p
        Predicted probabilities, shape (rows,).
    observed
        0 or 1, shape (rows,).
    weight
        Of each row; equal where not given.
    groups
        Number of quantile groups.

    Returns
    -------
    ``group`` (1 has the lowest predictions), ``rows``, and the weighted means ``expected`` and ``observed``.

    Raises
    ------
    DataError
        If values are missing, lengths differ, or a value lies outside [0, 1].

    Examples
    --------
    >>> calibration_table([0.1, 0.1, 0.8, 0.8], [0, 0, 1, 0], groups=2).to_dict("list")
    {'group': [1, 2], 'rows': [2, 2], 'expected': [0.1, 0.8], 'observed': [0.0, 0.5]}
    """
    p, observed = _pair(p, observed)
    weights = np.ones(len(p)) if weight is None else np.asarray(weight, dtype=np.float64)
    frame = pd.DataFrame({"cut": quantile_groups(p, groups), "rows": 1, "weight": weights})
    sums = frame.assign(expected=weights * p, observed=weights * observed).groupby("cut").sum()
    means = sums[["expected", "observed"]].div(sums["weight"].where(sums["weight"] > 0), axis=0)
    return means.assign(group=range(1, len(sums) + 1), rows=sums["rows"]).reset_index(drop=True)[
        ["group", "rows", "expected", "observed"]
    ]


def calibration_slope(p: npt.ArrayLike, observed: npt.ArrayLike) -> tuple[float, float]:
    """Return intercept and slope of ``logit P(observed) = a + b logit(p)``, by maximum likelihood.

    (0, 1) is perfect; a slope below 1 means predictions too extreme. p is clipped to [1e-6, 1 - 1e-6].

    Parameters
    ----------
    p
        Predicted probabilities, shape (rows,).
    observed
        0 or 1, shape (rows,).

    Raises
    ------
    DataError
        If the slope is not estimable: one outcome only, one prediction only, or perfect separation.

    Examples
    --------
    >>> intercept, slope = calibration_slope([0.25] * 4 + [0.75] * 4, [1, 0, 0, 0, 1, 1, 1, 0])
    >>> abs(round(intercept, 6)), round(slope, 6)
    (0.0, 1.0)
    """
    p, observed = _pair(p, observed)
    if len(np.unique(observed)) < 2 or len(np.unique(log_odds(p))) < 2:
        raise _not_estimable("one outcome or one prediction only")
    level, slope = line(p, observed, np.ones(len(p)))
    if np.isnan(slope):
        raise _not_estimable("outcomes that the prediction separates perfectly")
    return level, slope


def _not_estimable(given: str) -> DataError:
    return DataError(
        "the calibration slope is not estimable",
        given=given,
        allowed="both outcomes across different predictions",
        do="use more rows",
    )


def _pair(p: npt.ArrayLike, observed: npt.ArrayLike) -> tuple[Values, Values]:
    left, right = np.asarray(p, dtype=np.float64), np.asarray(observed, dtype=np.float64)
    inside = left.shape == right.shape and left.ndim == 1
    if not inside or not ((left >= 0) & (left <= 1)).all() or not ((right >= 0) & (right <= 1)).all():
        raise DataError(
            "predictions and outcomes do not pair",
            given=f"shapes {left.shape} and {right.shape}",
            allowed="equal length, values in [0, 1], none missing",
            do="pass probabilities beside what came",
        )
    return left, right
