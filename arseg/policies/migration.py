"""Who moved between segments from one review to the next: the migration matrix with intervals (G13)."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd

from arseg.policies.levels import levels_of
from arseg.schema import SEGMENTS, DataError, require_columns

_CELLS: Final = len(SEGMENTS) ** 2
# High first, as SEGMENTS is.
_TOP: Final = len(SEGMENTS) - 1


def pairs(history: pd.DataFrame, *, segment: str = "segment") -> pd.DataFrame:
    """Return every two consecutive reviews of a customer, sorted by customer and day.

    Parameters
    ----------
    history
        One row per customer and key date: customer_id, key_date, the segment and, where receivables
        shall count too, open_balance (reporting currency).
    segment
        Which column holds the segment: ``raw_segment`` is that before hysteresis.

    Returns
    -------
    frame
        customer_id, since (the earlier day), key_date, before, after, open_balance (at the earlier day;
        NaN where the history has none).

    Raises
    ------
    DataError
        If a column is missing or a customer stands twice on a day.

    Examples
    --------
    >>> history = pd.DataFrame({"customer_id": ["A", "A"], "key_date": ["2026-01-31", "2026-02-28"],
    ...                         "segment": ["Low", "High"]})
    >>> pairs(history)[["before", "after"]].to_numpy().tolist()
    [['Low', 'High']]
    """
    require_columns(history.columns, ("customer_id", "key_date", segment), frame="history of reviews")
    frame = history.assign(key_date=pd.to_datetime(history["key_date"]))
    frame = frame.sort_values(["customer_id", "key_date"], ignore_index=True)
    if frame.duplicated(["customer_id", "key_date"]).any():
        raise DataError(
            "history of reviews: a customer stands twice on a day",
            given=frame.loc[frame.duplicated(["customer_id", "key_date"]), "customer_id"].head(3).tolist(),
            allowed="one row per customer and key date",
            do="keep the rows of one policy",
        )
    balance = frame["open_balance"] if "open_balance" in frame else pd.Series(np.nan, frame.index)
    found = pd.DataFrame(
        {
            "customer_id": frame["customer_id"],
            "since": frame["key_date"].shift(),
            "key_date": frame["key_date"],
            "before": frame[segment].shift(),
            "after": frame[segment],
            "open_balance": balance.shift(),
        }
    )
    return found[frame["customer_id"] == frame["customer_id"].shift()].reset_index(drop=True)


def migration(found: pd.DataFrame, *, draws: int = 500, seed: int = 20260131) -> pd.DataFrame:
    """Return the migration matrix, a row per cell, by count and by receivables, with 95 % intervals.

    The shares of one ``before`` sum to 1; they are NaN where no customer (no receivable) was there.
    Intervals resample customers, each with all its reviews, since those of one customer are alike.

    Parameters
    ----------
    found
        What ``pairs`` returned.
    draws
        Bootstrap draws.
    seed
        Their seed.

    Returns
    -------
    frame
        before, after, moves (pairs of reviews), open_balance (sum), share, share_low, share_high,
        balance_share, balance_share_low, balance_share_high.

    Examples
    --------
    >>> history = pd.DataFrame({"customer_id": ["A", "A", "B", "B"], "open_balance": [90.0, 0, 10, 0],
    ...                         "key_date": ["2026-01-31", "2026-02-28"] * 2,
    ...                         "segment": ["Low", "High", "Low", "Low"]})
    >>> migration(pairs(history)).query("before == 'Low'")[["after", "share", "balance_share"]]
        after  share  balance_share
    6    High    0.5            0.9
    7  Medium    0.0            0.0
    8     Low    0.5            0.1
    """
    cell = (_TOP - levels_of(found["before"])) * len(SEGMENTS) + _TOP - levels_of(found["after"])
    ones, balance = np.ones(len(found)), found["open_balance"].to_numpy(dtype="float64")
    who, customers = pd.factorize(found["customer_id"])
    rng = np.random.default_rng(seed)
    drawn: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for _ in range(draws if len(customers) else 0):
        times = np.bincount(rng.integers(0, len(customers), len(customers)), minlength=len(customers))[who]
        for kept, value in zip(drawn, (ones, balance), strict=True):
            kept.append(_shares(np.bincount(cell, times * value, _CELLS)))
    frame = pd.DataFrame(
        {"before": np.repeat(SEGMENTS, len(SEGMENTS)), "after": np.tile(SEGMENTS, len(SEGMENTS))}, dtype="str"
    )
    frame["moves"] = np.bincount(cell, minlength=_CELLS)
    frame["open_balance"] = np.bincount(cell, balance, _CELLS)
    for name, value, kept in (("share", ones, drawn[0]), ("balance_share", balance, drawn[1])):
        frame[name] = _shares(np.bincount(cell, value, _CELLS))
        frame[f"{name}_low"], frame[f"{name}_high"] = _interval(kept)
    return frame


def matrix(moved: pd.DataFrame, by: Literal["share", "balance_share"] = "share") -> pd.DataFrame:
    """Return the cells of ``migration`` as a matrix: a row per segment before, a column per segment after."""
    square = moved.pivot_table(index="before", columns="after", values=by, dropna=False, sort=False)
    return square.reindex(index=SEGMENTS, columns=SEGMENTS)


def mobility(square: pd.DataFrame) -> float:
    """Return M_SVD, the mean singular value of P - I (Jafry & Schuermann 2003; science 5.1).

    0 where nobody moves. A segment in which nobody was counts as one that nobody leaves.

    Parameters
    ----------
    square
        What ``matrix`` returned; rows sum to 1 or are NaN.

    Examples
    --------
    >>> half = pd.DataFrame([[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]], SEGMENTS, SEGMENTS)
    >>> round(mobility(half), 6)
    0.235702
    """
    moves = square.to_numpy(dtype="float64") - np.eye(len(square))
    return float(np.linalg.svd(np.nan_to_num(moves), compute_uv=False).mean())


def _shares(sums: np.ndarray) -> np.ndarray:
    """Return the cells as shares of their row; NaN where the row is empty."""
    rows = sums.reshape(len(SEGMENTS), -1)
    total = rows.sum(axis=1, keepdims=True)
    return np.divide(rows, total, out=np.full(rows.shape, np.nan), where=total > 0).ravel()


def _interval(drawn: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the 2.5 % and 97.5 % quantiles of each cell over the draws in which its row was not empty."""
    low, high = np.full(_CELLS, np.nan), np.full(_CELLS, np.nan)
    stacked = np.array(drawn).reshape(-1, _CELLS)
    seen = ~np.isnan(stacked)
    for place in np.flatnonzero(seen.any(axis=0)):
        low[place], high[place] = np.quantile(stacked[seen[:, place], place], [0.025, 0.975])
    return low, high
