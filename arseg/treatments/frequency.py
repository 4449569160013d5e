"""Those who are not reached today: when each will be, and how much of the list is yesterday's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import parse_day, require_columns
from arseg.treatments.allocation_capacity import Capacity, Collector
from arseg.treatments.knapsack import NOISE, why_nobody
from arseg.treatments.worklist_why import counted

_NEEDS: Final = ("customer_id", "minutes", "expected_value", "handling", "on_today")

# Days that are named in the sentence; of later ones only the last.
_NAMED: Final = 3


def plan_reach(
    worklist: pd.DataFrame, capacity: Capacity, *, key_date: str | dt.date, closed: Iterable[dt.date] = ()
) -> pd.DataFrame:
    """Return when each customer who waits for a collector will be reached at the present hours.

    By value per minute, each to the collector who can reach him first (his own, where that is no later), as if
    nothing new came and nobody were treated twice: new and dearer work will push it back. Who is held
    back, is not worth the cost, or has nobody who can do it, is not planned.

    Parameters
    ----------
    worklist
        From ``build_worklist``.
    capacity
        The collectors and their hours.
    key_date
        The day of the worklist; the plan starts on the next working day (Monday to Friday).
    closed
        Further days on which nobody works.

    Returns
    -------
    frame
        customer_id, collector, reach_on (datetime64), working_days (1 is the next one); by day, then by value
        per minute.

    Raises
    ------
    DataError
        If a column is missing.
    UsageError
        If the key date is not a day.
    """
    require_columns(worklist.columns, _NEEDS, frame="worklist")
    waiting = _waiting(worklist, capacity)
    queue = _Queue(capacity)
    kinds = (_words(waiting, name) for name in ("portfolio", "language", "handling", "owner"))
    turns = [queue.take(*row) for row in zip(waiting["minutes"].tolist(), *kinds, strict=True)]
    days = np.array([turn[0] for turn in turns], dtype="int64")
    first = np.datetime64(parse_day(key_date), "D")
    off = np.array(sorted(closed), dtype="datetime64[D]")
    # On a weekend the next working day is the first, so the offset counts from the day before it.
    start = np.busday_offset(first, 0, roll="backward", holidays=off)
    reach_on = np.busday_offset(start, days, holidays=off)
    plan = pd.DataFrame(
        {
            "customer_id": waiting["customer_id"].to_numpy(),
            "collector": pd.array([turn[1] for turn in turns], dtype="str"),
            "reach_on": reach_on.astype("datetime64[s]"),
            "working_days": days,
        }
    )
    return plan.sort_values("working_days", kind="stable", ignore_index=True)


def plan_in_words(plan: pd.DataFrame) -> str:
    """Return the plan as a sentence.

    Examples
    --------
    >>> plan_in_words(pd.DataFrame({"reach_on": pd.to_datetime(["2026-11-02"] * 2 + ["2026-11-03"])}))
    '3 customers wait; at the present hours 2 are reached on Mon 2026-11-02 and 1 on Tue 2026-11-03, if nothing
    new comes first.'
    """
    if plan.empty:
        return "Nobody who is worth a collector's time waits for it."
    by_day = plan["reach_on"].value_counts().sort_index()
    named = [f"{n:,d} on {day:%a %Y-%m-%d}" for day, n in by_day.head(_NAMED).items()]
    verb = "is" if by_day.iloc[0] == 1 else "are"
    named[0] = named[0].replace(" on ", f" {verb} reached on ", 1)
    if len(by_day) > _NAMED:
        named.append(f"the last on {by_day.index[-1]:%a %Y-%m-%d}")
    days = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    who = counted(len(plan), "customer")
    return f"{who} {'waits' if len(plan) == 1 else 'wait'}; at the present hours {days}, if nothing new comes first."


def list_overlap(today: pd.DataFrame, before: pd.DataFrame) -> float:
    """Return how much of two days' lists is the same: customers on both / customers on either (Jaccard).

    Only work of the day that takes collectors' minutes counts; 1 where both lists are empty.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> today = pd.DataFrame({"customer_id": ["A", "B"], "minutes": 5.0, "on_today": True})
    >>> list_overlap(today, today.assign(customer_id=["B", "C"]))
    0.3333333333333333
    """
    lists = []
    for frame, name in ((today, "today's worklist"), (before, "the worklist before")):
        require_columns(frame.columns, ("customer_id", "minutes", "on_today"), frame=name)
        lists.append(set(frame.loc[frame["on_today"] & (frame["minutes"] > 0), "customer_id"]))
    either = lists[0] | lists[1]
    return len(lists[0] & lists[1]) / len(either) if either else 1.0


def _waiting(worklist: pd.DataFrame, capacity: Capacity) -> pd.DataFrame:
    waits = ~worklist["on_today"] & (worklist["minutes"] > 0) & (worklist["expected_value"] > 0)
    if "held" in worklist.columns:
        waits &= worklist["held"].fillna("") == ""
    work = worklist[waits]
    work = work[why_nobody(work, capacity) == ""]
    keys = pd.DataFrame({"per_minute": -work["expected_value"] / work["minutes"], "id": work["customer_id"]})
    return work.loc[keys.sort_values(["per_minute", "id"]).index]


def _words(work: pd.DataFrame, name: str) -> list[str]:
    return work[name].fillna("").tolist() if name in work.columns else [""] * len(work)


class _Queue:
    """How far each collector's next days are taken: the day, and the minutes and customers left of it."""

    def __init__(self, capacity: Capacity) -> None:
        self.team = capacity.team
        self.room = np.array(capacity.minutes_each)
        self.most = np.array([np.inf if c.max_customers is None else c.max_customers for c in self.team])
        self.day = np.ones(len(self.team), dtype="int64")
        self.left, self.slots = self.room + NOISE, self.most.copy()
        self.able: dict[tuple[str, str, str], np.ndarray] = {}

    def take(
        self, minutes: float, portfolio: str, language: str, handling: str, owner: str
    ) -> tuple[int, str]:
        """Return the day, 1 and up, and the collector who reaches a customer first."""
        key = (portfolio, language, handling)
        if key not in self.able:
            self.able[key] = np.array([_can(c, *key) for c in self.team])
        able = self.able[key] & (self.room + NOISE >= minutes) & (self.most >= 1)
        day = np.where((self.left >= minutes) & (self.slots >= 1), self.day, self.day + 1)
        own = np.array([collector.name == owner for collector in self.team]) if owner else np.zeros(len(able))
        # The earliest day; then the owner; then whoever has most of it left.
        order = np.lexsort(
            (-self.left, -np.asarray(own, dtype="float64"), np.where(able, day, np.iinfo("int64").max))
        )
        who = int(order[0])
        if day[who] > self.day[who]:
            self.day[who] += 1
            self.left[who], self.slots[who] = self.room[who] + NOISE, self.most[who]
        self.left[who] -= minutes
        self.slots[who] -= 1
        return int(day[who]), self.team[who].name


def _can(collector: Collector, portfolio: str, language: str, handling: str) -> bool:
    return collector.takes(portfolio=portfolio, language=language, skill=handling)
