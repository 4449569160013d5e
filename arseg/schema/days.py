"""Days, as users write them."""

from __future__ import annotations

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
