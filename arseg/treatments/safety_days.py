"""Days on which a customer may be contacted: no weekend, no public holiday, no quiet day.

Weekends and public holidays are those of the customer's country (whole countries, not single regions);
where the country is unknown, Saturday and Sunday.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

_SATURDAY, _SUNDAY = 5, 6

# A contact waits a year at most, and a run of quiet days may lie behind it.
_YEARS_AHEAD: Final = 2


def next_contact_day(days: pd.Series, country: pd.Series, quiet_days: Iterable[str] = ()) -> pd.Series:
    """Return the first day, from each day on, on which a customer may be contacted.

    Parameters
    ----------
    days
        Days, without gaps.
    country
        ISO 3166 alpha-2 code of each customer's country; empty or without a calendar: weekends only.
    quiet_days
        Days of every year without contact, as MM-DD.

    Returns
    -------
    days
        datetime64, by index of ``days``.

    Examples
    --------
    >>> saturday = pd.Series(pd.to_datetime(["2026-10-31"] * 2))
    >>> next_contact_day(saturday, pd.Series(["FR", "SA"])).dt.strftime("%a %d").tolist()
    ['Mon 02', 'Sun 01']
    """
    quiet = tuple(sorted(set(quiet_days)))
    found = pd.Series(days.to_numpy(dtype="datetime64[D]"), index=days.index)
    codes = country.fillna("").str.strip().str.upper()
    for code, rows in codes.groupby(codes).indices.items():
        on = found.iloc[rows].to_numpy(dtype="datetime64[D]")
        years = tuple(range(on.min().item().year, on.max().item().year + 1 + _YEARS_AHEAD))
        calendar = _calendar(str(code), years, quiet)
        found.iloc[rows] = np.busday_offset(on, 0, roll="forward", busdaycal=calendar)
    return found


def is_contact_day(days: pd.Series, country: pd.Series, quiet_days: Iterable[str] = ()) -> pd.Series:
    """Mark the days on which each customer may be contacted."""
    return next_contact_day(days, country, quiet_days) == days


@functools.lru_cache(maxsize=1024)
def _calendar(country: str, years: tuple[int, ...], quiet: tuple[str, ...]) -> np.busdaycalendar:
    weekend, closed = _public(country, years)
    closed |= {day for year in years for text in quiet if (day := _day_of(year, text)) is not None}
    week = [day not in weekend for day in range(7)]
    return np.busdaycalendar(weekmask=week, holidays=sorted(closed))


def _public(country: str, years: tuple[int, ...]) -> tuple[set[int], set[dt.date]]:
    """Return the weekdays (Monday is 0) of a country's weekend, and its public holidays."""
    import holidays

    try:
        known = holidays.country_holidays(country, years=years)
    except NotImplementedError:
        return {_SATURDAY, _SUNDAY}, set()
    return set(known.weekend), set(known)


def _day_of(year: int, text: str) -> dt.date | None:
    """Return the day of a year; None for 29 February where the year has none."""
    with contextlib.suppress(ValueError):
        return dt.date.fromisoformat(f"{year}-{text}")
    return None
