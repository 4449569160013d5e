"""Days as text: a declared format is matched exactly, part by part, before it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BeforeValidator

from arseg.ledger.sql_text import quoted

# What each directive of a date format may look like, so that nothing loose slips through.
DIRECTIVES: Final = MappingProxyType(
    {
        "%Y": r"\d{4}",
        "%y": r"\d{2}",
        "%m": r"\d{1,2}",
        "%d": r"\d{1,2}",
        "%b": r"[A-Za-z]{3}",
        "%B": r"[A-Za-z]+",
        "%H": r"\d{1,2}",
        "%I": r"\d{1,2}",
        "%p": r"[AaPp][Mm]",
        "%M": r"\d{1,2}",
        "%S": r"\d{1,2}",
        "%f": r"\d{1,6}",
        "%z": r"(?:Z|[+-]\d{2}:?\d{2})",
    }
)
ISO_DAY: Final = "%Y-%m-%d"

# Days as a spreadsheet counts them, from 1899-12-30.
SERIAL: Final = "excel"


def _check_format(text: object) -> object:
    if not isinstance(text, str) or text == SERIAL:
        return text
    found = re.findall(r"%.?", text)
    unknown = [item for item in found if item not in DIRECTIVES]
    letters = {item[1:].lower() for item in found if item in {"%Y", "%y", "%m", "%b", "%B", "%d"}}
    if unknown or "y" not in letters or not letters & {"m", "b"} or "d" not in letters:
        raise ValueError(
            f"a date format with a year, a month and a day out of {', '.join(DIRECTIVES)}, or {SERIAL}"
        )
    return text


def _check_formats(value: object) -> object:
    return [_check_format(item) for item in value] if isinstance(value, list) else [_check_format(value)]


DateFormats = Annotated[list[str], BeforeValidator(_check_formats)]


def day_pattern(day_format: str) -> str:
    r"""Return the regular expression of a date format; without separators every part has its full width.

    Examples
    --------
    >>> print(day_pattern("%m/%d/%Y"), day_pattern("%Y%m%d"))
    \d{1,2}/\d{1,2}/\d{4} \d{4}\d{2}\d{2}
    """
    if day_format == SERIAL:
        return r"\d{5}"
    width = "{2}" if re.search("%[a-zA-Z]%", day_format.replace("%S%z", "")) else "{1,2}"
    pieces = re.split("(%[a-zA-Z])", day_format)
    return "".join(
        DIRECTIVES[piece].replace("{1,2}", width) if piece in DIRECTIVES else re.escape(piece)
        for piece in pieces
    )


def day_sql(text: str, formats: Sequence[str], *, zone: str = "UTC", times_in: str | None = None) -> str:
    """Return the SQL of the day that a text says in the first format that it matches, else NULL.

    Parameters
    ----------
    text
        SQL of the text.
    formats
        Date formats; one with ``%z`` says an instant.
    zone
        Where the day of an instant is read off.
    times_in
        The zone in which times without an offset are written, where they are instants too.
    """
    whens = " ".join(
        f"WHEN regexp_full_match({text}, {quoted(day_pattern(one))}) THEN {_parsed(text, one, zone, times_in)}"
        for one in formats
    )
    return f"CASE {whens} END"


def _parsed(text: str, day_format: str, zone: str, times_in: str | None) -> str:
    if day_format == SERIAL:
        return f"DATE '1899-12-30' + TRY_CAST({text} AS INTEGER)"
    if day_format == ISO_DAY:
        return f"TRY_CAST({text} AS DATE)"
    if "%z" in day_format:
        # One spelling of the offset, for the engine knows neither Z nor +01:00.
        offset = f"regexp_replace(regexp_replace({text}, 'Z$', '+0000'), '([+-]\\d\\d):(\\d\\d)$', '\\1\\2')"
        instant = f"CAST(try_strptime({offset}, {quoted(day_format)}) AS TIMESTAMPTZ)"
        return f"CAST(timezone({quoted(zone)}, {instant}) AS DATE)"
    time = f"try_strptime({text}, {quoted(day_format)})"
    if times_in is not None and ("%H" in day_format or "%I" in day_format):
        time = f"timezone({quoted(zone)}, timezone({quoted(times_in)}, CAST({time} AS TIMESTAMP)))"
    return f"CAST({time} AS DATE)"
