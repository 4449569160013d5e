"""A customer's habit: the mean delay it has shown, shrunk to the book's where it has shown little.

``m_c = (n mean_c + k pool) / (n + k)`` days late, for n cleared invoices of the last twelve months.
One model is made of it alone; the default model takes the days past the habit as a feature, because a
tree needs many splits to find the diagonal "as late as this customer always is".
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.models.landmarks import read_features
from arseg.models.protocol import Numbers

COLUMNS: Final = ("cleared_days_late_mean_12m", "cleared_count_12m")


def shown(X: pd.DataFrame) -> tuple[Numbers, Numbers]:
    """Return the customer's mean days late and the invoices behind it; zeros where unknown."""
    if not set(COLUMNS) <= set(X.columns):
        return np.zeros(len(X)), np.zeros(len(X))
    mean, count = read_features(X, COLUMNS).T
    known = ~np.isnan(mean) & (count > 0)
    return np.where(known, mean, 0.0), np.where(known, count, 0.0)


def book_mean(X: pd.DataFrame, weight: Numbers) -> float:
    """Return the book's mean days late, by cleared invoices; 0 where none is known."""
    mean, count = shown(X)
    known = weight * count
    return float((known * mean).sum() / known.sum()) if known.any() else 0.0


def shrunk(X: pd.DataFrame, pool: float, *, prior_count: float) -> Numbers:
    """Return each row's habit in days late.

    Parameters
    ----------
    X
        Landmark rows.
    pool
        The book's mean days late.
    prior_count
        Cleared invoices that the book's mean is worth.

    Examples
    --------
    >>> X = pd.DataFrame({"cleared_days_late_mean_12m": [20.0, np.nan], "cleared_count_12m": [5.0, 0.0]})
    >>> shrunk(X, 4.0, prior_count=5.0).tolist()
    [12.0, 4.0]
    """
    mean, count = shown(X)
    return np.asarray((count * mean + prior_count * pool) / np.maximum(count + prior_count, 1e-300))
