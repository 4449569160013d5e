"""Small segments: rates pulled to the pool's, the more so the less money stands behind them (science 5.6)."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import DataError, UsageError, require_columns

LARGEST: Final = 20


def pool_strength(exposures: pd.Series, *, largest: int = LARGEST) -> float:
    """Return the money that the pool's rate weighs: the sum of the largest customers' exposures.

    A segment that holds less than these could be moved by a handful of customers.

    Parameters
    ----------
    exposures
        Exposed amount of each customer of the book.
    largest
        How many count.

    Examples
    --------
    >>> pool_strength(pd.Series([5.0, 1.0, 3.0]), largest=2)
    8.0
    """
    return float(exposures.nlargest(largest).sum())


def pool_rates(rates: pd.DataFrame, pool: pd.DataFrame, *, strength: float) -> pd.DataFrame:
    """Return the segments' rates pulled to the pool's: ``w own + (1 - w) pool``, ``w = reached / (reached + strength)``.

    The mean of a Beta prior that is centred at the pool's rate and worth ``strength`` of money.

    Parameters
    ----------
    rates
        ``segment``, ``bucket``, ``reached`` and ``rate`` of each segment, by any method.
    pool
        ``bucket`` and ``rate`` of all segments together, by the same method.
    strength
        Money that the prior weighs, see ``pool_strength``; 0 leaves rates as they are where they are known.

    Returns
    -------
    frame
        ``rates`` with ``own_rate``, ``pool_rate``, ``own_weight`` (share of the rate that is the segment's own) and
        the new ``rate``.

    Raises
    ------
    DataError
        If neither a segment nor the pool has a rate of a bucket.
    UsageError
        If the strength is negative.

    Examples
    --------
    >>> rates = pd.DataFrame({"segment": ["High"], "bucket": ["current"], "reached": [100.0], "rate": [0.10]})
    >>> pool = pd.DataFrame({"bucket": ["current"], "rate": [0.02]})
    >>> pool_rates(rates, pool, strength=300.0)[["own_weight", "rate"]].round(4).to_numpy().tolist()
    [[0.25, 0.04]]
    """
    require_columns(rates.columns, ("segment", "bucket", "reached", "rate"), frame="rates")
    require_columns(pool.columns, ("bucket", "rate"), frame="pool")
    if not strength >= 0:
        raise UsageError(
            "the strength is negative",
            given=strength,
            allowed="0 or more",
            do="pass an amount of money",
            code="strength",
        )
    centre = pool.set_index("bucket")["rate"].reindex(rates["bucket"]).to_numpy(dtype=np.float64)
    own = rates["rate"].to_numpy(dtype=np.float64)
    reached = rates["reached"].to_numpy(dtype=np.float64)
    weight = np.where(reached > 0, reached / np.maximum(reached + strength, 1e-300), 0.0)
    weight = np.where(np.isfinite(own), weight, 0.0)
    # With no rate of its own a segment has the pool's; without a pool's rate its own alone.
    weight = np.where(np.isfinite(centre), weight, 1.0)
    rate = weight * np.nan_to_num(own) + (1 - weight) * np.nan_to_num(centre)
    unknown = ~np.isfinite(own) & ~np.isfinite(centre)
    if unknown.any():
        raise DataError(
            "a bucket has a rate neither in its segment nor in the pool",
            given=rates.loc[unknown, ["segment", "bucket"]].head(3).to_dict("records"),
            allowed="history in one of them",
            do="load more history, merge buckets, or state the rate by hand",
            code="no_history",
        )
    return rates.assign(own_rate=own, pool_rate=centre, own_weight=weight, rate=rate)
