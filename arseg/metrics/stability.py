"""Whether scores and segments stay where they were (science 5.1 and 5.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import SEGMENTS, DataError

_SMALLEST = 1e-4


def population_stability_index(reference: npt.ArrayLike, current: npt.ArrayLike, bins: int = 10) -> float:
    """Return the population stability index of current values against reference values.

    ``sum_b (p_b - q_b) ln(p_b / q_b)`` over bins fixed on the reference's quantiles, shares floored
    at 1e-4 (science 5.2). Missing values are left out. 0.10 and 0.25 are rules of thumb only.

    Parameters
    ----------
    reference, current
        Values, such as a score at training and now.
    bins
        Number of quantile bins; equal quantiles are merged.

    Raises
    ------
    DataError
        If either side has no value.

    Examples
    --------
    >>> population_stability_index(range(100), range(100))
    0.0
    """
    before, now = (np.asarray(side, dtype=np.float64) for side in (reference, current))
    before, now = before[~np.isnan(before)], now[~np.isnan(now)]
    if not len(before) or not len(now):
        raise DataError("a side is empty", given="no value", allowed="one or more", do="pass both samples")
    cuts = np.unique(np.quantile(before, np.arange(1, bins) / bins))
    shares = [
        np.maximum(
            np.bincount(np.searchsorted(cuts, side, side="right"), minlength=len(cuts) + 1) / len(side),
            _SMALLEST,
        )
        for side in (before, now)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def migration_matrix(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Return the share of each earlier segment's customers by their later segment.

    Customers of both dates only. A row sums to 1; it is NaN where the segment was empty before.

    Parameters
    ----------
    before, after
        Segments, indexed by customer.

    Returns
    -------
    Index ``before``, columns ``after``; High, Medium, Low first, others by name.

    Raises
    ------
    DataError
        If a customer stands twice.

    Examples
    --------
    >>> before = pd.Series({"a": "High", "b": "High"})
    >>> migration_matrix(before, pd.Series({"a": "High", "b": "Low"})).loc["High"].to_dict()
    {'High': 0.5, 'Medium': 0.0, 'Low': 0.5}
    """
    if not (before.index.is_unique and after.index.is_unique):
        raise DataError(
            "a customer stands twice", given="a repeated index", allowed="one row each", do="keep one row"
        )
    both = pd.DataFrame({"before": before, "after": after}).dropna()
    names = [*SEGMENTS, *sorted({*both["before"], *both["after"]} - set(SEGMENTS))]
    counts = pd.crosstab(both["before"], both["after"]).reindex(index=names, columns=names, fill_value=0)
    return counts.div(counts.sum(axis=1).where(lambda total: total > 0), axis=0)
