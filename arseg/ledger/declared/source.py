"""One kind of file or table, and how it is declared to be written."""

from __future__ import annotations

import codecs
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from arseg.ledger.declared.day_format import ISO_DAY, DateFormats
from arseg.ledger.declared.feed import Feed, Needs
from arseg.ledger.declared.mapped import Declared, Names, Values
from arseg.ledger.declared.money_text import MoneyText, Negative

# Encodings that Python knows and no file should have: they can give half a character, or another on each machine.
NO_CHARSETS: Final = frozenset(
    {"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined", "mbcs", "oem"}
)
# What stands beside an amount, such as a currency's sign.
Symbol = Annotated[str, Field(min_length=1, pattern=r"^[^0-9()\-]+$")]


class Log(Declared):
    """A long event log: which columns name the case, and in which order its rows happened."""

    case: Names
    order: Names


class Source(Declared):
    """One kind of file or table.

    Parameters
    ----------
    files
        Patterns of file names, as ``*invoices*.csv``; a file of another name is known by its header.
    tables
        Tables of a database that are written alike, as ``invoices`` or ``sales.invoices``.
    sheet
        Of a workbook; where empty it must have exactly one.
    encoding, delimiter, decimal_mark, thousands_mark, dates
        How text is written; ``dates`` is the format, or the formats, where a column has none of its own.
    no_date, no_value
        Texts that mean "no date", and that mean an empty field.
    negatives, symbols
        How a negative amount is written, and texts that may stand at either end of an amount.
    skip_lines, footers
        Lines before the header; beginnings of lines that are no data.
    trim
        Cut blanks at both ends of every field; without it an id with such blanks is quarantined.
    line_breaks
        A quoted field may hold line breaks.
    zone, times_in
        Where the day of an instant is read off: of a time with an offset (``%z``), or of one without where
        ``times_in`` says in which zone it is written.
    extract
        ``full``: the source always holds everything, so what is gone from a later one is reported.
    extracted_on
        The file's name as a date format, where it says the day of the extract: ``open_%Y%m%d.csv``.
    log
        Where the source is one long event log.
    ignore
        By column, values of rows that are declared not to belong to the ledger.
    feeds
        The tables that each row feeds.
    notes
        What is assumed of this kind of file, in sentences.
    """

    files: list[str] = Field(min_length=1)
    tables: list[str] = Field(default_factory=list)
    sheet: str | None = None
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    decimal_mark: Literal[".", ","] = "."
    thousands_mark: Literal["", ".", ",", "'", " ", "\u2019", "\u00a0", "\u202f"] = ""
    dates: DateFormats = Field(default_factory=lambda: [ISO_DAY])
    no_date: list[str] = Field(default_factory=list)
    no_value: list[str] = Field(default_factory=list)
    negatives: list[Negative] = Field(default=["-1"], min_length=1)
    symbols: list[Symbol] = Field(default_factory=list)
    skip_lines: Annotated[int, Field(ge=0, le=1000)] = 0
    footers: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    trim: bool = False
    line_breaks: bool = False
    zone: str = "UTC"
    times_in: str | None = None
    extract: Literal["delta", "full"] = "delta"
    extracted_on: str | None = None
    log: Log | None = None
    ignore: Values = Field(default_factory=dict)
    feeds: list[Feed] = Field(min_length=1)
    notes: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _distinct(self) -> Source:
        if self.decimal_mark == self.thousands_mark:
            raise ValueError("a decimal mark other than the thousands mark")
        if self.delimiter in {'"', "\n", "\r"}:
            raise ValueError("a delimiter that is neither a quote nor a line break")
        running = any(m.running or m.carried for feed in self.feeds for m in feed.columns.values())
        if (running or any(feed.keep for feed in self.feeds)) and self.log is None:
            raise ValueError("running, carried and keep only in a source with a log")
        _require_charset(self.encoding)
        try:
            for zone in (self.zone, self.times_in):
                ZoneInfo(zone or "UTC")
        except (KeyError, OSError, ValueError):
            raise ValueError("a zone such as Europe/Berlin") from None
        return self

    @property
    def reads(self) -> Needs:
        """Columns that a file must have; of each the alternatives."""
        logged = [*self.log.case, *self.log.order] if self.log else []
        own = [(name,) for name in (*logged, *self.ignore)]
        return tuple(dict.fromkeys([*(need for feed in self.feeds for need in feed.reads), *own]))

    def money(self, *, exact: bool) -> MoneyText:
        """Return how its amounts are written; ``exact`` where they were spelt from a typed column."""
        if exact:
            return MoneyText(exact=True)
        return MoneyText(self.decimal_mark, self.thousands_mark, tuple(self.negatives), tuple(self.symbols))


def _require_charset(encoding: str) -> None:
    """Refuse what is no character set of files, as base64, or reads more than its characters, as utf-7."""
    try:
        found = codecs.lookup(encoding)
    except (LookupError, ValueError):
        raise ValueError("an encoding that Python knows, as utf-8 or cp1252") from None
    name = found.name.lower().replace("_", "-")
    if name in NO_CHARSETS or not getattr(found, "_is_text_encoding", True):
        raise ValueError("a character set of files, as utf-8 or cp1252")
