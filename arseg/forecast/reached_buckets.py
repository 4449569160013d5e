"""Method A, vintages: of the money that ever reached a bucket, the share that was lost (science 5.6).

Transparent and easy to audit: every rate is a ratio of two sums over finished invoices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.aging import aging_bucket, check_buckets, order_of
from arseg.schema import AGING_EDGES, AGING_NAMES, DataError, require_columns
from arseg.schema.places import places_of

# +1 takes off the balance, -1 puts it back.
_TAKES_OFF: Final = {"payment": 1, "credit_note": 1, "write_off": 1, "recovery": 0, "reversal": -1}
_LOSES: Final = {"write_off": 1, "recovery": -1}
# Less than half a cent is nothing.
_NOTHING: Final = 0.005
ALL: Final = "all"


@dataclass(frozen=True)
class Vintages:
    """Which invoices are finished, and what of them is lost.

    Parameters
    ----------
    followed_to
        Last day that the postings cover.
    mature_days
        Days after due until an invoice tells its loss; younger ones are left out.
    unpaid_is_lost
        Whether what is still open ``mature_days`` after due counts as lost, beside what was written off.
    edges, names
        Of the aging buckets.
    """

    followed_to: pd.Timestamp
    mature_days: int = 365
    unpaid_is_lost: bool = True
    edges: Sequence[int] = AGING_EDGES
    names: Sequence[str] = AGING_NAMES

    def __post_init__(self) -> None:
        check_buckets(self.edges, self.names)


def reached_buckets(invoices: pd.DataFrame, postings: pd.DataFrame, vintages: Vintages) -> pd.DataFrame:
    """Return the balance with which each finished invoice reached each bucket, and what of it was lost.

    Parameters
    ----------
    invoices
        ``invoice_id``, ``customer_id``, ``due_date``, ``amount`` and, where known, ``segment``.
    postings
        ``invoice_id``, ``kind``, ``amount`` (> 0), ``value_date``. Credit notes take off the balance and are no
        loss; recoveries take off the loss; reversals put a payment back.
    vintages
        What is finished.

    Returns
    -------
    frame
        ``invoice_id``, ``customer_id``, ``segment``, ``bucket``, ``reached`` and ``lost``, the loss after reaching
        it. The first bucket is reached with the invoice's amount, a later one with what is open at the end of its
        first day.

    Raises
    ------
    DataError
        If a column is missing, a kind is unknown, or no invoice is finished.
    """
    require_columns(invoices.columns, ("invoice_id", "customer_id", "due_date", "amount"), frame="invoices")
    require_columns(postings.columns, ("invoice_id", "kind", "amount", "value_date"), frame="postings")
    _known_kinds(postings)
    mature = _finished(invoices, vintages)
    moved = _moves(mature, postings)
    moved = moved[moved["day"] <= vintages.mature_days]
    parts = []
    amount = mature["amount"].to_numpy(dtype=np.float64)
    ended = _by_invoice(moved, "off", len(mature))
    unpaid = np.maximum(amount - ended, 0.0) if vintages.unpaid_is_lost else np.zeros(len(mature))
    for place, name in enumerate(vintages.names):
        start = -np.inf if place == 0 else vintages.edges[place - 1]
        # What clears an item on the first day of a bucket keeps it out of the bucket.
        late = moved["day"] > start
        left = amount - _by_invoice(moved[~late], "off", len(mature))
        lost = np.minimum(_by_invoice(moved[late], "lost", len(mature)) + unpaid, left)
        rows = np.flatnonzero(left > _NOTHING)
        own = mature[["invoice_id", "customer_id", "segment"]].take(rows)
        parts.append(own.assign(reached=left[rows], lost=lost[rows], bucket=name))
    return pd.concat(parts, ignore_index=True)


def standing_buckets(
    outcomes: pd.DataFrame,
    days_past_due: pd.Series,
    *,
    edges: Sequence[int] = AGING_EDGES,
    names: Sequence[str] = AGING_NAMES,
) -> pd.DataFrame:
    """Return the same frame from what stood in each bucket on past key dates, instead of what entered it.

    A book is provided for as it stands. What stands in a bucket has been there for a while and is worse than what
    enters it, so rates of entries understate it where most money leaves a bucket soon after it came.

    Parameters
    ----------
    outcomes
        ``schema.OUTCOMES`` of past key dates, one under the other, followed for the lifetime; ``segment`` is kept
        where present. What was written off, net of recoveries, is lost.
    days_past_due
        At the key date, in the order of the outcomes.
    edges, names
        Of the aging buckets.

    Returns
    -------
    frame
        ``invoice_id``, ``customer_id``, ``segment``, ``bucket``, ``reached`` (the balance) and ``lost``.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"invoice_id": ["i"], "customer_id": ["a"], "balance": [100.0], "written_off": [25.0]})
    >>> standing_buckets(outcomes, pd.Series([40]))[["bucket", "reached", "lost"]].to_numpy().tolist()
    [['31-60', 100.0, 25.0]]
    """
    require_columns(
        outcomes.columns, ("invoice_id", "customer_id", "balance", "written_off"), frame="outcomes"
    )
    frame = outcomes[["invoice_id", "customer_id"]].assign(
        segment=outcomes.get("segment", ALL),
        bucket=aging_bucket(days_past_due.to_numpy(dtype=np.int64), edges=edges, names=names),
        reached=outcomes["balance"].astype("float64"),
        lost=outcomes["written_off"].astype("float64"),
    )
    return frame.reset_index(drop=True)


def reached_rates(
    reached: pd.DataFrame, *, by_segment: bool = True, names: Sequence[str] = AGING_NAMES
) -> pd.DataFrame:
    """Return the rate of loss of each bucket: lost over reached.

    Parameters
    ----------
    reached
        ``bucket``, ``reached`` and ``lost``; ``segment`` with ``by_segment``, ``customer_id`` for the count.
    by_segment
        Whether each segment has its own rates.
    names
        Of the buckets, youngest first; each gets a row per segment.

    Returns
    -------
    frame
        ``segment``, ``bucket``, ``reached``, ``lost``, ``rate`` (NaN where nothing ever reached it) and
        ``customers``.

    Examples
    --------
    Sales of 100,000 of which 2,000 were never paid (science 5.6).

    >>> seen = pd.DataFrame({"bucket": AGING_NAMES, "reached": [100_000, 50_000, 23_000, 8_000, 2_000], "lost": 2_000})
    >>> (100 * reached_rates(seen, by_segment=False)["rate"]).round(4).tolist()
    [2.0, 4.0, 8.6957, 25.0, 100.0]
    """
    require_columns(
        reached.columns, ("bucket", "reached", "lost", *(["segment"] if by_segment else [])), frame="reached"
    )
    bucket = order_of(reached["bucket"], names)
    whole = pd.Series(ALL, index=reached.index)
    segment, segments = pd.factorize(reached["segment"] if by_segment else whole, sort=True)
    cell = segment * len(names) + bucket
    cells = pd.MultiIndex.from_product([[*segments], names], names=["segment", "bucket"])
    # Summed by number, and as pandas sums: no digit is lost over millions of rows.
    sums = reached[["reached", "lost"]].groupby(cell).sum().reindex(range(len(cells)), fill_value=0)
    sums = sums.set_axis(cells).reset_index()
    sums["customers"] = _customers(reached, cell, len(cells))
    # Recoveries above the loss are possible; a rate below 0 is not.
    share = sums["lost"].clip(lower=0) / sums["reached"].where(sums["reached"] > 0)
    sums["rate"] = share.clip(upper=1.0)
    return sums[["segment", "bucket", "reached", "lost", "rate", "customers"]]


def _known_kinds(postings: pd.DataFrame) -> None:
    unknown = sorted({*postings["kind"].unique()} - _TAKES_OFF.keys())
    if unknown:
        raise DataError(
            "a posting has an unknown kind",
            given=unknown,
            allowed=list(_TAKES_OFF),
            do="rename it on reading",
            code="unknown_kind",
        )


def _finished(invoices: pd.DataFrame, vintages: Vintages) -> pd.DataFrame:
    last = pd.to_datetime(invoices["due_date"]) + pd.Timedelta(days=vintages.mature_days)
    mature = invoices[last <= vintages.followed_to]
    if mature.empty:
        raise DataError(
            "no invoice is finished",
            given=f"{len(invoices)} invoices, followed to {vintages.followed_to:%Y-%m-%d}",
            allowed=f"one or more due {vintages.mature_days} days before",
            do="load more history or shorten mature_days",
            code="no_mature_invoice",
        )
    if "segment" not in mature:
        mature = mature.assign(segment=ALL)
    return mature.reset_index(drop=True)


def _moves(mature: pd.DataFrame, postings: pd.DataFrame) -> pd.DataFrame:
    """Return the postings of finished invoices: whose, the day counted from due, what each takes off and what it loses."""
    place = places_of(postings["invoice_id"], mature["invoice_id"])
    rows, place = postings[place >= 0], place[place >= 0]
    due = pd.to_datetime(mature["due_date"]).to_numpy()[place]
    amount = rows["amount"].to_numpy(dtype=np.float64)
    code, kinds = pd.factorize(rows["kind"])
    off = np.array([_TAKES_OFF[kind] for kind in kinds], dtype=np.float64)
    lost = np.array([_LOSES.get(kind, 0) for kind in kinds], dtype=np.float64)
    return pd.DataFrame(
        {
            "place": place,
            "day": (pd.to_datetime(rows["value_date"]).to_numpy() - due) / np.timedelta64(1, "D"),
            "off": amount * off[code],
            "lost": amount * lost[code],
        }
    )


def _by_invoice(moved: pd.DataFrame, name: str, invoices: int) -> npt.NDArray[np.float64]:
    """Return the sum of a column of some postings by finished invoice."""
    return np.bincount(moved["place"], moved[name], invoices).astype(np.float64)


def _customers(reached: pd.DataFrame, cell: npt.NDArray[np.int64], cells: int) -> npt.NDArray[np.int64]:
    """Return how many different customers there are in each cell; one where nobody says whose the money is."""
    if "customer_id" not in reached:
        return np.minimum(np.bincount(cell, minlength=cells), 1)
    code, names = pd.factorize(reached["customer_id"])
    seen = np.zeros((cells, len(names)), dtype=np.bool_)
    seen[cell[code >= 0], code[code >= 0]] = True
    return seen.sum(axis=1, dtype=np.int64)
