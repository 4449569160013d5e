"""Public holidays by country, as a table that a snapshot holds.

A calendar is law long before its days come, so a key date sees the holidays of the years around the book.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable
from typing import Final

import pyarrow as pa

# Beyond these a year is a slip of the pen, and the rules of moving feasts no longer hold.
YEARS: Final = range(1990, 2101)

# The years that a key date sees, counted from its own: items may be long overdue, none is due far ahead.
HOLIDAY_YEARS: Final = range(-10, 3)

SCHEMA: Final = pa.schema([("country", pa.string()), ("day", pa.date32())])


def holiday_table(countries: Iterable[str], years: Iterable[int]) -> pa.Table:
    """Return the public holidays of whole countries, those of single regions left out.

    Parameters
    ----------
    countries
        ISO 3166 alpha-2 codes; what is none, or has no calendar, has no rows.
    years
        Calendar years; those outside 1990 to 2100 are left out.

    Returns
    -------
    table
        ``country, day``, one row per country and holiday, sorted.

    Examples
    --------
    >>> holiday_table(["DE", "Atlantis"], [2026]).slice(0, 2).to_pylist()
    [{'country': 'DE', 'day': datetime.date(2026, 1, 1)}, {'country': 'DE', 'day': datetime.date(2026, 4, 3)}]
    """
    wanted = sorted(set(years) & set(YEARS))
    rows = [
        {"country": country, "day": day}
        for country in sorted(set(countries))
        for year in wanted
        for day in _days(country, year)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@functools.cache
def _days(country: str, year: int) -> tuple[dt.date, ...]:
    import holidays

    try:
        return tuple(sorted(holidays.country_holidays(country, years=year)))
    except NotImplementedError:
        return ()
