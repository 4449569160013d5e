"""The text of an Excel cell: its stored value spelt one way, or the reason why it has none."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from openpyxl.utils.datetime import from_excel, from_ISO8601

from arseg.ledger.sources.sheet import Cell

ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")

# Days repeat; a sheet of moments must not fill the memory with them.
REMEMBERED: Final = 65_536


class UnreadableCell(ValueError):  # noqa: N818 (a finding, not a failure)
    """A cell has no value.

    Parameters
    ----------
    reason
        Code of the reason.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class CellValues:
    """What the cells of a workbook refer to.

    Parameters
    ----------
    texts
        The shared texts.
    date_styles
        Styles under which a number is a day, a moment or a time of day.
    epoch
        The day from which it counts, of 1899 or 1904.
    """

    texts: list[str]
    date_styles: frozenset[int]
    epoch: dt.datetime
    _moments: dict[str, str] = field(default_factory=dict, repr=False)

    def spell(self, cell: Cell) -> str | None:
        """Return the text of a cell, None where it is empty.

        Raises
        ------
        UnreadableCell
            If it holds an error, or a formula that was never computed.
        """
        if cell.text == "":
            if cell.formula and cell.kind != "str":
                raise UnreadableCell("no_cached_value")
            return None
        try:
            return self._value(cell)
        except (ArithmeticError, LookupError, ValueError):
            # A date before or beyond the calendar, a number that is none.
            raise UnreadableCell("excel_error") from None

    def _value(self, cell: Cell) -> str:
        if cell.kind == "s":
            return self.texts[int(cell.text)]
        if cell.kind == "n":
            return self._moment(cell.text) if cell.style in self.date_styles else spell_number(cell.text)
        if cell.kind == "b":
            return ("FALSE", "TRUE")[int(cell.text)]
        if cell.kind == "d":
            return spell_moment(from_ISO8601(cell.text))
        if cell.kind == "e":
            raise UnreadableCell("excel_error")
        return unescape(cell.text)

    def _moment(self, text: str) -> str:
        found = self._moments.get(text)
        if found is None:
            found = spell_moment(from_excel(float(text), self.epoch))
            if len(self._moments) < REMEMBERED:
                self._moments[text] = found
        return found


def spell_moment(moment: dt.date | dt.time) -> str:
    """Return a day, a day with a time, or a time of day; midnight is the day itself.

    Examples
    --------
    >>> spell_moment(dt.datetime(2026, 1, 31)), spell_moment(dt.datetime(2026, 1, 31, 13, 45, 0, 999))
    ('2026-01-31', '2026-01-31 13:45:00')
    """
    if isinstance(moment, dt.datetime):
        day, time = moment.date(), moment.time().replace(microsecond=0)
        return f"{day} {time}" if time != dt.time() else f"{day}"
    return f"{moment.replace(microsecond=0)}" if isinstance(moment, dt.time) else f"{moment}"


def spell_number(text: str) -> str:
    """Return a number as its shortest exact decimal.

    Examples
    --------
    >>> spell_number("1.0"), spell_number("1.2300000000000000E+3"), spell_number("0.1"), spell_number("007")
    ('1', '1230', '0.1', '7')
    """
    if re.fullmatch("-?[0-9]+", text):
        return str(int(text))
    plain = f"{Decimal(repr(float(text))):f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def unescape(text: str) -> str:
    """Return a text without the escapes that Excel writes for what XML cannot hold.

    Examples
    --------
    >>> unescape("A_x0026_B")
    'A&B'
    """
    if "_x" not in text:
        return text
    plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    # Two escapes may be the halves of one character.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
