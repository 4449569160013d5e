"""Whether those who pay first were predicted to, under censoring and competing causes (science 3.6).

These judge the order only: a model whose probabilities are all wrong by the same factor is not found out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.followed import FollowUp, Outcome, Values
from arseg.metrics.predicted import Incidence
from arseg.metrics.ranking import somers_d
from arseg.schema import PAID, DataError


def concordance(
    y: pd.DataFrame,
    risk: npt.ArrayLike,
    tau: int,
    *,
    cause: int = PAID,
    strata: npt.ArrayLike | pd.Series | None = None,
    weight: npt.ArrayLike | None = None,
) -> float:
    """Return the concordance of a risk with who leaves first by a cause, up to tau.

    Over pairs of a row i that left by the cause on day ``T_i <= tau`` and a row j that had not left by it
    on that day (still open, leaving later, or gone by another cause), the share with
    ``risk_i > risk_j``, half for ties; i weighs ``w_i / G(T_i)`` and j ``w_j / G(min(T_i, T_j))``, G being
    P(followed through a day) (Uno et al. 2011; competing causes: Wolbers et al. 2014). Two rows that leave
    by the cause on one day are no pair.

    Parameters
    ----------
    y
        ``event`` and ``duration`` (days).
    risk
        ``F_k(tau)``, or whatever is higher for rows that leave sooner by the cause, shape (rows,).
    tau
        Last day on which a row i may leave.
    cause
        1 paid, 2 credited, 3 written off.
    strata, weight
        As in ``censored_brier``.

    Returns
    -------
    0.5 is chance, 1 perfect; NaN where there is no pair.

    Raises
    ------
    DataError
        If lengths differ, a value is missing, or nobody of some stratum is followed through tau.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 1, 0, 2], "duration": [3, 8, 30, 5]})
    >>> concordance(y, [0.9, 0.6, 0.1, 0.7], tau=30)
    0.8
    """
    outcome, scores, follow_up = _read(y, risk, tau, strata, weight)
    values, place = np.unique(scores, return_inverse=True)
    leaving = outcome.left(tau, cause)
    own, concordant, pairs = follow_up.own, 0.0, 0.0
    for day in np.unique(outcome.duration[leaving]).tolist():
        others = np.where(outcome.left(day, cause), 0.0, follow_up.weights(day))
        at = np.bincount(place, others, len(values))
        upto = np.cumsum(at)
        rows = leaving & (outcome.duration == day)
        concordant += float((own[rows] * (upto - at / 2)[place[rows]]).sum())
        pairs += float(own[rows].sum() * upto[-1])
    return concordant / pairs if pairs > 0 else float("nan")


def dynamic_auc(
    y: pd.DataFrame,
    risk: npt.ArrayLike,
    day: int,
    *,
    cause: int = PAID,
    strata: npt.ArrayLike | pd.Series | None = None,
    weight: npt.ArrayLike | None = None,
) -> float:
    """Return the cumulative/dynamic AUC at a day, weighted for censoring.

    Over pairs of a row that left by the cause by the day and a row that did not (still open, or gone by
    another cause), the share with the higher risk on the former, half for ties; each weighs its
    ``W_i(day)`` of ``censored_brier`` (Blanche, Dartigues and Jacqmin-Gadda 2013).

    Parameters
    ----------
    y, cause, strata, weight
        As in ``concordance``.
    risk
        ``F_k(day)``, or whatever is higher for rows that leave by the cause, shape (rows,).
    day
        Days after the key date.

    Returns
    -------
    0.5 is chance, 1 perfect; NaN where all rows are alike.

    Raises
    ------
    DataError
        As ``concordance``.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 1, 0, 2], "duration": [3, 8, 30, 5]})
    >>> dynamic_auc(y, [0.9, 0.6, 0.1, 0.7], day=30)
    0.75
    """
    outcome, scores, follow_up = _read(y, risk, day, strata, weight)
    return (somers_d(scores, outcome.left(day, cause), follow_up.weights(day)) + 1) / 2


def discrimination_by_day(
    y: pd.DataFrame,
    incidence: npt.ArrayLike,
    times: Sequence[int],
    *,
    strata: npt.ArrayLike | pd.Series | None = None,
    weight: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Return concordance and dynamic AUC of each cause at each day, the risk being F_k of that day.

    Parameters and errors as ``censored_brier``.

    Returns
    -------
    ``cause, time, events, concordance, auc``; events by the cause up to the time.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 0], "duration": [3, 40]})
    >>> discrimination_by_day(y, [[[0.9]], [[0.2]]], [30]).to_dict("list")
    {'cause': [1], 'time': [30], 'events': [1], 'concordance': [1.0], 'auc': [1.0]}
    """
    outcome, predicted = Outcome.read(y, weight), Incidence.read(incidence, times, len(y))
    rows = []
    for cause in predicted.causes:
        for day in predicted.days.tolist():
            risk, events = predicted.at(cause, day), int(outcome.left(day, cause).sum())
            found = [
                measure(y, risk, day, cause=cause, strata=strata, weight=weight)
                for measure in (concordance, dynamic_auc)
            ]
            rows.append((cause, day, events, *found))
    return pd.DataFrame(rows, columns=["cause", "time", "events", "concordance", "auc"])


def _read(
    y: pd.DataFrame,
    risk: npt.ArrayLike,
    day: int,
    strata: npt.ArrayLike | pd.Series | None,
    weight: npt.ArrayLike | None,
) -> tuple[Outcome, Values, FollowUp]:
    outcome, scores = Outcome.read(y, weight), np.asarray(risk, dtype=np.float64)
    if scores.shape != (len(y),) or np.isnan(scores).any():
        raise DataError(
            "risk and outcome do not pair",
            given=f"shape {scores.shape}, {int(np.isnan(scores).sum())} missing",
            allowed=f"{len(y)} values, none missing",
            do="pass one risk per row",
        )
    follow_up = FollowUp.of(outcome, strata)
    follow_up.require([day])
    return outcome, scores, follow_up
