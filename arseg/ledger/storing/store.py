"""One ledger is one DuckDB file: nine tables, a quarantine, its loads and sources, and what is said about it.

Only ``writing`` changes it; everybody else opens it read-only.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb

from arseg.schema import BusyError, DataError, UsageError, parse_day
from arseg.schema.shown import Shown

FORMAT: Final = "arseg ledger 3"


@dataclass(frozen=True)
class About:
    """What a writer declares about a ledger.

    Parameters
    ----------
    name
        Name of the ledger.
    currency
        The reporting currency, ISO 4217.
    rates
        Reporting units per unit of each currency; the reporting currency's own rate is 1 and may be left out.
    assumed_clocks
        Tables whose ``known_on`` was assumed, not delivered.
    notes
        What the layout assumed, in sentences.
    complete_to
        Day to which the postings are complete, where the source says so (an extract made on a Sunday
        whose last posting is Friday's). Where empty, the last ``known_on`` of an invoice or posting.
    """

    name: str
    currency: str
    rates: Mapping[str, float] = field(default_factory=dict)
    assumed_clocks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    complete_to: dt.date | None = None


@dataclass(frozen=True)
class Ledger(Shown):
    """A ledger that exists; it holds no open file.

    Parameters
    ----------
    path
        The DuckDB file.
    name
        Name of the ledger.
    currency
        The reporting currency.
    rates
        Reporting units per unit of each currency.
    present
        Tables with at least one row.
    first_posting
        First day on which the book knew a posting; None where it has none.
    last_known
        Last day on which the book knew an invoice or a posting, or the day to which it is declared complete.
        Other tables do not count: a rate published later says nothing about who has paid.
    content_hash
        SHA-256, hexadecimal, of what it holds: the same rows give the same hash, whatever files they came in.
    assumed_clocks
        Tables whose ``known_on`` was assumed.
    notes
        What the layout assumed, in sentences.
    currencies_complete
        Whether every posting names its currency, so that none has to be looked up at its invoice.
    in_key_order
        Whether rows lie in the order of their keys, as they do until a later load adds some.
    """

    path: Path
    name: str
    currency: str
    rates: Mapping[str, float]
    present: frozenset[str]
    first_posting: dt.date | None
    last_known: dt.date
    content_hash: str
    assumed_clocks: tuple[str, ...]
    notes: tuple[str, ...]
    currencies_complete: bool = False
    in_key_order: bool = True

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Open the file read-only; the caller closes it, best with ``contextlib.closing``."""
        return duckdb.connect(str(self.path), read_only=True)

    def require_day(self, value: str | dt.date, *, name: str = "key_date") -> dt.date:
        """Return a day that the ledger can speak of.

        Parameters
        ----------
        value
            ``2026-10-31`` or a date.
        name
            What the value is called, for the error.

        Raises
        ------
        UsageError
            If it is no day, before the first posting was known, or after the last.
        """
        day = parse_day(value, name=name)
        first = self.first_posting or dt.date.min
        if first <= day <= self.last_known:
            return day
        early = f"{name} {day} is before the first posting ({first})"
        raise UsageError(
            early if day < first else f"{name} {day}: nothing is known after {self.last_known}",
            given=day,
            allowed=f"{self.first_posting or 'any day'} to {self.last_known}",
            do=f"choose a {name} in that span or load later rows into {self.name!r}",
            code="key_date_out_of_range",
        )


def read_ledger(path: str | Path) -> Ledger:
    """Return what is known about the ledger at a path.

    Raises
    ------
    UsageError
        If there is no file.
    DataError
        If the file is not a ledger of this version.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(
            "there is no ledger",
            given=path,
            allowed="a .duckdb file written by `arseg load`",
            do="load it first",
            code="no_ledger",
            file=path,
        )
    facts = _facts(path)
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise DataError(
            "the file is not a ledger",
            given=path,
            allowed=FORMAT,
            do="load the sources again",
            code="no_ledger_file",
            file=path,
        )
    first = facts["first_posting"]
    return Ledger(
        path=path,
        name=facts["name"],
        currency=facts["currency"],
        rates=facts["rates"],
        present=frozenset(facts["present"]),
        first_posting=dt.date.fromisoformat(first) if first else None,
        last_known=dt.date.fromisoformat(facts["last_known"]),
        content_hash=facts["content_hash"],
        assumed_clocks=tuple(facts["assumed_clocks"]),
        notes=tuple(facts["notes"]),
        currencies_complete=facts["currencies_complete"],
        in_key_order=facts["in_key_order"],
    )


def _facts(path: Path) -> Any:
    """Return what a ledger says about itself; nothing where the file is none."""
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            row = connection.execute("SELECT facts FROM about").fetchone()
            return json.loads(row[0]) if row else {}
    except (duckdb.Error, TypeError, ValueError) as problem:
        if is_busy(problem):
            raise BusyError(
                "the ledger is being written",
                given=path,
                allowed="one writer, and no reader meanwhile",
                do="wait for the load to end",
                code="ledger_busy",
                file=path,
            ) from None
        return {}


def is_busy(problem: Exception) -> bool:
    """Return whether a file could not be opened because somebody, in this process or another, has it open."""
    return any(words in str(problem) for words in ("Could not set lock", "Unique file handle conflict"))
