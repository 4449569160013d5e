"""Days, as users write them, and the ends of months."""

from __future__ import annotations

import calendar
import contextlib
import datetime as dt
import re
from typing import Final

from arseg.schema.errors import UsageError

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_day(value: str | dt.date, *, name: str = "key_date") -> dt.date:
    """Return a day from ISO text, a date or a timestamp at midnight.

    Parameters
    ----------
    value
        ``2026-10-31`` or a date.
    name
        What the value is called, for the error.

    Raises
    ------
    UsageError
        If it is not a calendar day.

    Examples
    --------
    >>> parse_day("2026-10-31")
    datetime.date(2026, 10, 31)
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    # Other ISO forms (20261031, 2026-W44) are days too, but nobody means them by accident.
    if isinstance(value, str) and _DAY.fullmatch(value):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(value)
    raise UsageError(
        f"{name} is not a day", given=repr(value), allowed="YYYY-MM-DD", do=f"write {name} as 2026-10-31"
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
