"""Method B', an absorbing chain: cures and re-dated items go back, and the loss is what is absorbed in the end.

Cyert, Davidson and Thompson (1962): with Q the moves between buckets and R those out of the book, ``(I - Q)^-1 R``
is where a unit of money in each bucket ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.aging import order_of
from arseg.forecast.roll_rates import check_recovery
from arseg.schema import AGING_NAMES, DataError, require_columns

Values = npt.NDArray[np.float64]
ENDS = ("paid", "credited", "written off")


@dataclass(frozen=True)
class Transitions:
    """Where the money of each bucket goes within a step.

    Parameters
    ----------
    names
        Of the buckets, youngest first.
    money
        In each bucket at the start of the steps, shape (buckets,).
    matrix
        Shares that go to each bucket, then paid, credited, written off; shape (buckets, buckets + 3). Rows sum to 1;
        a bucket that never held money has a row of NaN.
    """

    names: tuple[str, ...]
    money: Values
    matrix: Values

    def lifetime(self) -> Values:
        """Return the share of each bucket's money that ends paid, credited and written off, shape (buckets, 3).

        NaN for buckets without history, and for those that lead to one.

        Raises
        ------
        DataError
            If money circles without ever leaving the book.
        """
        size = len(self.names)
        known = np.isfinite(self.matrix).all(axis=1)
        moves, out = np.nan_to_num(self.matrix[:, :size]), np.nan_to_num(self.matrix[:, size:])
        # A bucket without history swallows what comes in; whoever leads there cannot be known.
        unknown = np.where(known, 0.0, 1.0)
        try:
            ends = np.linalg.solve(np.eye(size) - moves, np.column_stack([out, unknown]))
        except np.linalg.LinAlgError:
            ends = np.full((size, len(ENDS) + 1), np.inf)
        if not np.isfinite(ends).all() or not np.allclose(ends.sum(axis=1), 1, atol=1e-6):
            raise DataError(
                "money circles without ever leaving the book",
                given=f"{size} buckets, {self.names[0]} to {self.names[-1]}",
                allowed="a way from every bucket to paid, credited or written off",
                do="add steps, or merge buckets",
                code="no_way_out",
            )
        return np.where(ends[:, -1:] > 0, np.nan, ends[:, :-1])


def transition_matrix(tracked: pd.DataFrame, *, names: Sequence[str] = AGING_NAMES) -> Transitions:
    """Return the transition matrix of tracked money, a ratio of sums over all its steps.

    Parameters
    ----------
    tracked
        From ``track_step``; ``next_bucket`` may lie before ``bucket`` where an item was re-dated.
    names
        Of the buckets, youngest first.

    Examples
    --------
    >>> tracked = pd.DataFrame({"bucket": ["current"], "next_bucket": ["current"], "balance": [100.0],
    ...                         "cash": [70.0], "credited": [10.0], "written_off": [5.0], "open": [15.0]})
    >>> transition_matrix(tracked, names=["current"]).lifetime().round(4).tolist()
    [[0.8235, 0.1176, 0.0588]]
    """
    require_columns(
        tracked.columns, ("bucket", "next_bucket", "cash", "credited", "written_off", "open"), frame="tracked"
    )
    size = len(names)
    place, onward = order_of(tracked["bucket"], names), order_of(tracked["next_bucket"], names)
    flows = np.zeros((size, size + len(ENDS)))
    np.add.at(flows, (place, onward), tracked["open"].to_numpy(dtype=np.float64))
    for column, name in enumerate(("cash", "credited", "written_off")):
        np.add.at(flows[:, size + column], place, tracked[name].to_numpy(dtype=np.float64))
    # Net of reversals or recoveries a flow can fall below zero in a thin bucket; a share cannot.
    flows = np.maximum(flows, 0.0)
    money = flows.sum(axis=1)
    shares = flows / np.where(money > 0, money, np.nan)[:, None]
    return Transitions(tuple(names), money, shares)


def transition_rates(
    tracked: pd.DataFrame,
    *,
    recovery: float = 0.0,
    by_segment: bool = True,
    names: Sequence[str] = AGING_NAMES,
) -> pd.DataFrame:
    """Return the rate of loss of each bucket from the absorbing chain.

    Parameters
    ----------
    tracked
        From ``track_step``, the steps of 12 to 36 months one under the other.
    recovery
        Share of written-off money that comes back later.
    by_segment
        Whether each segment has its own chain.
    names
        Of the buckets, youngest first.

    Returns
    -------
    frame
        ``segment``, ``bucket``, ``reached`` (money seen in the bucket), ``rate`` and ``customers``.

    Raises
    ------
    DataError
        If a column is missing or money circles without leaving the book.
    """
    check_recovery(recovery)
    require_columns(tracked.columns, ("customer_id", *(["segment"] if by_segment else [])), frame="tracked")
    rows = tracked.assign(segment=tracked["segment"] if by_segment else "all")
    parts = []
    for segment, part in rows.groupby("segment", sort=True):
        chain = transition_matrix(part, names=names)
        customers = part.groupby("bucket")["customer_id"].nunique().reindex(names).fillna(0)
        parts.append(
            pd.DataFrame(
                {
                    "segment": segment,
                    "bucket": list(names),
                    "reached": chain.money,
                    "rate": np.clip(chain.lifetime()[:, -1] * (1 - recovery), 0, 1),
                    "customers": customers.to_numpy(dtype=np.int64),
                }
            )
        )
    columns = ["segment", "bucket", "reached", "rate", "customers"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
