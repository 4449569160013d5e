"""What share left by each cause, estimated where follow-up is incomplete."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.followed import FollowUp, Integers, Outcome, Values
from arseg.schema import CAUSES


def observed_incidence(
    y: pd.DataFrame,
    times: Sequence[int],
    *,
    by: npt.ArrayLike | pd.Series | None = None,
    weight: npt.ArrayLike | None = None,
) -> Values:
    """Return the observed cumulative incidence of each cause (Aalen and Johansen 1978).

    ``h_k(d) = d_k / n`` and ``F_k(t) = sum_{d <= t} S(d - 1) h_k(d)``; n is the weight of the rows with
    durations >= d. With other causes counted as censored, ``1 - KM`` would overstate each of them.

    Parameters
    ----------
    y
        ``event`` and ``duration`` (days).
    times
        Days after the key date.
    by
        Label of each row's group; one group where not given.
    weight
        Of each row; equal where not given.

    Returns
    -------
    Shape (groups in sorted order, 3 causes, times); NaN on days by which nobody of a group was followed
    and some were lost before.

    Raises
    ------
    DataError
        If an outcome or a label is missing.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 1, 0, 3], "duration": [1, 2, 2, 3]})
    >>> observed_incidence(y, [1, 2, 3])[0].tolist()
    [[0.25, 0.5, 0.5], [0.0, 0.0, 0.0], [0.0, 0.0, 0.5]]
    """
    outcome = Outcome.read(y, weight)
    follow_up, days = FollowUp.of(outcome, by), np.asarray(times, dtype=np.int64)
    curves = _curves(outcome, follow_up.stratum, len(follow_up.names))
    found = curves[:, :, np.minimum(days, curves.shape[2] - 1)]
    return np.where(days <= follow_up.last_days[:, None, None], found, np.nan)


def _curves(outcome: Outcome, group: Integers, groups: int) -> Values:
    """Return the incidence by day from 0, shape (groups, 3, days)."""
    days, events = int(outcome.duration.max()) + 1, len(CAUSES) + 1
    cell = (group * events + outcome.event) * days + outcome.duration
    counts = np.bincount(cell, outcome.weight, minlength=groups * events * days)
    counts = counts.reshape(groups, events, days)
    at_risk = counts.sum(axis=1, keepdims=True)[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]
    hazards = np.divide(counts[:, 1:], at_risk, out=np.zeros_like(counts[:, 1:]), where=counts[:, 1:] > 0)
    survival = np.cumprod(1 - np.minimum(hazards.sum(axis=1, keepdims=True), 1.0), axis=2)
    before = np.concatenate([np.ones_like(survival[:, :, :1]), survival[:, :, :-1]], axis=2)
    return np.asarray(np.minimum(np.cumsum(before * hazards, axis=2), 1.0))
