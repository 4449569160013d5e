"""The stage of a load: all rows of all files side by side, judged together, before any is stored."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import accumulate

import duckdb
import pyarrow as pa

from arseg.ledger.convert import open_stage, stage_rows
from arseg.ledger.layout import Layout, Reporting
from arseg.ledger.matching import Matched
from arseg.ledger.quarantine import (
    Rejected,
    reject_currencies,
    reject_fields,
    reject_orphans,
    reject_repeats,
    text_of,
)
from arseg.ledger.read import RawTable
from arseg.schema import LEDGER


def stage_all(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Matched],
    raws: Sequence[RawTable],
    declared: Layout,
) -> None:
    """Convert every file into the stage tables and reject what cannot be read; rows are numbered through."""
    open_stage(connection)
    for file, raw, first in zip(files, raws, _first_rows(raws), strict=False):
        stage_rows(connection, raw, file.source, first_row=first, limits=declared.limits)
    reject_fields(connection)


def _first_rows(raws: Sequence[RawTable]) -> list[int]:
    return list(accumulate((len(raw.lines) for raw in raws), initial=0))


def reject_all(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Matched],
    raws: Sequence[RawTable],
    reporting: Reporting,
) -> list[Rejected]:
    """Apply the checks that need more than one row, and return every rejected row with its text."""
    reject_currencies(connection, {reporting.currency: 1.0} | reporting.rates)
    reject_repeats(connection, strict_keys(files))
    reject_orphans(connection)
    starts = _first_rows(raws)
    found = connection.execute(
        f"SELECT r.row, r.reason, a.amount, a.currency FROM rejected r LEFT JOIN ({_AMOUNTS}) a USING (row) ORDER BY 1"
    ).fetchall()
    rejected = [Rejected(raw.name, bad.line, bad.reason, bad.text) for raw in raws for bad in raw.damaged]
    for row, reason, amount, currency in found:
        place = bisect_right(starts, row) - 1
        raw, index = raws[place], row - starts[place]
        rejected.append(Rejected(raw.name, raw.lines[index], reason, raw.text(index), amount, currency))
    return rejected


# What a physical row is worth: its invoice's amount, else its posting's.
_AMOUNTS = (
    "SELECT row, arg_min(amount, place) AS amount, arg_min(currency, place) AS currency FROM "
    "(SELECT row, amount, currency, 0 AS place FROM stage_invoices UNION ALL "
    "SELECT row, amount, currency, 1 FROM stage_postings) GROUP BY row"
)


def strict_keys(files: Sequence[Matched]) -> dict[str, tuple[str, ...]]:
    """Return, by table, the columns that make a row unique; under an assumed clock there are no versions."""
    feeds = [feed for file in files for feed in file.source.feeds]
    loose = {feed.table for feed in feeds if feed.keep_one}
    assumed = assumed_clocks(files)
    keys = {}
    for name in sorted({feed.table for feed in feeds} - loose):
        key = LEDGER[name].key
        keys[name] = tuple(part for part in key if part != "known_on" or name not in assumed)
    return keys


def assumed_clocks(files: Sequence[Matched]) -> tuple[str, ...]:
    """Return the tables for which some source assumes the day of knowledge, sorted."""
    feeds = (feed for file in files for feed in file.source.feeds)
    assumed = {
        feed.table
        for feed in feeds
        if "known_on" in feed.columns and feed.columns["known_on"].assumed is not None
    }
    return tuple(sorted(assumed))


def total_amount(connection: duckdb.DuckDBPyConnection, rates: Mapping[str, float]) -> Decimal:
    """Return the amount of all rows without sign, in reporting currency."""
    found = connection.execute(
        f"SELECT currency, sum(abs(amount)) FROM ({_AMOUNTS}) GROUP BY currency"
    ).fetchall()
    parts = (
        amount * Decimal(str(rates[name])) for name, amount in found if name in rates and amount is not None
    )
    return sum(parts, Decimal(0))


def loaded_rows(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Matched]) -> pa.Table:
    """Return the rows of a table that are not rejected, without row numbers."""
    columns = ", ".join(LEDGER[name].names)
    live = f"SELECT {columns} FROM stage_{name} WHERE row NOT IN (SELECT row FROM rejected)"
    if any(feed.table == name and feed.keep_one for file in files for feed in file.source.feeds):
        live = _distinct_versions(live, name)
    return connection.sql(live).to_arrow_table()


def _distinct_versions(live: str, name: str) -> str:
    """Return the query that keeps one row per key, and of equal versions in a row only the first."""
    table = LEDGER[name]
    columns = ", ".join(table.names)
    who = ", ".join(part for part in table.key if part != "known_on")
    said = text_of(part for part in table.names if part != "known_on")
    one = (
        f"SELECT {columns}, {said} AS said FROM ({live}) "
        f"QUALIFY row_number() OVER (PARTITION BY {who}, known_on ORDER BY {said}) = 1"
    )
    return (
        f"SELECT {columns} FROM ({one}) "
        f"QUALIFY said IS DISTINCT FROM lag(said) OVER (PARTITION BY {who} ORDER BY known_on)"
    )
