"""How long it takes until a late item is resolved (capabilities S80)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.metrics.observed import observed_incidence
from arseg.metrics.receivables import Values
from arseg.schema import CAUSES, CREDITED, PAID, UsageError


def resolution_days(
    y: pd.DataFrame,
    within: int,
    *,
    by: npt.ArrayLike | pd.Series | None = None,
    weight: npt.ArrayLike | None = None,
) -> Values:
    """Return the restricted mean days until an item is paid or credited.

    ``sum_{t < h} (1 - F_paid(t) - F_credited(t))``: what is not resolved by day h, or written off, stands at h. A mean of
    the resolved items alone would favour whoever gives up early.

    Parameters
    ----------
    y
        ``event`` and ``duration`` (days from the start of the case, >= 1); items still open are censored.
    within
        The horizon h, days.
    by
        Group of each item; one for all where not given.
    weight
        Of each item, such as its amount; equal where not given.

    Returns
    -------
    Days, shape (groups in sorted order,); NaN where nobody of a group was followed to h - 1.

    Raises
    ------
    DataError
        If an outcome or a label is missing.
    UsageError
        If the horizon is not a day or more.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 3, 0], "duration": [10, 20, 90]})
    >>> resolution_days(y, 60).round(6).tolist()
    [43.333333]
    """
    if within < 1:
        raise UsageError("the horizon is no day", given=within, allowed="1 or more", do="pass 90")
    curves = observed_incidence(y, range(within), by=by, weight=weight)
    resolved = curves[:, [CAUSES.index(PAID), CAUSES.index(CREDITED)]].sum(axis=1)
    return np.asarray((1 - resolved).sum(axis=1))
