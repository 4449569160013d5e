"""Backtest of the provision: what was expected of the items of a past day, against what they lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from arseg.schema import DataError, require_columns

FEWEST_CUSTOMERS = 10


def expected_against_realised(
    items: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    by: Sequence[str] = ("segment", "bucket"),
    draws: int = 1000,
    seed: int = 20260131,
) -> pd.DataFrame:
    """Return expected and realised loss of the same items, with the ratio and its 95 % interval.

    Parameters
    ----------
    items
        Of the past key date: ``invoice_id``, ``customer_id``, ``expected_loss`` and the columns of ``by``.
    outcomes
        ``schema.OUTCOMES`` of that key date, followed for the lifetime that was provided for: ``written_off`` is net
        of recoveries. An item that is missing here lost nothing that could be seen, and is refused.
    by
        Columns; each is shown alone, then the total.
    draws, seed
        Of the customers drawn again: invoices of one customer are not independent.

    Returns
    -------
    frame
        ``by`` (the column, or ``total``), ``group``, ``items``, ``customers``, ``expected``, ``realised``, ``still_open``
        (balance neither paid, credited nor written off), ``ratio`` (realised / expected), ``low`` and ``high`` (NaN with
        fewer than ten customers that carry the expectation, or where all draws are alike), and ``inside``: whether 1
        lies in the interval, missing without one.

    Raises
    ------
    DataError
        If a column is missing or an item has no outcome.
    """
    require_columns(items.columns, ("invoice_id", "customer_id", "expected_loss", *by), frame="items")
    require_columns(
        outcomes.columns, ("invoice_id", "balance", "cash", "credited", "written_off"), frame="outcomes"
    )
    ends = outcomes.set_index("invoice_id")[["balance", "cash", "credited", "written_off"]]
    missing = ~items["invoice_id"].isin(ends.index)
    if missing.any():
        raise DataError(
            "items have no outcome",
            given=f"{int(missing.sum())} of {len(items)}",
            allowed="an outcome of every item",
            do="observe the outcomes of the same key date",
            code="no_outcome",
        )
    found = ends.loc[items["invoice_id"]].reset_index(drop=True).astype("float64")
    rows = items.reset_index(drop=True).assign(
        realised=found["written_off"],
        still_open=(found["balance"] - found["cash"] - found["credited"] - found["written_off"]).clip(
            lower=0
        ),
    )
    weights = _drawn(rows["customer_id"].nunique(), draws, seed)
    code = pd.factorize(rows["customer_id"], sort=True)[0]
    parts = [
        _ratio(part, code[part.index], weights) | {"by": column, "group": str(group)}
        for column in by
        for group, part in rows.groupby(column, sort=False)
    ]
    parts.append(_ratio(rows, code, weights) | {"by": "total", "group": "all"})
    frame = pd.DataFrame(parts)
    return frame[["by", "group", *[name for name in frame if name not in {"by", "group"}]]]


def _drawn(customers: int, draws: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if not customers:
        return np.zeros((draws, 0), dtype=np.float32)
    return rng.multinomial(customers, np.full(customers, 1 / customers), size=draws).astype(np.float32)


def _ratio(part: pd.DataFrame, code: np.ndarray, weights: np.ndarray) -> dict[str, object]:
    sums = {
        name: np.bincount(code, part[name].to_numpy(dtype=np.float64), weights.shape[1])
        for name in ("expected_loss", "realised", "still_open")
    }
    expected, realised = sums["expected_loss"].sum(), sums["realised"].sum()
    low = high = float("nan")
    carrying = int((sums["expected_loss"] > 0).sum())
    if carrying >= FEWEST_CUSTOMERS:
        below = weights @ sums["expected_loss"]
        drawn = (weights @ sums["realised"])[below > 0] / below[below > 0]
        if drawn.size and drawn.min() < drawn.max():
            low, high = (float(value) for value in np.quantile(drawn, [0.025, 0.975]))
    known = np.isfinite(low)
    return {
        "items": len(part),
        "customers": int(part["customer_id"].nunique()),
        "expected": float(expected),
        "realised": float(realised),
        "still_open": float(sums["still_open"].sum()),
        "ratio": float(realised / expected) if expected > 0 else float("nan"),
        "low": low,
        "high": high,
        "inside": bool(low <= 1 <= high) if known else None,
    }
