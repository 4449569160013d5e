"""Collectors' hours: who does what today, and what one more hour would be worth.

The team's hours are one pool, filled by value per minute; what does not fit is skipped for what
does. The result is within one treatment of the relaxation's bound, and never worse with more
minutes (science 4.6). What is chosen is then shared out, longest first, each to whoever has least to
do: two collectors' loads differ by one treatment at most. The team never exceeds its minutes; one
collector's own day may run over by less than one treatment where another's ends early.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.schema import UsageError, require_columns

# Sums of minutes that are not whole carry noise of this order.
_NOISE: Final = 1e-9

_NEEDS: Final = ("customer_id", "minutes", "expected_value")


@dataclass(frozen=True)
class Capacity:
    """The collectors and their hours.

    Parameters
    ----------
    collectors
        How many, or their names.
    hours_per_day
        Hours that each has for this work in a day.

    Raises
    ------
    UsageError
        If there is no collector, a name is empty or stands twice, or the hours are not within 0 to 24.

    Examples
    --------
    >>> Capacity(collectors=("Ana", "Ben"), hours_per_day=5.5).minutes
    660.0
    """

    collectors: int | tuple[str, ...] = 2
    hours_per_day: float = 6.0

    def __post_init__(self) -> None:
        declared: object = self.collectors
        if isinstance(declared, list):  # as YAML gives names
            object.__setattr__(self, "collectors", tuple(declared))
        if not _are_collectors(self.collectors):
            raise UsageError(
                "the collectors are neither a number nor names",
                given=repr(self.collectors),
                allowed="1 or more, or names that differ",
                do="write collectors: 2",
            )
        if not _are_hours(self.hours_per_day):
            raise UsageError(
                "hours_per_day is not a number of hours",
                given=repr(self.hours_per_day),
                allowed="0 to 24",
                do="write hours_per_day: 6",
            )
        object.__setattr__(self, "hours_per_day", float(self.hours_per_day))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the collectors; ``collector 1`` and so on where only their number is known."""
        if isinstance(self.collectors, tuple):
            return self.collectors
        return tuple(f"collector {number}" for number in range(1, self.collectors + 1))

    @property
    def minutes(self) -> float:
        """Minutes of the whole team in a day."""
        return 60 * self.hours_per_day * len(self.names)


def allocate(work: pd.DataFrame, capacity: Capacity) -> pd.DataFrame:
    """Choose what is done today and by whom.

    Parameters
    ----------
    work
        One row per customer: customer_id, minutes (> 0), expected_value (reporting currency).
    capacity
        The collectors and their hours.

    Returns
    -------
    frame
        Index of ``work``; on_today (boolean), collector (text, empty where not today). Work that is
        worth nothing is never done today.

    Raises
    ------
    DataError
        If a column is missing.
    """
    require_columns(work.columns, _NEEDS, frame="work")
    order = _best_first(work)
    chosen = _chosen(work, order, capacity.minutes)
    collector = _shared_out(work["minutes"].to_numpy(), [i for i in order if chosen[i]], capacity.names)
    return pd.DataFrame({"on_today": chosen, "collector": pd.array(collector, dtype="str")}, index=work.index)


def shadow_price(worklist: pd.DataFrame, capacity: Capacity) -> float:
    """Return what one more hour today would add to the expected value, in reporting currency.

    Parameters
    ----------
    worklist
        The worklist; only what collectors handle counts.
    capacity
        The collectors and their hours without the additional one.

    Raises
    ------
    DataError
        If a column is missing.
    """
    require_columns(worklist.columns, (*_NEEDS, "handling"), frame="worklist")
    work = worklist[worklist["handling"] == "collector"].reset_index(drop=True)
    order = _best_first(work)
    value = work["expected_value"].to_numpy(dtype="float64")
    now, then = (value[_chosen(work, order, capacity.minutes + more)].sum() for more in (0, 60))
    return round(float(then - now), 2)


def _best_first(work: pd.DataFrame) -> list[int]:
    """Return row positions by falling value per minute, ties by customer_id."""
    per_minute = work["expected_value"].to_numpy(dtype="float64") / work["minutes"].to_numpy(dtype="float64")
    keys = pd.DataFrame({"per_minute": -per_minute, "customer_id": work["customer_id"].to_numpy()})
    order: list[int] = keys.sort_values(["per_minute", "customer_id"]).index.tolist()
    return order


def _chosen(work: pd.DataFrame, order: list[int], minutes: float) -> np.ndarray:
    """Mark what is done within the minutes, shape (n,): in order, skipping what does not fit."""
    needed, value = work["minutes"].tolist(), work["expected_value"].tolist()
    chosen = np.zeros(len(work), dtype=bool)
    left = minutes + _NOISE
    for row in order:
        if value[row] > 0 and needed[row] <= left:
            chosen[row] = True
            left -= needed[row]
    return chosen


def _shared_out(minutes: np.ndarray, rows: list[int], names: tuple[str, ...]) -> list[str]:
    """Return a collector per row of ``minutes``; rows not among ``rows`` stay empty."""
    loads = [(0.0, place) for place in range(len(names))]
    collector = [""] * len(minutes)
    for row in sorted(rows, key=lambda row: -minutes[row]):
        load, place = heapq.heappop(loads)
        collector[row] = names[place]
        heapq.heappush(loads, (load + float(minutes[row]), place))
    return collector


def _are_collectors(value: object) -> bool:
    if isinstance(value, tuple):
        named = all(isinstance(name, str) and name.strip() for name in value)
        return named and 0 < len(value) == len(set(value))
    return not isinstance(value, bool) and isinstance(value, int) and value >= 1


def _are_hours(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float)) and 0 <= value <= 24
