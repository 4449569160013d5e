"""What each published segment is like: sizes, ages and lateness of its customers, for the report and to recompute it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from arseg.schema import SEGMENTS

if TYPE_CHECKING:
    from arseg.runs.journal import Run


def profiles_of(run: Run, policy: str) -> pd.DataFrame:
    """Return one row per segment, riskiest first.

    Parameters
    ----------
    run
        With the scores and the segments that its stages saved.
    policy
        The policy that segments, as written.
    """
    segmentations = run.load("segmentations")
    own = segmentations[segmentations["policy"] == policy][["customer_id", "segment"]]
    return profile(own.merge(run.load("customer_scores"), on="customer_id"))


def profile(customers: pd.DataFrame) -> pd.DataFrame:
    """Return size, age and lateness of each segment; shares are ratios of sums.

    Parameters
    ----------
    customers
        One row per customer with ``segment`` and the columns of ``customer_scores``.

    Examples
    --------
    >>> one = dict(open_count=1, disputed_balance=0.0, cleared_count=4.0, late_share=0.5)
    >>> rows = [dict(one, segment="High", open_balance=30.0, overdue_balance=15.0, oldest_days_past_due=9),
    ...         dict(one, segment="High", open_balance=10.0, overdue_balance=5.0, oldest_days_past_due=1)]
    >>> told = profile(pd.DataFrame(rows)).iloc[0]
    >>> told["overdue_share"], told["largest_share"], told["median_oldest"]
    (np.float64(0.5), np.float64(0.75), np.float64(5.0))
    """
    frame = customers.assign(late=(customers["late_share"] * customers["cleared_count"]))
    known = frame.assign(cleared=frame["cleared_count"].where(frame["late"].notna()))
    groups = known.groupby("segment")
    money = groups[["open_balance", "overdue_balance", "disputed_balance", "late", "cleared"]].sum()
    names = [segment for segment in SEGMENTS if segment in money.index]
    told = pd.DataFrame(
        {
            "customers": groups.size(),
            "items": groups["open_count"].sum(),
            "median_balance": groups["open_balance"].median(),
            "median_oldest": groups["oldest_days_past_due"].median(),
            "overdue_share": money["overdue_balance"] / money["open_balance"],
            "disputed_share": money["disputed_balance"] / money["open_balance"],
            "late_share": money["late"] / money["cleared"],
            "largest_share": groups["open_balance"].max() / money["open_balance"],
        }
    )
    return told.reindex(names).rename_axis("segment").reset_index()
