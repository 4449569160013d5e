"""On which kind of day an open item falls due."""

from __future__ import annotations

import datetime as dt
import functools

import holidays

from oracle.item import open_items
from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of an open item."""
    row = open_items(known)[key]
    due: dt.date = row["due_date"]
    left = 0
    while (due + dt.timedelta(days=left + 1)).month == due.month:
        left += 1
    closed = calendar(known.masters.get(row["customer_id"], {}).get("country"))
    return {
        "due_month": due.month,
        "due_days_to_month_end": left,
        "due_month_end": float(left in {0, 1, 2}),
        "due_quarter_end": float(left in {0, 1, 2} and due.month in {3, 6, 9, 12}),
        "due_weekend": float(due.isoweekday() in {6, 7}),
        "due_holiday": None if closed is None else float(due in closed),
        "due_business_shift_days": None if closed is None else shift(due, closed),
    }


@functools.cache
def calendar(country: str | None) -> frozenset[dt.date] | None:
    """Return a country's public holidays, None where it has no calendar."""
    if country not in holidays.list_supported_countries():
        return None
    return frozenset(holidays.country_holidays(country, years=range(2015, 2035)))


def shift(due: dt.date, closed: frozenset[dt.date]) -> int | None:
    """Return the days to the first day, the due day included, on which business is done."""
    for days in range(11):
        day = due + dt.timedelta(days=days)
        if day.isoweekday() < 6 and day not in closed:
            return days
    return None
