"""What runs the SQL: two methods and a prelude of named functions (`arseg.ledger.prelude`).

A feature block is plain SQL plus the functions of the prelude, so that the same text runs on every
engine that has them. Here is the embedded one.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol, Self

import duckdb
import pyarrow as pa

from arseg.ledger.prelude import DUCKDB
from arseg.schema import UsageError

if TYPE_CHECKING:
    # A load never needs it, and it takes two seconds to import.
    import pandas as pd

# SQL text names tables, never Python variables of whoever called, and fetches nothing from a network.
CLOSED: Final = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


# To look for parts of a plan that are the same it writes every part out, with each name of an enumeration of all
# customers; our texts name what they share.
PLANS: Final = {"disabled_optimizers": "common_subplan"}

# As many as fit, so that a column is one piece of memory.
_ROWS_PER_BATCH: Final = 2**30
_WITH: Final = re.compile(r"(?:\s|--[^\n]*\n)*with\s+", re.IGNORECASE)


class Engine(Protocol):
    """Runs SQL text and holds tables by name; two methods do the work, the others are for speed and comfort."""

    def execute(self, sql: str) -> pa.Table:
        """Run one statement and return its rows."""

    def frame(self, sql: str) -> pd.DataFrame:
        """Run one statement and return its rows as a frame; decimals become float64."""

    def register(self, name: str, table: pa.Table) -> None:
        """Make a table selectable under a name, replacing one of that name."""

    def share(self, sql: str, parts: Mapping[str, str]) -> pa.Table:
        """Run one SELECT whose first common tables are parts (`with_parts`), and return its rows."""

    def hold(self, name: str, sql: str) -> None:
        """Make the rows of a SELECT selectable under a name, until it is closed; a second call does nothing."""

    def close(self) -> None:
        """Free the memory; a second call does nothing."""


def with_parts(sql: str, parts: Mapping[str, str]) -> str:
    """Return a query with parts as the first of its common tables.

    Examples
    --------
    >>> print(with_parts("WITH b AS (SELECT n FROM a) SELECT n FROM b", {"a": "SELECT 1 AS n"}))
    WITH a AS (
    SELECT 1 AS n
    ),
    b AS (SELECT n FROM a) SELECT n FROM b
    """
    if not parts:
        return sql
    found = _WITH.match(sql)
    if found is None:
        return f"WITH {_tables(parts)}\n{sql}"
    return f"{found[0]}{_tables(parts)},\n{sql[found.end() :]}"


def _without_parts(sql: str, parts: Mapping[str, str]) -> str:
    """Return a query without the parts that `with_parts` put there; as it is where they are not there."""
    if not parts:
        return sql
    tables = _tables(parts)
    return sql.replace(f"{tables},\n", "", 1).replace(f"WITH {tables}\n", "", 1)


def _tables(parts: Mapping[str, str]) -> str:
    return ",\n".join(f"{name} AS (\n{text}\n)" for name, text in parts.items())


class DuckDBEngine:
    """The embedded engine: an in-memory DuckDB with the prelude.

    Parameters
    ----------
    threads
        Threads per query; with 1 the order of rows is the same on every machine.
    memory
        What it may hold in memory before it writes to disk, as ``4GB``; DuckDB's own limit where None.
    beside
        An engine whose tables this one reads, with temporary views of its own; each runs in a thread of its
        own, and closing one leaves the other open. The other settings are that engine's.

    Examples
    --------
    >>> with DuckDBEngine() as engine:
    ...     engine.execute("SELECT days_between(DATE '2026-01-31', DATE '2026-03-01') AS days").to_pylist()
    [{'days': 29}]
    """

    def __init__(
        self, *, threads: int = 1, memory: str | None = None, beside: DuckDBEngine | None = None
    ) -> None:
        self._connection: duckdb.DuckDBPyConnection
        self._held: dict[str, str] = {}
        self._spill: tempfile.TemporaryDirectory[str] | None = None
        self.stands_beside: Final = beside is not None
        if beside is not None:
            self._connection = beside._connection.cursor()  # noqa: SLF001
            return
        self._spill = tempfile.TemporaryDirectory(prefix="arseg-")
        config: dict[str, object] = {
            "threads": threads,
            "temp_directory": self._spill.name,
            **CLOSED,
            **PLANS,
        }
        if memory is not None:
            config["memory_limit"] = memory
        try:
            self._connection = _connect(config)
        except BaseException:
            self._spill.cleanup()
            raise
        for macro in DUCKDB:
            self._connection.execute(macro)

    def execute(self, sql: str) -> pa.Table:
        """Run one statement and return its rows."""
        if not hasattr(self._connection, "_result_as_arrow"):
            relation = self._connection.sql(sql)
            return pa.table({}) if relation is None else relation.to_arrow_table()
        # What `to_arrow_table` of a connection does, less its warning that it copies the rows: a relation binds
        # the text twice, to describe it and to run it, which is dearer for a block than the copy.
        self._connection.execute(sql)
        return self._connection._result_as_arrow(_ROWS_PER_BATCH, reader=False)  # noqa: SLF001

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

    def share(self, sql: str, parts: Mapping[str, str]) -> pa.Table:
        """Run one SELECT whose first common tables are parts, each of them once for all texts that have it."""
        bare = _without_parts(sql, parts)
        if bare == sql or any(self._held.get(name, part) != part for name, part in parts.items()):
            return self.execute(sql)
        for name, part in parts.items():
            self.hold(name, part)
        return self.execute(bare)

    def hold(self, name: str, sql: str) -> None:
        """Make the rows of a SELECT selectable under a name, until it is closed; a second call does nothing."""
        if name not in self._held:
            self._connection.execute(f"CREATE TEMP TABLE {name} AS {sql}")
            self._held[name] = sql

    def use_threads(self, threads: int) -> None:
        """Give each query so many threads from now on."""
        self._connection.execute(f"SET threads = {threads}")

    def memory_limit(self) -> int:
        """Return the bytes that it may hold in memory."""
        ((size,),) = self._connection.execute("SELECT current_setting('memory_limit')").fetchall()
        return _bytes(str(size))

    def seal(self) -> None:
        """Cut the engine off: no file, no other database, no extension, and no way to undo this."""
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Free the memory; a second call does nothing."""
        self._connection.close()
        if self._spill is not None:
            self._spill.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connect(config: dict[str, object]) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(":memory:", config=config)
    except duckdb.Error as problem:
        if "memory" not in str(problem).lower():
            raise
        raise UsageError(
            "the memory limit is no size",
            given=config["memory_limit"],
            allowed="a number and a unit, as 500MB or 4GB",
            do="write it so",
            code="memory_limit",
        ) from None


def _bytes(size: str) -> int:
    """Return a size as DuckDB writes it in bytes.

    Examples
    --------
    >>> _bytes("1.5 GiB")
    1610612736
    """
    number, unit = size.split()
    return int(float(number) * {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}[unit])
