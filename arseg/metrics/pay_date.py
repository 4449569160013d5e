"""How far the predicted median pay day lies from the day the cash came (science 3.6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.followed import Flags, Outcome, Values
from arseg.metrics.predicted import Incidence
from arseg.metrics.survival import known_at
from arseg.schema import PAID, DataError

_ROUNDING = 1e-9


def median_pay_day(incidence: npt.ArrayLike, times: Sequence[int], *, level: float = 0.5) -> Values:
    """Return the first day by which a row is paid with probability one half.

    The smallest whole day with ``F_paid >= level``; between two times the curve is taken as straight, and
    before the first as rising from 0 on day 0.

    Parameters
    ----------
    incidence
        Predicted cumulative incidence, shape (rows, causes, times); paid stands first.
    times
        Days after the key date.
    level
        Probability to be reached, in (0, 1).

    Returns
    -------
    Days after the key date, shape (rows,); NaN where the level is not reached by the last time.

    Raises
    ------
    DataError
        If shapes differ, a prediction is missing, or the level lies outside (0, 1).

    Examples
    --------
    >>> median_pay_day([[[0.2, 0.8]], [[0.1, 0.3]]], [10, 20])
    array([15., nan])
    """
    if not 0 < level < 1:
        raise DataError("the level is no probability", given=level, allowed="(0, 1)", do="pass 0.5")
    predicted = Incidence.read(incidence, times, len(np.asarray(incidence)))
    curve = np.column_stack([np.zeros(len(predicted.curves)), predicted.curves[:, 0]])
    reached = curve >= level
    row, last = np.arange(len(curve)), np.maximum(reached.argmax(axis=1), 1)
    before, after = curve[row, last - 1], curve[row, last]
    days = np.append(0, predicted.days)
    rise = np.where(reached.any(axis=1), after - before, 1.0)
    share = (level - before) / rise * (days[last] - days[last - 1])
    found = days[last - 1] + np.maximum(np.ceil(share - _ROUNDING), 1.0)
    return np.where(reached.any(axis=1), found, np.nan)


def pay_day_error(
    y: pd.DataFrame,
    pay_day: npt.ArrayLike,
    *,
    horizon: int,
    near: int = 3,
    weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the error of a predicted pay day, in days, on the rows mature at the horizon.

    Row ``all``: both days are cut at the horizon, ``min(T, h)`` against ``min(predicted, h)``. A row not paid
    by h (open, credited, written off, or paid later) stands at h, and so does a prediction that is missing
    or beyond h; nothing is chosen by its outcome, so models may be compared. Row ``paid``: only the rows
    paid by h, the prediction cut at h all the same. It describes; it favours models that promise early
    cash, so it must not select.

    Parameters
    ----------
    y
        ``event``, ``duration`` and ``followed_days`` (days).
    pay_day
        Predicted days after the key date, shape (rows,); NaN for "not within what was predicted".
    horizon
        Days for which a row must have been followed.
    near
        Days of error that still count as near.
    weight
        Of each row, such as its balance; equal where not given.

    Returns
    -------
    ``which, rows, mae, bias, rmse, near``: weighted means in days, the bias positive where the prediction
    is too late, and the share of the weight within ``near`` days. NaN where there is no row.

    Raises
    ------
    DataError
        If lengths differ, a column is missing, or a predicted day is below 1.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0, 1], "duration": [10, 60, 20], "followed_days": 60})
    >>> found = pay_day_error(y, [12, float("nan"), 16], horizon=60).round(2)
    >>> found[["which", "rows", "mae", "bias"]].to_dict("list")
    {'which': ['all', 'paid'], 'rows': [3, 2], 'mae': [2.0, 3.0], 'bias': [-0.67, -1.0]}
    """
    outcome, predicted = Outcome.read(y, weight), np.asarray(pay_day, dtype=np.float64)
    if predicted.shape != (len(y),) or (predicted < 1).any():
        raise DataError(
            "the pay days do not fit the rows",
            given=f"shape {predicted.shape}, {int((predicted < 1).sum())} below 1",
            allowed=f"{len(y)} days from 1, or NaN",
            do="pass what median_pay_day gave for these rows",
        )
    paid, mature = outcome.left(horizon, PAID), known_at(y, horizon) & (outcome.weight > 0)
    # fmin passes over NaN: a prediction that is missing stands at the horizon.
    error = np.fmin(predicted, horizon) - np.where(paid, outcome.duration, horizon)
    rows = [
        (which, int(chosen.sum()), *_means(error, chosen, outcome.weight, near))
        for which, chosen in (("all", mature), ("paid", mature & paid))
    ]
    return pd.DataFrame(rows, columns=["which", "rows", "mae", "bias", "rmse", "near"])


def _means(error: Values, chosen: Flags, weight: Values, near: int) -> tuple[float, float, float, float]:
    if not chosen.any():
        return np.nan, np.nan, np.nan, np.nan
    days, own = error[chosen], weight[chosen]
    absolute, bias, square, within = (
        float(np.average(value, weights=own)) for value in (np.abs(days), days, days**2, np.abs(days) <= near)
    )
    return absolute, bias, square**0.5, within
