"""Method B, roll rates: the share of each bucket's money that moves on to the next, multiplied to the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.forecast.aging import aging_bucket, order_of
from arseg.schema import AGING_EDGES, AGING_NAMES, DataError, UsageError, require_columns

STEP: Final = 30
_TRACKED: Final = ("bucket", "next_bucket", "balance", "cash", "credited", "written_off", "open")


def track_step(
    outcomes: pd.DataFrame,
    days_past_due: pd.Series,
    *,
    edges: Sequence[int] = AGING_EDGES,
    names: Sequence[str] = AGING_NAMES,
) -> pd.DataFrame:
    """Return one step of tracked money: where the balance of each item stood, and where it went.

    Parameters
    ----------
    outcomes
        ``schema.OUTCOMES`` of items followed for one equal step (30 days with the usual buckets); ``segment`` is
        kept where present.
    days_past_due
        At the start of the step, in the order of the outcomes.
    edges, names
        Of the aging buckets.

    Returns
    -------
    frame
        ``customer_id``, ``segment``, ``bucket``, ``next_bucket`` (of what is still open), ``balance``, ``cash``,
        ``credited``, ``written_off`` (net of recoveries) and ``open``: the last four sum to the balance.

    Raises
    ------
    DataError
        If items were followed for different days: months are not equal, and a longer one rolls more.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"customer_id": ["a"], "balance": [100.0], "cash": [60.0], "credited": [0.0],
    ...                          "written_off": [0.0], "followed_days": [30]})
    >>> track_step(outcomes, pd.Series([5]))[["bucket", "next_bucket", "open"]].to_numpy().tolist()
    [['1-30', '31-60', 40.0]]
    """
    require_columns(
        outcomes.columns,
        ("customer_id", "balance", "cash", "credited", "written_off", "followed_days"),
        frame="outcomes",
    )
    steps = outcomes["followed_days"].unique()
    if len(steps) > 1:
        raise DataError(
            "the items were followed for different days",
            given=sorted(int(step) for step in steps)[:5],
            allowed=f"one step for all, {STEP} days with the usual buckets",
            do="observe outcomes until the key date + the step",
            code="uneven_steps",
        )
    step = int(steps[0]) if len(steps) else STEP
    days = days_past_due.to_numpy(dtype=np.int64)
    frame = outcomes[["customer_id", "balance", "cash", "credited", "written_off"]].assign(
        segment=outcomes.get("segment", "all"),
        bucket=aging_bucket(days, edges=edges, names=names),
        next_bucket=aging_bucket(days + step, edges=edges, names=names),
    )
    frame["open"] = frame["balance"] - frame["cash"] - frame["credited"] - frame["written_off"]
    return frame.reset_index(drop=True)


def roll_rates(
    tracked: pd.DataFrame,
    *,
    recovery: float = 0.0,
    by_segment: bool = True,
    names: Sequence[str] = AGING_NAMES,
) -> pd.DataFrame:
    """Return the rate of loss of each bucket from tracked roll rates.

    ``lost_b = written off + rolled on x lost_(b+1)``, each as a share of the money that left the bucket within a
    step; where write-offs come from the last bucket only, this is the product of the rolls. Money that stays (not yet
    due, or re-dated) is no roll. Money that jumps over a bucket counts as rolled into the next. All money of a bucket is
    taken as alike: a wide last bucket understates what has stood in it for long, see ``in_coarse_buckets``.

    Parameters
    ----------
    tracked
        From ``track_step``, the steps of 12 to 36 months one under the other.
    recovery
        Share of written-off money that comes back later; what came back within the step is off already.
    by_segment
        Whether each segment has its own rates.
    names
        Of the buckets, youngest first.

    Returns
    -------
    frame
        ``segment``, ``bucket``, ``reached`` (money that left the bucket), ``roll`` (share rolled on; in the last
        bucket the share written off), ``rate`` (NaN where nothing left a bucket from here on) and ``customers``.

    Raises
    ------
    DataError, UsageError
        If a column is missing, or recovery is no share.

    Examples
    --------
    >>> tracked = pd.DataFrame({"bucket": ["current", "over 30"], "next_bucket": ["over 30", "over 30"],
    ...     "balance": [1000.0, 100.0], "cash": [900.0, 60.0], "credited": 0.0, "written_off": [0.0, 40.0],
    ...     "open": [100.0, 0.0], "customer_id": "a"})
    >>> roll_rates(tracked, by_segment=False, names=["current", "over 30"])["rate"].round(6).tolist()
    [0.04, 0.4]
    """
    check_recovery(recovery)
    require_columns(
        tracked.columns, (*_TRACKED, "customer_id", *(["segment"] if by_segment else [])), frame="tracked"
    )
    place, onward = order_of(tracked["bucket"], names), order_of(tracked["next_bucket"], names)
    rows = tracked.assign(
        segment=tracked["segment"] if by_segment else "all",
        rolled=tracked["open"].where(onward > place, 0.0),
        left=tracked["balance"] - tracked["open"].where(onward <= place, 0.0),
    )
    grouped = rows.groupby(["segment", "bucket"])
    sums = grouped[["rolled", "left", "written_off"]].sum()
    sums["customers"] = grouped["customer_id"].nunique()
    cells = pd.MultiIndex.from_product([sorted(set(rows["segment"])), names], names=["segment", "bucket"])
    sums = sums.reindex(cells, fill_value=0)
    parts = [_chained(part, recovery) for _, part in sums.groupby(level="segment", sort=False)]
    found = pd.concat(parts) if parts else sums.assign(reached=0.0, roll=np.nan, rate=np.nan)
    return found.reset_index()[["segment", "bucket", "reached", "roll", "rate", "customers"]]


def check_recovery(recovery: float) -> None:
    """Refuse a recovery that is no share."""
    if not 0 <= recovery <= 1:
        raise UsageError(
            "the recovery is no share",
            given=recovery,
            allowed="0 to 1",
            do="write it as 0.1 for 10 %",
            code="recovery",
        )


def _chained(part: pd.DataFrame, recovery: float) -> pd.DataFrame:
    """Return the rates of one segment, multiplied from the oldest bucket back."""
    left = part["left"].where(part["left"] > 0).to_numpy()
    gone = (part["written_off"].clip(lower=0).to_numpy() / left) * (1 - recovery)
    on = part["rolled"].to_numpy() / left
    rate = np.full(len(part), np.nan)
    for place in reversed(range(len(part))):
        # Nothing rolled on: what comes after does not matter, even where it is not known.
        later = rate[place + 1] if place + 1 < len(part) else 0.0
        rate[place] = gone[place] + (on[place] * later if on[place] > 0 else 0.0)
    roll = on.copy()
    roll[-1] = (part["written_off"].clip(lower=0).to_numpy() / left)[-1]
    return part.assign(reached=part["left"], roll=roll, rate=np.clip(rate, 0, 1))
