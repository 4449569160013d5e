"""Put frames into the ledger's typed tables; a value that does not fit is refused, never bent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa

from arseg.schema import LEDGER, SQL_TYPES, DataError, Table, UsageError, require_columns

if TYPE_CHECKING:
    # A load never needs it, and it takes two seconds to import.
    import pandas as pd

BOOKKEEPING: Final[Mapping[str, Mapping[str, str]]] = {
    "quarantine": {
        "load": "INTEGER NOT NULL",
        "source": "VARCHAR NOT NULL",
        "line": "BIGINT",
        "reason": "VARCHAR NOT NULL",
        "text": "VARCHAR",
        "amount": "DECIMAL(18,2)",
        "currency": "VARCHAR",
    },
    "sources": {
        "load": "INTEGER NOT NULL",
        "source": "VARCHAR NOT NULL",
        "sha256": "VARCHAR NOT NULL",
        "rows_read": "BIGINT",
        "rows_loaded": "BIGINT",
        "rows_quarantined": "BIGINT",
        "reasons": "VARCHAR",
    },
    "loads": {
        "load": "INTEGER NOT NULL",
        "layout": "VARCHAR",
        "layout_hash": "VARCHAR",
        "extracted_on": "DATE",
        "backfill": "VARCHAR",
        "rows_new": "BIGINT",
        "rows_restated": "BIGINT",
        "rows_unchanged": "BIGINT",
        "rows_late": "BIGINT",
        "first_known": "DATE",
        "last_known": "DATE",
        "content_hash": "VARCHAR",
    },
    "restatements": {
        "load": "INTEGER NOT NULL",
        "table_name": "VARCHAR NOT NULL",
        "identity": "VARCHAR",
        "kind": "VARCHAR NOT NULL",
        "claimed_on": "DATE",
        "known_on": "DATE",
        "currency": "VARCHAR",
        "amount_before": "DECIMAL(18,2)",
        "amount_after": "DECIMAL(18,2)",
    },
}


def insert_rows(connection: duckdb.DuckDBPyConnection, table: Table, frame: pd.DataFrame | pa.Table) -> None:
    """Insert a frame into its table of the attached ``book``, sorted by key; absent optional columns become NULL.

    Raises
    ------
    UsageError
        If the frame has a column that the table lacks.
    DataError
        If a required column or value is missing, or a value does not fit its type.
    """
    rows = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    if not rows.num_rows:
        return
    require_columns(rows.column_names, table.required, frame=f"table {table.name}")
    extra = sorted(set(rows.column_names) - set(table.names))
    if extra:
        raise UsageError(
            f"table {table.name} has unknown columns {extra}",
            given=", ".join(extra),
            allowed=", ".join(table.names),
            do="drop or rename them",
            code="unknown_column",
            file=table.name,
            column=extra[0],
        )
    kinds = {column.name: SQL_TYPES[column.type] for column in table.columns}
    picked = ", ".join(
        f'CAST("{name}" AS {kind})' if name in rows.column_names else f"CAST(NULL AS {kind})"
        for name, kind in kinds.items()
    )
    # Sorted by key, so that what a key date sees has one order whatever is known later.
    order = ", ".join(f"{1 + table.names.index(name)} NULLS FIRST" for name in table.key)
    _insert(connection, table.name, rows, f"SELECT {picked} FROM incoming ORDER BY {order}")


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the nine tables and the bookkeeping in the attached ``book``."""
    for name, table in LEDGER.items():
        connection.execute(table.ddl(f"book.{name}"))
    for name, types in BOOKKEEPING.items():
        body = ", ".join(f"{column} {kind}" for column, kind in types.items())
        connection.execute(f"CREATE TABLE book.{name} ({body})")


def insert_bookkeeping(connection: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame | None) -> None:
    """Fill a bookkeeping table from a frame, in the frame's order; an absent ``load`` is the first.

    Raises
    ------
    DataError
        If a column or required value is missing, or a value does not fit its type.
    """
    if frame is None or not len(frame):
        return
    types = BOOKKEEPING[name]
    needed = [column for column, kind in types.items() if kind.endswith("NOT NULL") and column != "load"]
    require_columns(frame.columns, needed, frame=f"table {name}")
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    first = {"load": "1"}
    picked = ", ".join(
        f"CAST({column if column in frame.columns else first.get(column, 'NULL')} AS {kind.removesuffix(' NOT NULL')})"
        for column, kind in types.items()
    )
    _insert(connection, name, rows, f"SELECT {picked} FROM incoming")


def _insert(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table, query: str) -> None:
    connection.register("incoming", rows)
    try:
        connection.execute(f"INSERT INTO book.{name} {query}")
    except (duckdb.ConversionException, duckdb.ConstraintException, duckdb.InvalidInputException) as problem:
        raise DataError(
            f"table {name} holds a value that does not fit",
            given=" ".join(str(problem).split()),
            allowed="the types and required columns of arseg.schema",
            do="quarantine the row or mend the source",
            code="value_does_not_fit",
            file=name,
        ) from None
    finally:
        connection.unregister("incoming")
