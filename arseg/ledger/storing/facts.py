"""What a ledger says about itself: measured from its rows, a later load's by what it adds."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import duckdb

from arseg.ledger.sql_text import text_of
from arseg.ledger.storing.store import FORMAT, About
from arseg.schema import INVOICES, LEDGER, DataError

# What the content hash does not speak of: names and sentences may differ between two homes of the same rows.
_UNHASHED: Final = ("name", "notes", "content_hash", "in_key_order")


def measure(
    connection: duckdb.DuckDBPyConnection, about: About, rates: Mapping[str, float]
) -> dict[str, Any]:
    """Return the facts of a new ledger.

    Parameters
    ----------
    connection
        With the ledger attached as ``book``.
    about
        What is declared about it.
    rates
        Reporting units per unit of each currency.

    Raises
    ------
    DataError
        If it has no invoice.
    """
    present = [n for n in LEDGER if connection.execute(f"SELECT EXISTS (FROM book.{n})").fetchall()[0][0]]
    if INVOICES.name not in present:
        raise DataError(
            "the ledger has no invoice",
            given="0 rows",
            allowed="1 or more",
            do="check the source",
            code="no_invoices",
        )
    facts = {
        "format": FORMAT,
        "name": about.name,
        "currency": about.currency,
        "rates": dict(rates),
        "assumed_clocks": list(about.assumed_clocks),
        "notes": list(about.notes),
        "present": present,
        "in_key_order": True,
        "digests": {name: digest(connection, f"book.{name}", name) for name in LEDGER},
    }
    return _hashed(facts | _days(connection, "book", about.complete_to))


def extend(
    connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any], about: About, rates: Mapping[str, float]
) -> dict[str, Any]:
    """Return a ledger's facts after the rows in ``stage.final_<table>`` were added; it does not look at the others.

    Parameters
    ----------
    connection
        With the rows that a later load adds, one ``stage.final_<table>`` per table.
    facts
        The ledger's facts before.
    about, rates
        What the later load declares.
    """
    added = {name: digest(connection, f"stage.final_{name}", name) for name in LEDGER}
    days = _days(connection, "stage", about.complete_to, prefix="final_")
    first = [day for day in (facts["first_posting"], days["first_posting"]) if day]
    last = [day for day in (facts["last_known"], days["last_known"]) if day]
    grown = {name: str(int(facts["digests"][name]) + int(added[name])) for name in LEDGER}
    return _hashed(
        dict(facts)
        | {
            "rates": facts["rates"] | dict(rates),
            "assumed_clocks": sorted({*facts["assumed_clocks"], *about.assumed_clocks}),
            "notes": list(dict.fromkeys([*facts["notes"], *about.notes])),
            "present": [n for n in LEDGER if n in facts["present"] or added[n] != "0"],
            "in_key_order": facts["in_key_order"] and grown == facts["digests"],
            "digests": grown,
            "first_posting": min(first) if first else None,
            "last_known": max(last),
            "currencies_complete": facts["currencies_complete"] and days["currencies_complete"],
        }
    )


def digest(connection: duckdb.DuckDBPyConnection, rows: str, name: str) -> str:
    """Return a number that depends on which rows there are and not on their order: sums of halves of MD5."""
    text = text_of(LEDGER[name].names)
    query = f"SELECT sum(md5_number_lower(said)), sum(md5_number_upper(said)) FROM (SELECT {text} AS said FROM {rows})"
    low, high = connection.execute(query).fetchall()[0]
    return str(int(low or 0) + (int(high or 0) << 64))


def _days(
    connection: duckdb.DuckDBPyConnection, catalog: str, complete_to: dt.date | None, *, prefix: str = ""
) -> dict[str, Any]:
    (first, last_posting, last_invoice, unnamed), *_ = connection.execute(
        f"SELECT min(known_on), max(known_on), (SELECT max(known_on) FROM {catalog}.{prefix}invoices),"
        f" count(*) FILTER (currency IS NULL) FROM {catalog}.{prefix}postings"
    ).fetchall()
    days = [day for day in (last_posting, last_invoice, complete_to) if day is not None]
    return {
        "first_posting": first.isoformat() if first else None,
        "last_known": max(days).isoformat() if days else None,
        "currencies_complete": unnamed == 0,
    }


def _hashed(facts: dict[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in facts.items() if key not in _UNHASHED}
    return facts | {"content_hash": hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()}
