"""The days of the book, and the days on which a customer's payment run goes.

Inside the world a day is a number: 0 is the first day of the book.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from arseg.schema.shown import AsWritten
from arseg.world.draws import Flags, Ints

# A posting made on the last day may be known months later; it is cut, but its day must exist.
_DAYS_AFTER: Final = 400

DAILY: Final = 0
WEEKLY: Final = (1, 2, 3, 4, 5)
SEMI_MONTHLY: Final = 6
MONTH_END: Final = 7
RUN_NAMES: Final = (
    "daily",
    "weekly_monday",
    "weekly_tuesday",
    "weekly_wednesday",
    "weekly_thursday",
    "weekly_friday",
    "semi_monthly",
    "month_end",
)

# Month and day. The book rests on the first; a customer's payment run rests on its country's own as well.
_HOLIDAYS: Final = ((1, 1), (5, 1), (12, 25), (12, 26))
HOLIDAYS: Final = {
    "DE": ((10, 3),),
    "US": ((7, 4), (11, 11)),
    "ES": ((1, 6), (8, 15), (10, 12), (12, 6)),
    "AT": ((1, 6), (8, 15), (10, 26), (12, 8)),
    "NL": ((4, 27),),
}


@dataclass(frozen=True)
class Calendar(AsWritten):
    """The calendar of a book of whole months.

    Parameters
    ----------
    start
        First day of the book, the first of a month.
    months
        Length of the book, calendar months.

    Examples
    --------
    >>> calendar = Calendar(dt.date(2024, 1, 1), 2)
    >>> calendar.days, calendar.end
    (60, datetime.date(2024, 2, 29))
    """

    start: dt.date
    months: int

    @property
    def first(self) -> int:
        """Days from 1970-01-01 to day 0."""
        return (self.start - dt.date(1970, 1, 1)).days

    @cached_property
    def days(self) -> int:
        """Days in the book."""
        return int(self.month_starts[self.months])

    @property
    def end(self) -> dt.date:
        """Last day of the book."""
        return self.start + dt.timedelta(days=self.days - 1)

    @cached_property
    def month_starts(self) -> Ints:
        """First day of each month of the book and of the year after it."""
        month = np.datetime64(self.start, "M") + np.arange(self.months + 13)
        return month.astype("datetime64[D]").astype(np.int64) - self.first

    @cached_property
    def month(self) -> Ints:
        """Number of the month each day lies in."""
        return np.searchsorted(self.month_starts, np.arange(self.days), side="right") - 1

    @cached_property
    def weekday(self) -> Ints:
        """Weekday of each day, 0 is Monday; 1970-01-01 was a Thursday."""
        return (np.arange(self.days + _DAYS_AFTER) + self.first + 3) % 7

    @cached_property
    def business(self) -> Flags:
        """Whether each day is a weekday and no holiday."""
        return (self.weekday < 5) & ~self._any_of(_HOLIDAYS)

    @cached_property
    def next_business(self) -> Ints:
        """First business day on or after each day."""
        return _next_of(self.business)

    @cached_property
    def next_run(self) -> Ints:
        """First payment run on or after each day: countries x kinds of run x days."""
        return np.stack([self._runs(self.business & ~self._any_of(own)) for own in HOLIDAYS.values()])

    def _runs(self, working: Flags) -> Ints:
        """Return the first run on or after each day, one row per kind, for a country's working days."""
        last = self._last_of_month(working)
        middle = _next_of(working)[self.month_starts[: self.months + 6] + 14]
        kinds = [working]
        kinds += [working & (self.weekday == kind - 1) for kind in WEEKLY]
        kinds += [self._marked(np.concatenate([middle, last])), self._marked(last)]
        return np.stack([_next_of(kind) for kind in kinds])

    def _last_of_month(self, working: Flags) -> Ints:
        ends = self.month_starts[1 : self.months + 7] - 1
        back = np.where(working, np.arange(len(working)), -1)
        return np.maximum.accumulate(back)[ends]

    def _any_of(self, days: Iterable[tuple[int, int]]) -> Flags:
        """Return which days fall on one of these days of the year."""
        dates = (self.first + np.arange(self.days + _DAYS_AFTER)).astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        month_of_year = months.astype(np.int64) % 12 + 1
        day_of_month = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
        found = np.zeros(len(dates), dtype=bool)
        for month, day in days:
            found |= (month_of_year == month) & (day_of_month == day)
        return found

    def _marked(self, days: Ints) -> Flags:
        marks = np.zeros(len(self.business), dtype=bool)
        marks[days] = True
        return marks


def _next_of(marks: Flags) -> Ints:
    """Return, for each day, the first marked day on or after it."""
    days = np.where(marks, np.arange(len(marks)), len(marks) - 1)
    return np.minimum.accumulate(days[::-1])[::-1]
