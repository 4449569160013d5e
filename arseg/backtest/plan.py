"""How a backtest walks: which key dates, how often it refits, how long it looks ahead."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from arseg.schema import UsageError, parse_day


@dataclass(frozen=True)
class Plan:
    """The protocol of a walk-forward backtest (science 4.1).

    Parameters
    ----------
    horizon_days
        How long after a key date the outcome of its open items is followed.
    settle_lag_days
        How long after an event the book is given to learn of it: outcomes younger than this are
        treated as not yet known.
    landmarks
        How many past month-ends a model is trained on, at the most.
    refit_every
        Key dates from one fit to the next; the fit in between is reused as it was.
    fewest_events
        Payments that a fit needs in its training rows; key dates before that are left out, and said so.
    fewest_followed_days
        How long the oldest training rows must have been followed: a model cannot speak of days that its
        book has not seen.
    draws
        Customer-clustered bootstrap draws behind each interval.
    seed
        Seed of the draws.
    """

    horizon_days: int = 90
    settle_lag_days: int = 10
    landmarks: int = 12
    refit_every: int = 3
    fewest_events: int = 50
    fewest_followed_days: int = 60
    draws: int = 500
    seed: int = 20260131

    def __post_init__(self) -> None:
        for name in (
            "horizon_days",
            "landmarks",
            "refit_every",
            "fewest_events",
            "fewest_followed_days",
            "draws",
        ):
            if getattr(self, name) < 1:
                raise UsageError(
                    f"{name} is too small", given=getattr(self, name), allowed="1 or more", do="raise it"
                )
        if self.settle_lag_days < 0:
            raise UsageError(
                "settle_lag_days is negative", given=self.settle_lag_days, allowed="0 or more", do="raise it"
            )


def month_end(day: dt.date, *, back: int = 0) -> dt.date:
    """Return the end of the month that lies ``back`` months before the day's own.

    Examples
    --------
    >>> month_end(dt.date(2026, 3, 10), back=1)
    datetime.date(2026, 2, 28)
    """
    months = day.year * 12 + day.month - 1 - back
    year, month = divmod(months, 12)
    return dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def last_month_end(day: dt.date) -> dt.date:
    """Return the last month-end on or before the day.

    Examples
    --------
    >>> last_month_end(dt.date(2026, 3, 31)), last_month_end(dt.date(2026, 3, 30))
    (datetime.date(2026, 3, 31), datetime.date(2026, 2, 28))
    """
    own = month_end(day)
    return own if own == day else month_end(day, back=1)


def month_ends(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Return all month-ends from first to last, both included.

    Examples
    --------
    >>> [str(day) for day in month_ends(dt.date(2025, 11, 15), dt.date(2026, 1, 31))]
    ['2025-11-30', '2025-12-31', '2026-01-31']
    """
    ends, day = [], month_end(first)
    while day <= last:
        ends.append(day)
        day = month_end(day, back=-1)
    return tuple(ends)


def parse_key_dates(text: str) -> tuple[dt.date, ...]:
    """Return the month-ends of ``2025-01/2025-12``, or the single day of ``2025-06-30``.

    Raises
    ------
    UsageError
        If it is neither, or the range runs backwards.

    Examples
    --------
    >>> len(parse_key_dates("2025-01/2025-12"))
    12
    """
    if "/" not in text:
        return (parse_day(text, name="key_dates"),)
    first, _, last = text.partition("/")
    start = parse_day(f"{first}-01" if len(first) == 7 else first, name="key_dates")
    end = parse_day(f"{last}-01" if len(last) == 7 else last, name="key_dates")
    days = month_ends(start, month_end(end) if len(last) == 7 else end)
    if not days:
        raise UsageError(
            "key_dates holds no month-end",
            given=text,
            allowed="first/last, as 2025-01/2025-12",
            do="turn the range round or widen it",
        )
    return days
