"""How sure a rate of loss is: customers drawn again, because the invoices of one are lost together."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import require_columns

FEWEST_CUSTOMERS: Final = 10


def rate_intervals(reached: pd.DataFrame, *, draws: int = 1000, seed: int = 20260131) -> pd.DataFrame:
    """Return the rate of loss of each segment and bucket with its 95 % interval over customers.

    Parameters
    ----------
    reached
        From ``reached_buckets`` or ``standing_buckets``: ``customer_id``, ``segment``, ``bucket``, ``reached``, ``lost``.
    draws, seed
        Of the customers.

    Returns
    -------
    frame
        ``segment``, ``bucket``, ``rate``, ``low``, ``high`` (NaN with fewer than ten customers or where all draws are
        alike), ``customers`` and ``largest_share`` (of the largest customer in the money that reached the bucket).

    Examples
    --------
    >>> seen = pd.DataFrame({"customer_id": list("abcdefghijkl"), "segment": "High", "bucket": "current",
    ...                      "reached": 100.0, "lost": [100.0] + [0.0] * 11})
    >>> row = rate_intervals(seen, draws=200).iloc[0]
    >>> bool(row["low"] <= 1 / 12 <= row["high"]), row["customers"].item()
    (True, 12)
    """
    require_columns(reached.columns, ("customer_id", "segment", "bucket", "reached", "lost"), frame="reached")
    code, names = pd.factorize(reached["customer_id"], sort=True)
    rng = np.random.default_rng(seed)
    size = len(names)
    picked = rng.multinomial(size, np.full(size, 1 / size), size=draws) if size else np.zeros((draws, 0))
    weights = picked.astype(np.float32)
    rows = []
    for (segment, bucket), part in reached.groupby(["segment", "bucket"], sort=True):
        own = code[reached.index.get_indexer(part.index)]
        held = np.bincount(own, part["reached"].to_numpy(dtype=np.float64), size)
        lost = np.bincount(own, part["lost"].to_numpy(dtype=np.float64), size)
        customers = int((held > 0).sum())
        low = high = float("nan")
        below = weights @ held
        drawn = np.clip((weights @ lost)[below > 0] / below[below > 0], 0, 1)
        if customers >= FEWEST_CUSTOMERS and drawn.min() < drawn.max():
            low, high = (float(value) for value in np.quantile(drawn, [0.025, 0.975]))
        rate = float(np.clip(lost.sum() / held.sum(), 0, 1)) if held.sum() > 0 else float("nan")
        share = float(held.max() / held.sum()) if held.sum() > 0 else float("nan")
        rows.append((segment, bucket, rate, low, high, customers, share))
    columns = ["segment", "bucket", "rate", "low", "high", "customers", "largest_share"]
    return pd.DataFrame(rows, columns=columns)
