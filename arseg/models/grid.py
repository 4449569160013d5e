"""The due-relative interval grid and the person-period rows cut by it.

An item's residual time is cut where its days past due cross fixed edges: weekly long before the due
date, daily from five days before to two weeks after, then ever coarser (science 3.2). Items of
different age therefore have different intervals, and an interval knows its due-relative age.

Days of payment runs that share an interval cannot be told apart: a book with enough payments to learn
more is cut daily from two weeks before to a month after the due date, the fine grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from arseg.models.protocol import LAST_DAY, Integers, Numbers, check_times
from arseg.schema import DataError

INTERVAL_COLUMNS: Final = (
    "interval_due_age",
    "interval_length",
    "interval_elapsed",
    "interval_weekday",
    "interval_month_day",
    "interval_to_month_end",
    "interval_business_days",
)

# What every person-period row ends with: its days past the customer's habit, then its interval's own.
PAST_HABIT: Final = "interval_past_habit"
ROW_COLUMNS: Final = (PAST_HABIT, *INTERVAL_COLUMNS)

# Days past due at which an interval ends, between the weekly and the monthly part.
_PLAIN: Final = (*range(-5, 15), 17, 21, 24, 28, 31, 35, 38, 42, 45, 52, 59, 66, 73, 80, 87, 90)
_FINE: Final = (*range(-14, 32), 35, 38, 42, 45, 52, 59, 66, 73, 80, 87, 90)
_WEEK: Final = 7
_MONTH: Final = 30
_FARTHEST: Final = 36_525


@dataclass(frozen=True)
class Periods:
    """Person-period rows: one per item and interval, sorted by item and time.

    Parameters
    ----------
    item
        Position of the row's item, shape (rows,).
    start, end
        The interval (start, end] in days after the key date, shape (rows,).
    items
        Number of items.
    """

    item: Integers
    start: Integers
    end: Integers
    items: int

    @property
    def is_last(self) -> npt.NDArray[np.bool_]:
        """Whether a row is the last of its item."""
        return np.append(self.item[1:] != self.item[:-1], np.ones(min(len(self.item), 1), dtype=bool))

    @property
    def position(self) -> Integers:
        """Position of a row within its item, from 0."""
        counts = np.bincount(self.item, minlength=self.items)
        return np.arange(len(self.item)) - np.repeat(np.cumsum(counts) - counts, counts)

    def take(self, rows: npt.NDArray[np.bool_]) -> Periods:
        """Return only the marked rows."""
        return Periods(self.item[rows], self.start[rows], self.end[rows], self.items)


def due_edges(low: int, high: int, *, fine: bool = False) -> Integers:
    """Return the days past due at which intervals end, from below ``low`` to at least ``high``.

    Examples
    --------
    >>> due_edges(-20, 0)[:8].tolist()
    [-26, -19, -12, -5, -4, -3, -2, -1]
    >>> due_edges(20, 100)[-5:].tolist()
    [73, 80, 87, 90, 120]
    """
    dense = _FINE if fine else _PLAIN
    before = np.arange(dense[0] - _WEEK * (max(dense[0] - low, 0) // _WEEK + 1), dense[0], _WEEK)
    after = np.arange(dense[-1] + _MONTH, max(high, dense[-1]) + _MONTH + 1, _MONTH)
    return np.concatenate([before, dense, after]).astype(np.int64)


def _spans(age: Integers, upto: Integers, *, fine: bool) -> tuple[Integers, Integers, Integers]:
    """Return the edges, and per item the index of its first edge and its number of intervals."""
    if len(age) and np.abs(age).max() > _FARTHEST:
        raise DataError(
            "an item is impossibly far from its due date",
            given=f"{int(age[np.abs(age).argmax()])} days past due",
            allowed=f"within {_FARTHEST} days",
            do="mend its due date",
        )
    edges = due_edges(int(age.min(initial=0)), int((age + upto).max(initial=0)), fine=fine)
    first = np.searchsorted(edges, age, side="right")
    return edges, first, np.searchsorted(edges, age + upto, side="left") - first + 1


def count_periods(days_past_due: Integers, upto: Integers, *, fine: bool = False) -> int:
    """Return how many rows ``expand`` would give, without making them."""
    return int(_spans(days_past_due, np.minimum(upto, LAST_DAY), fine=fine)[2].sum())


def expand(days_past_due: Integers, upto: Integers, *, fine: bool = False) -> Periods:
    """Cut each item's days 1 to ``upto`` into intervals; the last one contains day ``upto``.

    Parameters
    ----------
    days_past_due
        At the key date, whole days, shape (items,).
    upto
        Last day after the key date that must be covered, >= 1, shape (items,); cut at 365.
    fine
        Whether the grid is the fine one.

    Raises
    ------
    DataError
        If an item is more than a century from its due date.

    Examples
    --------
    >>> rows = expand(np.array([-13]), np.array([10]))
    >>> rows.start.tolist(), rows.end.tolist()
    ([0, 1, 8, 9], [1, 8, 9, 10])
    """
    edges, first, counts = _spans(days_past_due, np.minimum(upto, LAST_DAY), fine=fine)
    item = np.repeat(np.arange(len(counts)), counts)
    edge = np.arange(len(item)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    age = days_past_due[item]
    start, end = np.maximum(edges[edge - 1] - age, 0), np.minimum(edges[edge] - age, LAST_DAY)
    return Periods(item, start, end, len(counts))


def interval_features(
    periods: Periods, days_past_due: Integers, key_day: Integers
) -> npt.NDArray[np.float32]:
    """Return what a row's interval knows, in the order of ``INTERVAL_COLUMNS``.

    Age, weekday (0 is Monday), day of month and days to month end are those of the interval's last
    day; business days are the Mondays to Fridays in it.

    Parameters
    ----------
    periods
        From ``expand``.
    days_past_due, key_day
        Per item: days past due at the key date, and the key date in days since 1970-01-01.
    """
    key = key_day[periods.item]
    opens, day = key + periods.start, key + periods.end
    table, earliest = _calendar(int(opens.min(initial=0)), int(day.max(initial=0)))
    found = table[:, day - earliest]
    business = found[3] - table[3, opens - earliest]
    columns = (days_past_due[periods.item] + periods.end, periods.end - periods.start, periods.start)
    return np.column_stack([*columns, *found[:3], business]).astype(np.float32)


def _calendar(low: int, high: int) -> tuple[Integers, int]:
    """Return weekday, day of month, days to month end and running business days for each day."""
    days = np.arange(low, high + 1)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    weekday = (days + 3) % 7
    month_day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    month_end = ((months + 1).astype("datetime64[D]") - dates).astype(np.int64) - 1
    return np.stack([weekday, month_day, month_end, np.cumsum(weekday < 5)]), low


def row_outcomes(periods: Periods, event: Integers, duration: Integers) -> tuple[Integers, Numbers]:
    """Return each row's event and the share of its interval that was seen.

    A censored item's last interval counts with the share of its days that were followed: the
    life-table rule. To drop it would overstate the hazard, to count it in full understate it.

    Parameters
    ----------
    periods
        From ``expand(days_past_due, duration)``.
    event, duration
        Per item.
    """
    last, item = periods.is_last, periods.item
    happened = last & (duration[item] <= LAST_DAY)
    row_event = np.where(happened, event[item], 0)
    seen = np.minimum(duration[item], periods.end) - periods.start
    share = np.where(row_event > 0, 1.0, seen / (periods.end - periods.start))
    return row_event, share


def accumulate(periods: Periods, hazards: Numbers, times: Integers) -> Numbers:
    """Return the cumulative incidence from the hazards of the intervals (science 3.2).

    ``S(j) = prod(1 - sum_k h_k)`` and ``F_k(j) = sum S(j-1) h_k(j)``; inside an interval the hazard
    per day is constant.

    Parameters
    ----------
    periods
        Covers the last of the times for every item.
    hazards
        Shape (rows, causes), each in [0, 1].
    times
        Increasing days after the key date.

    Returns
    -------
    Shape (items, causes, times).
    """
    causes, position = hazards.shape[1], periods.position
    hazards = hazards * np.minimum(1.0, (1 - 1e-9) / np.maximum(hazards.sum(axis=1, keepdims=True), 1e-300))
    dense = np.zeros((periods.items, int(position.max(initial=0)) + 1, causes))
    dense[periods.item, position] = hazards
    survival = np.cumprod(1 - dense.sum(axis=2), axis=1)
    before = np.column_stack([np.ones(periods.items), survival[:, :-1]])
    incidence = np.cumsum(before[:, :, None] * dense, axis=1)
    earlier = np.concatenate([np.zeros((periods.items, 1, causes)), incidence[:, :-1]], axis=1)
    rows = _row_of_day(periods, times)
    item, place = np.arange(periods.items)[:, None], position[rows]
    share = (times - periods.start[rows]) / (periods.end[rows] - periods.start[rows])
    total = dense[item, place].sum(axis=2)
    left = before[item, place] * -np.expm1(share * np.log1p(-total)) / np.maximum(total, 1e-300)
    found = earlier[item, place] + left[:, :, None] * dense[item, place]
    # Rounding may bend a curve by 1e-17 where two intervals meet.
    rising: Numbers = np.maximum.accumulate(found, axis=1).transpose(0, 2, 1)
    return np.minimum(rising, 1.0)


@dataclass(frozen=True)
class AskedHazards:
    """The hazards of items up to the last day of all, off which the incidence is read at any days.

    Parameters
    ----------
    age
        Days past due at the key date, shape (items,).
    hazards
        Shape (intervals, causes).
    fine
        Whether the intervals are those of the fine grid.
    """

    age: Integers
    hazards: Numbers
    fine: bool = False

    def at(self, times: Sequence[int] | Integers) -> Numbers:
        """Return the incidence by cause, shape (items, causes, times)."""
        whole = expand(self.age, np.full(len(self.age), LAST_DAY), fine=self.fine)
        return accumulate(whole, self.hazards, check_times(times))


def _row_of_day(periods: Periods, times: Integers) -> Integers:
    """Return the row whose interval contains each day, shape (items, times)."""
    stride = LAST_DAY + 1
    wanted = np.arange(periods.items)[:, None] * stride + times
    return np.searchsorted(periods.item * stride + periods.end, wanted)
