"""How the days and amounts of a file seem to be written: the one way in which all of them can be read, or none.

A day such as 01/02/2024 has two readings. Where no other value of its column decides between them, the proposal leaves
a gap and says both; a person knows which.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final

from arseg.ledger.declared.day_format import day_pattern
from arseg.ledger.declared.money_text import MoneyText, Negative

# A row in fifty may be dirty; a format that reads fewer is another's.
_SHARE: Final = 0.98

_DAYS: Final = (
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d",
    "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y",
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p",
)  # fmt: skip
_NO_DATE: Final = frozenset(
    {"00000000", "00.00.0000", "0000-00-00", "00/00/0000", "-", "NULL", "null", "N/A", "n/a"}
)

# Plain marks first: a thousands mark is declared only where the values show one.
_MARKS: Final = (
    (".", ""), (",", ""), (".", ","), (",", "."), (".", "'"), (".", "\u2019"), (",", " "), (",", "\u00a0"),
    (",", "\u202f"), (".", " "),
)  # fmt: skip
_ENDS: Final = re.compile(r"^[(\-\s]*([^\d()\-\s.,]{1,4})|([^\d()\-\s.,]{1,4})[)\-\s]*$")


@dataclass(frozen=True)
class Days:
    """How days are written.

    Parameters
    ----------
    formats
        The formats, each the only one for its columns; none where a column has several, or none.
    either
        Formats among which no value decides.
    no_date
        Texts that mean that there is no day.
    """

    formats: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    no_date: tuple[str, ...] = ()


@dataclass(frozen=True)
class Amounts:
    """How amounts are written.

    Parameters
    ----------
    marks
        The decimal and the thousands mark; None where no pair reads them.
    negatives
        The ways of writing a negative amount that are seen, besides a minus in front.
    symbols
        What stands at either end.
    """

    marks: tuple[str, str] | None = None
    negatives: tuple[Negative, ...] = ()
    symbols: tuple[str, ...] = ()


def days_of(columns: Mapping[str, Collection[str]]) -> Days:
    """Return how the days of some columns are written.

    Parameters
    ----------
    columns
        By header, its different values.

    Examples
    --------
    >>> days_of({"due": ["31.01.2024", "00.00.0000"]})
    Days(formats=('%d.%m.%Y',), either=(), no_date=('00.00.0000',))
    >>> days_of({"due": ["01/02/2024", "03/04/2024"]})
    Days(formats=(), either=('%m/%d/%Y', '%d/%m/%Y'), no_date=())
    >>> days_of({"due": ["01/02/2024"], "paid": ["02/28/2024"]}).formats
    ('%m/%d/%Y',)
    """
    none = sorted({text.strip() for values in columns.values() for text in values} & _NO_DATE)
    filled = [
        [t.strip() for t in values if t.strip() and t.strip() not in _NO_DATE] for values in columns.values()
    ]
    readings = [_formats(values) for values in filled if values]
    if not readings or not all(readings):
        return Days(no_date=tuple(none))
    # One way for all columns where there is one; else each column's own, if each has but one.
    shared = [one for one in readings[0] if all(one in others for others in readings)]
    ways = [shared] if shared else readings
    decided = tuple(dict.fromkeys(way[0] for way in ways))
    mixed = {"%m/%d/%Y", "%d/%m/%Y"} <= set(decided)
    if mixed or any(len(way) > 1 for way in ways):
        return Days((), tuple(dict.fromkeys(one for way in ways for one in way)), tuple(none))
    return Days(decided, (), tuple(none))


def amounts_of(values: Iterable[str]) -> Amounts:
    """Return how amounts are written.

    Parameters
    ----------
    values
        Different texts of amounts.

    Examples
    --------
    >>> amounts_of(["1.234,56", "12,00-"])
    Amounts(marks=(',', '.'), negatives=('1-',), symbols=())
    >>> amounts_of(["$1,234.50", "($3.00)"])
    Amounts(marks=('.', ','), negatives=('(1)',), symbols=('$',))
    """
    texts = [text.strip() for text in values if text.strip()]
    ends = Counter(end for text in texts for pair in _ENDS.findall(text) for end in pair if end)
    symbols = tuple(sorted(end for end, often in ends.items() if often * 50 >= len(texts)))
    negatives = _negatives(texts)
    for decimal, thousands in _MARKS:
        way = MoneyText(decimal, thousands, ("-1", *negatives), symbols)
        pattern = re.compile(way.pattern)
        if texts and sum(bool(pattern.fullmatch(text)) for text in texts) >= _SHARE * len(texts):
            return Amounts((decimal, thousands), negatives, symbols)
    return Amounts()


def _formats(values: Sequence[str]) -> list[str]:
    """Return the formats that read nearly all values."""
    counts = Counter(
        one
        for one, text in product(_DAYS, values)
        if re.fullmatch(day_pattern(one), text) and _is_day(text, one)
    )
    return [one for one in _DAYS if counts[one] >= _SHARE * len(values)]


def _is_day(text: str, day_format: str) -> bool:
    with suppress(ValueError):
        return bool(datetime.strptime(text, day_format))  # noqa: DTZ007 (only whether it is one)
    return False


def _negatives(texts: Sequence[str]) -> tuple[Negative, ...]:
    found: list[Negative] = []
    if any(text.endswith("-") for text in texts):
        found.append("1-")
    if any("(" in text and ")" in text for text in texts):
        found.append("(1)")
    return tuple(found)
