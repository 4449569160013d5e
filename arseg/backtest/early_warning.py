"""Early warning: how many days before the event the first alarm came, and how many alarms were for nothing.

A low threshold warns early and often, a high one late and seldom; both stand on one curve (capabilities S36, G17).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import DataError, UsageError, require_columns

DAYS: Final = 365.25
_COLUMNS: Final = (
    "threshold",
    "events",
    "warned",
    "warned_share",
    "lead_days",
    "alarms",
    "false_alarms",
    "customer_years",
    "false_per_100_customer_years",
)


def warning_curve(
    scores: pd.DataFrame,
    events: pd.DataFrame,
    *,
    thresholds: Sequence[float],
    within_days: int = 180,
    followed_to: pd.Timestamp,
) -> pd.DataFrame:
    """Return, for each threshold, how early an alarm comes and how often it is false.

    An alarm begins on the key date on which the risk reaches the threshold and did not on the one before, and lasts
    until it falls below it. An event is warned of when an alarm that was on at the last key date before it began no
    more than ``within_days`` before; its lead is the days from that beginning to the event. An alarm is false when
    no event of its customer follows within ``within_days`` of its beginning; alarms that could not yet be proven
    false are left out.

    Parameters
    ----------
    scores
        ``customer_id``, ``key_date`` and ``risk`` of every key date on which the customer was scored.
    events
        ``customer_id`` and ``day``: write-off, insolvency, more than 90 days late. The first of each customer counts.
    thresholds
        Of the risk.
    within_days
        How long an alarm may precede its event.
    followed_to
        Last day on which an event would have been known.

    Returns
    -------
    frame
        One row per threshold, ascending: ``threshold, events, warned, warned_share, lead_days`` (median of the
        warned, NaN for none), ``alarms, false_alarms, customer_years, false_per_100_customer_years``. Customer-years
        are those between the first and the last key date of each customer, up to its event.

    Raises
    ------
    DataError
        If a column is missing or a customer is scored twice on a day.
    UsageError
        If there is no threshold, or the days are not positive.
    """
    require_columns(scores.columns, ("customer_id", "key_date", "risk"), frame="scores")
    require_columns(events.columns, ("customer_id", "day"), frame="events")
    if not len(thresholds) or within_days < 1:
        raise UsageError(
            "nothing to warn by",
            given=f"{len(thresholds)} thresholds, {within_days} days",
            allowed="one threshold or more, one day or more",
            do="give thresholds such as 0.1, 0.2, 0.5",
        )
    if scores.duplicated(["customer_id", "key_date"]).any():
        twice = scores[scores.duplicated(["customer_id", "key_date"])].iloc[0]
        raise DataError(
            "a customer is scored twice on a day",
            given=f"{twice['customer_id']}, {twice['key_date']}",
            allowed="one risk per customer and key date",
            do="score each key date once",
        )
    seen = _before_event(scores, events)
    span = seen.groupby("customer_id")["key_date"].agg(["min", "max"])
    years = float((span["max"] - span["min"]).dt.days.sum() / DAYS)
    rows = [_at(seen, float(t), within_days, pd.Timestamp(followed_to), years) for t in sorted(thresholds)]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _before_event(scores: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return the scores before each customer's first event, with its day, sorted."""
    first = events.groupby("customer_id")["day"].min()
    seen = scores.assign(event=pd.to_datetime(scores["customer_id"].map(first)))
    seen = seen[seen["event"].isna() | (seen["key_date"] < seen["event"])]
    return seen.sort_values(["customer_id", "key_date"], ignore_index=True)


def _at(
    seen: pd.DataFrame, threshold: float, within: int, followed_to: pd.Timestamp, years: float
) -> tuple[float, ...]:
    on = seen["risk"] >= threshold
    same = seen["customer_id"] == seen["customer_id"].shift()
    begins = on & ~(same & on.shift(fill_value=False))
    begun = seen["key_date"].where(begins).groupby([seen["customer_id"], begins.cumsum()]).transform("first")
    last = seen["customer_id"] != seen["customer_id"].shift(-1)
    ending = seen[last & seen["event"].notna()]
    lead = (ending["event"] - begun[ending.index]).dt.days
    warned = on[ending.index] & (lead <= within)
    alarms = seen[begins]
    to_event = (alarms["event"] - alarms["key_date"]).dt.days
    told = to_event.notna() | ((followed_to - alarms["key_date"]).dt.days >= within)
    false = told & ~(to_event <= within)
    count = len(ending)
    return (
        threshold,
        count,
        int(warned.sum()),
        float(warned.mean()) if count else float("nan"),
        float(np.median(lead[warned])) if warned.any() else float("nan"),
        int(told.sum()),
        int(false.sum()),
        years,
        100 * float(false.sum()) / years if years > 0 else float("nan"),
    )
