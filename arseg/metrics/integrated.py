"""The Brier score of payment curves under censoring, at given days and over time (science 3.6).

On mature rows ``horizon_brier`` needs no assumption and comes first. These serve where one number over
all days and all causes is wanted and some rows are not mature.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.followed import FollowUp, Outcome
from arseg.metrics.predicted import Incidence
from arseg.schema import DataError


def censored_brier(
    y: pd.DataFrame,
    incidence: npt.ArrayLike,
    times: Sequence[int],
    *,
    strata: npt.ArrayLike | pd.Series | None = None,
    weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the Brier score of each cause at each day, weighted for censoring.

    ``BS_k(t) = sum_i W_i(t) (1{T_i <= t, K_i = k} - F_k(t|i))^2 / sum_i w_i``. ``W_i(t)`` is ``w_i / G(T_i)``
    for a row that left by t, by whichever cause, ``w_i / G(t)`` for one watched through t, and 0 for one
    lost before; G(t) is P(followed through day t), the Kaplan-Meier curve of the censoring (Graf et al.
    1999; other causes count as 0: science 3.6).

    Parameters
    ----------
    y
        ``event`` and ``duration`` (days).
    incidence
        Predicted cumulative incidence, shape (rows, causes, times); cause 1 stands first.
    times
        Days after the key date.
    strata
        Label of each row within which censoring says nothing of payment, such as the key date.
    weight
        Of each row, such as its balance; equal where not given.

    Returns
    -------
    ``cause, time, rows, brier``; rows whose fate is known at the time.

    Raises
    ------
    DataError
        If shapes differ, a prediction is missing, or a day lies beyond the last on which somebody of
        every stratum is still followed.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0, 1, 0], "duration": [3, 5, 8, 40]})
    >>> censored_brier(y, np.full((4, 1, 1), 0.5), [30]).to_dict("list")
    {'cause': [1], 'time': [30], 'rows': [3], 'brier': [0.25]}
    """
    outcome, predicted = Outcome.read(y, weight), Incidence.read(incidence, times, len(y))
    follow_up = FollowUp.of(outcome, strata)
    follow_up.require(predicted.days.tolist())
    rows, total = [], outcome.weight.sum()
    for day in predicted.days.tolist():
        weights = follow_up.weights(day)
        for cause in predicted.causes:
            error = outcome.left(day, cause) - predicted.at(cause, day)
            score = float((weights * error**2).sum() / total)
            rows.append((cause, day, int((weights > 0).sum()), score))
    found = pd.DataFrame(rows, columns=["cause", "time", "rows", "brier"])
    return found.sort_values(["cause", "time"], ignore_index=True)


def integrated_brier(
    y: pd.DataFrame,
    incidence: npt.ArrayLike,
    times: Sequence[int],
    *,
    strata: npt.ArrayLike | pd.Series | None = None,
    weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the Brier score of each cause, averaged over the days from the first time to the last.

    ``IBS_k = int BS_k(t) dt / (t_last - t_first)`` by the trapezoid rule; parameters and errors as
    ``censored_brier``.

    Returns
    -------
    ``cause, brier``.

    Raises
    ------
    DataError
        As ``censored_brier``, or if there are fewer than two times.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0], "duration": [3, 40]})
    >>> integrated_brier(y, np.full((2, 1, 2), 0.5), [7, 30]).to_dict("list")
    {'cause': [1], 'brier': [0.25]}
    """
    if len(times) < 2:
        raise DataError(
            "one day has no average over time",
            given=list(times),
            allowed="two days or more",
            do="pass a grid of days",
        )
    by_day = censored_brier(y, incidence, times, strata=strata, weight=weight)
    span = float(times[-1] - times[0])
    rows = [
        (cause, float(np.trapezoid(part["brier"], part["time"])) / span)
        for cause, part in by_day.groupby("cause")
    ]
    return pd.DataFrame(rows, columns=["cause", "brier"])
