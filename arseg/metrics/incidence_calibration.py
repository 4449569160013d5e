"""Whether predicted payment curves come true: per horizon, by group, and over all days (science 3.6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.followed import FollowUp, Outcome, Values
from arseg.metrics.observed import observed_incidence
from arseg.metrics.predicted import Incidence
from arseg.metrics.recalibration import line, log_odds, newton
from arseg.metrics.survival import known_at
from arseg.schema import PAID


def horizon_calibration(
    y: pd.DataFrame,
    incidence: npt.ArrayLike,
    times: Sequence[int],
    *,
    horizons: Sequence[int],
    cause: int = PAID,
    weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return calibration in the large and slope of "left by h, by the cause" on the rows mature at h.

    ``in_the_large`` is a in ``logit P(Y) = a + logit(F)`` (0 is perfect, above 0 more came than was
    predicted); ``slope`` is b in ``logit P(Y) = a + b logit(F)`` (1 is perfect, below 1 predictions are
    too extreme); both by maximum likelihood, F clipped to [1e-6, 1 - 1e-6] (Cox 1958).

    Parameters
    ----------
    y
        ``event``, ``duration`` and ``followed_days`` (days).
    incidence
        Predicted cumulative incidence, shape (rows, causes, times); cause 1 stands first.
    times
        Days after the key date of the last axis.
    horizons
        Days to judge; each must be one of the times.
    cause
        1 paid, 2 credited, 3 written off.
    weight
        Of each row, such as its balance; equal where not given.

    Returns
    -------
    ``horizon, rows, events, expected, observed, in_the_large, slope``: mature rows, those of them that
    left by the cause, weighted means, coefficients. NaN where it cannot be estimated: no mature row, one
    outcome only, one prediction only, or perfect separation.

    Raises
    ------
    DataError
        If shapes differ, a prediction is missing, or a horizon was not predicted.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0, 0, 0, 1, 1, 1, 0], "duration": 5, "followed_days": 40})
    >>> p = np.repeat([0.25, 0.75], 4).reshape(-1, 1, 1)
    >>> found = horizon_calibration(y, p, [30], horizons=[30])
    >>> found[["rows", "events", "expected", "observed", "slope"]].round(6).to_dict("list")
    {'rows': [8], 'events': [4], 'expected': [0.5], 'observed': [0.5], 'slope': [1.0]}
    """
    outcome, predicted = Outcome.read(y, weight), Incidence.read(incidence, times, len(y))
    rows = []
    for horizon in horizons:
        mature = known_at(y, horizon) & (outcome.weight > 0)
        p, own = predicted.at(cause, horizon)[mature], outcome.weight[mature]
        left = outcome.left(horizon, cause)[mature].astype(np.float64)
        means = [float(np.average(side, weights=own)) if len(own) else np.nan for side in (p, left)]
        rows.append((horizon, len(own), int(left.sum()), *means, *_recalibrated(p, left, own)))
    names = ["horizon", "rows", "events", "expected", "observed", "in_the_large", "slope"]
    return pd.DataFrame(rows, columns=names)


def _recalibrated(p: Values, observed: Values, weight: Values) -> tuple[float, float]:
    """Return calibration in the large and slope."""
    if len(np.unique(observed)) < 2:
        return np.nan, np.nan
    large = newton(np.ones((len(p), 1)), log_odds(p), observed, weight)[0]
    return float(large), line(p, observed, weight)[1]


def reliability(
    y: pd.DataFrame,
    predicted: npt.ArrayLike,
    day: int,
    *,
    by: npt.ArrayLike | pd.Series | None = None,
    cause: int = PAID,
    weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return what came beside what was predicted, by decile of the prediction or by segment.

    ``expected`` is the mean of F_k(day), ``observed`` the Aalen-Johansen estimate at that day, so rows
    that were not followed for so long count for as long as they were.

    Parameters
    ----------
    y
        ``event`` and ``duration`` (days).
    predicted
        F_k(day) of each row, shape (rows,).
    day
        Days after the key date.
    by
        Label of each row, such as its segment; the decile of the prediction (1 is lowest, equal
        predictions share one) where not given.
    cause
        1 paid, 2 credited, 3 written off.
    weight
        Of each row, such as its balance; equal where not given.

    Returns
    -------
    ``group, rows, known, events, expected, observed, gap``: all rows, those whose fate by the day is known,
    those that left by the cause by then, and ``observed - expected``. Observed is NaN where nobody of the
    group was followed to the day.

    Raises
    ------
    DataError
        If lengths differ or a value or label is missing.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0, 0, 1], "duration": [3, 40, 40, 9]})
    >>> found = reliability(y, [0.4, 0.4, 0.9, 0.9], 30, by=["Low", "Low", "High", "High"])
    >>> found[["group", "events", "expected", "observed"]].to_dict("list")
    {'group': ['High', 'Low'], 'events': [1, 1], 'expected': [0.9, 0.4], 'observed': [0.5, 0.5]}
    """
    outcome = Outcome.read(y, weight)
    p = Incidence.read(np.reshape(predicted, (-1, 1, 1)), [day], len(y)).at(PAID, day)
    labels = _deciles(p) if by is None else np.asarray(by)
    # The labels are checked there.
    observed = observed_incidence(y, [day], by=labels, weight=weight)[:, cause - 1, 0]
    known = outcome.left(day) | (outcome.duration >= day)
    columns = {"rows": 1, "known": known, "events": outcome.left(day, cause)}
    sums = pd.DataFrame(columns | {"weight": outcome.weight, "p": outcome.weight * p}).groupby(labels).sum()
    table = sums[["rows", "known", "events"]].assign(expected=sums["p"] / sums["weight"], observed=observed)
    return table.assign(gap=table["observed"] - table["expected"]).rename_axis("group").reset_index()


def _deciles(p: Values) -> npt.NDArray[np.int64]:
    cuts = np.quantile(p, np.arange(1, 10) / 10)
    return np.unique(np.searchsorted(cuts, p, side="right"), return_inverse=True)[1].astype(np.int64) + 1


def calibration_integral(
    y: pd.DataFrame,
    incidence: npt.ArrayLike,
    times: Sequence[int],
    *,
    weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return how far the mean predicted curve of each cause lies from the observed one, over all days.

    ``1 / t_max int_0^t_max |mean F_k(t) - AJ_k(t)|^2 dt`` by the trapezoid rule from day 0, where both are
    0 (Alberge et al. 2026). It is the book's level alone: errors that cancel between rows are not seen.

    Parameters
    ----------
    y
        ``event`` and ``duration`` (days).
    incidence
        Predicted cumulative incidence, shape (rows, causes, times); cause 1 stands first.
    times
        Days after the key date, fine enough for a curve.
    weight
        Of each row, such as its balance; equal where not given.

    Returns
    -------
    ``cause, integral, typical_gap, largest_gap, largest_day``: the integral, its root (a probability), and
    the largest ``AJ_k - mean F_k`` with its sign and day.

    Raises
    ------
    DataError
        If shapes differ, a prediction is missing, or nobody is followed through the last time.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0], "duration": [1, 40]})
    >>> found = calibration_integral(y, np.full((2, 1, 2), 0.25), [1, 30]).round(4)
    >>> found[["integral", "typical_gap", "largest_gap"]].to_dict("list")
    {'integral': [0.0615], 'typical_gap': [0.2479], 'largest_gap': [0.25]}
    """
    outcome, predicted = Outcome.read(y, weight), Incidence.read(incidence, times, len(y))
    FollowUp.of(outcome).require(predicted.days.tolist())
    observed = observed_incidence(y, times, weight=weight)[0]
    grid, rows = np.append(0, predicted.days), []
    for place, cause in enumerate(predicted.causes):
        gap = observed[place] - np.average(predicted.curves[:, place], axis=0, weights=outcome.weight)
        integral = float(np.trapezoid(np.append(0.0, gap) ** 2, grid) / grid[-1])
        worst = int(np.abs(gap).argmax())
        rows.append((cause, integral, integral**0.5, float(gap[worst]), int(predicted.days[worst])))
    return pd.DataFrame(rows, columns=["cause", "integral", "typical_gap", "largest_gap", "largest_day"])
