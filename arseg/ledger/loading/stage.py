"""The stage of a load: all rows of all sources side by side, judged together, before any is stored.

The stage is a database of its own, attached as ``stage``, on disk where it is large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from arseg.ledger.declared.layout import Layout, Reporting
from arseg.ledger.declared.source import Source
from arseg.ledger.loading.convert import stage_source
from arseg.ledger.loading.quarantine import (
    quarantine_rows,
    reject_currencies,
    reject_fields,
    reject_orphans,
    reject_repeats,
    require_few,
)
from arseg.ledger.sources.matching import Matched
from arseg.ledger.sources.reading import Damaged
from arseg.ledger.sql_text import text_of
from arseg.schema import LEDGER


@dataclass(frozen=True)
class Staged:
    """One source as it was read: ``rows`` are physical data rows, damaged ones included."""

    name: str
    source: Source
    header: tuple[str, ...]
    sha256: str
    rows: int
    damaged: tuple[Damaged, ...]


def stage_all(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Matched], declared: Layout
) -> list[Staged]:
    """Convert every source into the stage tables and reject what cannot be read; rows are numbered through."""
    staged: list[Staged] = []
    first = 0
    for place, file in enumerate(files):
        reading = file.open()
        count = stage_source(
            connection, reading, file.source, place=place, first_row=first, limits=declared.limits
        )
        damaged = tuple(reading.damaged)
        rows = count + len(damaged)
        staged.append(Staged(file.name, file.source, tuple(reading.header), reading.sha256, rows, damaged))
        first += count
    reject_fields(connection)
    return staged


def reject_all(
    connection: duckdb.DuckDBPyConnection,
    staged: Sequence[Staged],
    reporting: Reporting,
    *,
    book: bool = False,
) -> None:
    """Apply the checks that need more than one row; with ``book``, an earlier ledger's invoices count too."""
    reject_currencies(connection, {reporting.currency: 1.0} | reporting.rates, book=book)
    reject_repeats(connection, strict_keys(staged))
    reject_orphans(connection, book=book)


def fill_quarantine(connection: duckdb.DuckDBPyConnection, staged: Sequence[Staged]) -> None:
    """Put every rejected row with its text, source and line into ``stage.quarantine``."""
    quarantine_rows(connection)
    bad = [(one.name, damage) for one in staged for damage in one.damaged]
    connection.execute(
        "INSERT INTO stage.quarantine SELECT n.source, t.line, r.reason, t.text, a.amount, a.currency "
        "FROM stage.rejected r JOIN stage.texts t USING (row) "
        "JOIN (SELECT unnest(range(len($names))) AS place, unnest($names) AS source) n USING (place) "
        f"LEFT JOIN ({_AMOUNTS}) a USING (row) UNION ALL "
        "SELECT unnest($sources), unnest($lines), unnest($reasons), unnest($texts), NULL, NULL ORDER BY 1, 2",
        {
            "names": _list([one.name for one in staged]),
            "sources": _list([name for name, _ in bad]),
            "lines": duckdb.Value([damage.line for _, damage in bad], "BIGINT[]"),
            "reasons": _list([damage.reason for _, damage in bad]),
            "texts": _list([damage.text for _, damage in bad]),
        },
    )


def _list(texts: list[str]) -> duckdb.Value:
    return duckdb.Value(texts, "VARCHAR[]")


# What a physical row is worth: its invoice's amount, else its posting's.
_AMOUNTS = (
    "SELECT row, arg_min(amount, place) AS amount, arg_min(currency, place) AS currency FROM "
    "(SELECT row, amount, currency, 0 AS place FROM stage.invoices UNION ALL "
    "SELECT row, amount, currency, 1 FROM stage.postings) GROUP BY row"
)


def strict_keys(staged: Sequence[Staged]) -> dict[str, tuple[str, ...]]:
    """Return, by table, the columns that make a row unique; under an assumed clock there are no versions."""
    feeds = [feed for one in staged for feed in one.source.feeds]
    loose = {feed.table for feed in feeds if feed.loose}
    assumed = assumed_clocks(staged)
    keys = {}
    for name in sorted({feed.table for feed in feeds} - loose):
        key = LEDGER[name].key
        keys[name] = tuple(part for part in key if part != "known_on" or name not in assumed)
    return keys


def assumed_clocks(staged: Sequence[Staged]) -> tuple[str, ...]:
    """Return the tables for which some source assumes the day of knowledge, sorted."""
    feeds = (feed for one in staged for feed in one.source.feeds)
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


def live_rows(name: str, staged: Sequence[Staged]) -> str:
    """Return the SELECT of a table's rows that are not rejected, without row numbers."""
    columns = ", ".join(LEDGER[name].names)
    live = f"SELECT row, rank, {columns} FROM stage.{name} WHERE row NOT IN (SELECT row FROM stage.rejected)"
    feeds = [feed for one in staged for feed in one.source.feeds if feed.table == name]
    if any(feed.keep for feed in feeds):
        key = ", ".join(LEDGER[name].key)
        live = f"SELECT * FROM ({live}) QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY rank DESC) = 1"
    if any(feed.keep_one for feed in feeds):
        return _distinct_versions(live, name)
    return f"SELECT {columns} FROM ({live})"


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


def set_aside(
    connection: duckdb.DuckDBPyConnection, staged: Sequence[Staged], declared: Layout, reporting: Reporting
) -> None:
    """Fill the quarantine, and refuse the load where it takes too much.

    Raises
    ------
    DataError
        If more is rejected than the layout's limits allow.
    """
    fill_quarantine(connection, staged)
    rates = {reporting.currency: 1.0} | reporting.rates
    rows = sum(one.rows for one in staged)
    amount = total_amount(connection, rates)
    require_few(connection, declared.limits, rows=rows, amount=amount, rates=rates)
