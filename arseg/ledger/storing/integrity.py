"""What must hold in every stored row, else no key date can be trusted.

Sources break these often; the loader quarantines such rows. Here a broken one is refused.
"""

from __future__ import annotations

from typing import Final

import duckdb

from arseg.schema import LEDGER, POSTING_KINDS, DataError, Table

# Enough to find them, few enough to read.
SHOWN: Final = 3


def require_integrity(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a ledger whose keys, clocks or kinds of posting are broken.

    Parameters
    ----------
    connection
        With a database that holds the nine tables, attached as ``book``.

    Raises
    ------
    DataError
        If a key stands twice, a row is known before it happened, or a kind of posting is unknown.
    """
    for table in LEDGER.values():
        _require_unique_keys(connection, table)
        _require_ordered_clocks(connection, table)
    _require_known_kinds(connection)


def _require_unique_keys(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    key = ", ".join(table.key)
    found = _first(
        connection, f"SELECT {key} FROM book.{table.name} GROUP BY {key} HAVING count(*) > 1 ORDER BY {key}"
    )
    if found:
        raise DataError(
            f"table {table.name} holds a key twice",
            given=found,
            allowed=f"each ({key}) once",
            do="quarantine the repeats",
            code="duplicate_key",
            file=table.name,
            column=table.key[0],
        )


def _require_ordered_clocks(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    if table.event_day is None:
        return
    shown = f"{table.key[0]}, {table.event_day}, known_on"
    found = _first(
        connection,
        f"SELECT {shown} FROM book.{table.name} WHERE known_on < {table.event_day} ORDER BY {shown}",
    )
    if found:
        raise DataError(
            f"table {table.name} knows a row before it happened",
            given=found,
            allowed=f"known_on >= {table.event_day}",
            do="take the later day as known_on and note that the clock is assumed",
            code="known_before_event",
            file=table.name,
            column="known_on",
        )


def _require_known_kinds(connection: duckdb.DuckDBPyConnection) -> None:
    kinds = ", ".join(f"'{kind}'" for kind in POSTING_KINDS)
    found = _first(
        connection, f"SELECT DISTINCT kind FROM book.postings WHERE kind NOT IN ({kinds}) ORDER BY kind"
    )
    if found:
        raise DataError(
            "a kind of posting is unknown",
            given=found,
            allowed=", ".join(POSTING_KINDS),
            do="map it in the layout",
            code="unknown_kind",
            file="postings",
            column="kind",
        )


def _first(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    rows = connection.execute(f"{query} LIMIT {SHOWN}").fetchall()
    return "; ".join(", ".join(str(value) for value in row) for row in rows)
