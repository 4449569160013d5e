"""Rates that never fall with age: an older bucket is no safer, and the change is shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from arseg.schema import DataError, require_columns


def monotone_rates(rates: pd.DataFrame, *, weight: str = "reached") -> pd.DataFrame:
    """Return the rates made non-decreasing over the buckets of each segment, with those before.

    Neighbours that fall are merged to their mean, weighted by money (isotonic regression), so that the expected loss
    of the history does not change.

    Parameters
    ----------
    rates
        ``bucket`` in the order of aging, ``rate``, the weight, and ``segment`` where there are several.
    weight
        The column of money behind each rate; buckets with none follow their neighbours.

    Returns
    -------
    frame
        ``rates`` with ``rate_before`` and the new ``rate``.

    Raises
    ------
    DataError
        If a rate is missing: pool first.

    Examples
    --------
    >>> rates = pd.DataFrame({"bucket": ["current", "1-30"], "rate": [0.03, 0.01], "reached": [100.0, 100.0]})
    >>> monotone_rates(rates)["rate"].tolist()
    [0.02, 0.02]
    """
    from scipy.optimize import isotonic_regression

    require_columns(rates.columns, ("bucket", "rate", weight), frame="rates")
    if rates["rate"].isna().any():
        raise DataError(
            "a rate is missing",
            given=rates.loc[rates["rate"].isna(), "bucket"].head(3).tolist(),
            allowed="a rate in every bucket",
            do="pool the rates first",
            code="rate_missing",
        )
    segments = rates["segment"] if "segment" in rates else pd.Series("all", index=rates.index)
    new = pd.Series(0.0, index=rates.index)
    for _, part in rates.groupby(segments, sort=False):
        money = part[weight].to_numpy(dtype=np.float64)
        # A bucket without money has no say, but isotonic regression wants a weight above zero.
        money = np.maximum(money, max(money.max(), 1.0) * 1e-12)
        before = part["rate"].to_numpy(dtype=np.float64)
        new.loc[part.index] = (
            before if (np.diff(before) >= 0).all() else isotonic_regression(before, weights=money).x
        )
    return rates.assign(rate_before=rates["rate"], rate=np.clip(new, 0.0, 1.0))
