"""One ledger is one DuckDB file: nine tables, a quarantine, its sources, and what is said about it.

The file is written beside its place and swapped in, so a failed load leaves the previous ledger.
Everybody else opens it read-only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import pyarrow as pa

from arseg.ledger.insertion import QUARANTINE_TYPES, SOURCE_TYPES, insert_bookkeeping, insert_rows
from arseg.ledger.integrity import require_integrity
from arseg.schema import INVOICES, LEDGER, DataError, UsageError, parse_day

FORMAT: Final = "arseg ledger 1"


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
    content_hash
        SHA-256 of what went in; computed from the rows where empty.
    complete_to
        Day to which the postings are complete, where the source says so (an extract made on a Sunday
        whose last posting is Friday's). Where empty, the last ``known_on`` of an invoice or posting.
    """

    name: str
    currency: str
    rates: Mapping[str, float] = field(default_factory=dict)
    assumed_clocks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    content_hash: str = ""
    complete_to: dt.date | None = None


@dataclass(frozen=True)
class Ledger:
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
        SHA-256, hexadecimal, of what went in.
    assumed_clocks
        Tables whose ``known_on`` was assumed.
    notes
        What the layout assumed, in sentences.
    currencies_complete
        Whether every posting names its currency, so that none has to be looked up at its invoice.
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
        )


def create_ledger(
    path: Path,
    tables: Mapping[str, pd.DataFrame | pa.Table],
    about: About,
    *,
    quarantine: pd.DataFrame | None = None,
    sources: pd.DataFrame | None = None,
) -> Ledger:
    """Write a ledger and return it; the previous one stays until the new one is whole.

    Parameters
    ----------
    path
        Where it goes; folders are made.
    tables
        Frames by table name, with the columns of ``arseg.schema.LEDGER``; optional columns and
        optional tables may be absent. Rows are stored sorted by their key.
    about
        What is declared about it.
    quarantine
        Rows that were refused: source, line, reason, text, amount, currency.
    sources
        What was read: source, sha256, rows_read, rows_loaded, rows_quarantined.

    Raises
    ------
    UsageError
        If a table or column is unknown, or the reporting currency has a rate other than 1.
    DataError
        If required columns or values are missing, a value does not fit its type, a key stands twice,
        a row is known before it happened, a kind of posting is unknown, or there is no invoice.
    """
    path = Path(path)
    _require_known_tables(tables)
    rates = _rates(about)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
        beside = Path(folder) / path.name
        with closing(duckdb.connect(str(beside))) as connection:
            for name, table in LEDGER.items():
                connection.execute(table.ddl())
                if name in tables:
                    insert_rows(connection, table, tables[name])
            require_integrity(connection)
            insert_bookkeeping(connection, "quarantine", QUARANTINE_TYPES, quarantine)
            insert_bookkeeping(connection, "sources", SOURCE_TYPES, sources)
            _note_restated(connection)
            _write_about(connection, about, rates)
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    return read_ledger(path)


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
        )
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            row = connection.execute("SELECT facts FROM about").fetchone()
            facts = json.loads(row[0]) if row else {}
    except (duckdb.Error, TypeError, ValueError):
        facts = {}
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise DataError("the file is not a ledger", given=path, allowed=FORMAT, do="load the sources again")
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
    )


def _require_known_tables(tables: Mapping[str, object]) -> None:
    unknown = sorted(set(tables) - set(LEDGER))
    if unknown:
        raise UsageError(
            f"unknown tables {unknown}", given=", ".join(unknown), allowed=", ".join(LEDGER), do="rename them"
        )


def _note_restated(connection: duckdb.DuckDBPyConnection) -> None:
    """Note the few invoices with several versions, so that a key date need not look for them among all."""
    connection.execute(
        "CREATE TABLE restated AS SELECT invoice_id FROM invoices GROUP BY invoice_id HAVING count(*) > 1 ORDER BY 1"
    )


def _rates(about: About) -> dict[str, float]:
    rates = {about.currency: 1.0} | {name: float(rate) for name, rate in about.rates.items()}
    if rates[about.currency] != 1.0 or any(not 0 < rate < 1e9 for rate in rates.values()):
        raise UsageError(
            "the rates are wrong",
            given=rates,
            allowed=f"positive reporting units per unit, and 1 for {about.currency}",
            do="declare how many units of the reporting currency one unit is worth",
        )
    return dict(sorted(rates.items()))


def _write_about(connection: duckdb.DuckDBPyConnection, about: About, rates: Mapping[str, float]) -> None:
    facts: dict[str, Any] = {
        "format": FORMAT,
        "name": about.name,
        "currency": about.currency,
        "rates": dict(rates),
        "assumed_clocks": list(about.assumed_clocks),
        "notes": list(about.notes),
    }
    facts |= _measure(connection, about.complete_to)
    facts["content_hash"] = about.content_hash or _hash_rows(connection, facts)
    connection.execute("CREATE TABLE about (facts VARCHAR NOT NULL)")
    connection.execute("INSERT INTO about VALUES (?)", [json.dumps(facts, sort_keys=True)])


def _measure(connection: duckdb.DuckDBPyConnection, complete_to: dt.date | None) -> dict[str, Any]:
    present = [n for n in LEDGER if connection.execute(f"SELECT EXISTS (FROM {n})").fetchall()[0][0]]
    if INVOICES.name not in present:
        raise DataError(
            "the ledger has no invoice", given="0 rows", allowed="1 or more", do="check the source"
        )
    (first, last_posting, last_invoice, unnamed), *_ = connection.execute(
        "SELECT min(known_on), max(known_on), (SELECT max(known_on) FROM invoices),"
        " count(*) FILTER (currency IS NULL) FROM postings"
    ).fetchall()
    last = max(day for day in (last_posting, last_invoice, complete_to) if day is not None)
    return {
        "present": present,
        "first_posting": first.isoformat() if first else None,
        "last_known": last.isoformat(),
        "currencies_complete": unnamed == 0,
    }


def _hash_rows(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for name in LEDGER:
        rows = f"SELECT coalesce(sha256(string_agg(md5(CAST({name} AS VARCHAR)), '' ORDER BY rowid)), '') FROM {name}"
        digest.update(connection.execute(rows).fetchall()[0][0].encode())
    return digest.hexdigest()
