"""What runs the SQL: two methods and a prelude of named functions (`arseg.ledger.prelude`).

A feature block is plain SQL plus the functions of the prelude, so that the same text runs on every
engine that has them. Here is the embedded one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, Self

import duckdb
import pyarrow as pa

from arseg.ledger.prelude import DUCKDB

if TYPE_CHECKING:
    # A load never needs it, and it takes two seconds to import.
    import pandas as pd

# SQL text names tables, never Python variables of whoever called, and fetches nothing from a network.
CLOSED: Final = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class Engine(Protocol):
    """Runs SQL text and holds tables by name."""

    def execute(self, sql: str) -> pa.Table:
        """Run one statement and return its rows."""

    def register(self, name: str, table: pa.Table) -> None:
        """Make a table selectable under a name, replacing one of that name."""


class DuckDBEngine:
    """The embedded engine: an in-memory DuckDB with the prelude.

    Parameters
    ----------
    threads
        Threads per query; with 1 the order of rows is the same on every machine.

    Examples
    --------
    >>> with DuckDBEngine() as engine:
    ...     engine.execute("SELECT days_between(DATE '2026-01-31', DATE '2026-03-01') AS days").to_pylist()
    [{'days': 29}]
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._connection = duckdb.connect(":memory:", config={"threads": threads, **CLOSED})
        for macro in DUCKDB:
            self._connection.execute(macro)

    def execute(self, sql: str) -> pa.Table:
        """Run one statement and return its rows."""
        relation = self._connection.sql(sql)
        return pa.table({}) if relation is None else relation.to_arrow_table()

    def frame(self, sql: str) -> pd.DataFrame:
        """Run one statement and return its rows as a frame; decimals become float64."""
        relation = self._connection.sql(sql)
        if relation is None:
            import pandas as pd

            return pd.DataFrame()
        return relation.df()

    def register(self, name: str, table: pa.Table) -> None:
        """Make a table selectable under a name, replacing one of that name."""
        self._connection.register(name, table)

    def seal(self) -> None:
        """Cut the engine off: no file, no other database, no extension, and no way to undo this."""
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Free the memory; a second call does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
