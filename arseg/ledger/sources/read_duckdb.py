"""A DuckDB file in, as text: nobody can write to it while it is open, and it can reach nothing but itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from arseg.ledger.declared.bounds import Bounds, Unpacked, require_columns, require_rows, require_size
from arseg.ledger.engine import CLOSED
from arseg.ledger.sources.catalogue import find_table
from arseg.ledger.sources.reading import (
    BATCH_ROWS,
    UNSUPPORTED,
    Batch,
    Database,
    Reading,
    Stream,
    TableHead,
    encode_texts,
    make_batch,
    number_rows,
    refusing,
)
from arseg.ledger.sources.spelling import INSTANTS, spell

SEALED: Final = {
    **CLOSED,
    "enable_external_access": False,
    # The order of rows is that of the file.
    "preserve_insertion_order": True,
    "threads": 1,
}

INTEGERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")

# What each type of column is to us; an ENUM and a DECIMAL say more after their name.
KINDS: Final = {
    "VARCHAR": "text",
    "ENUM": "text",
    "UUID": "text",
    '"NULL"': "text",
    "DATE": "date",
    "DECIMAL": "decimal",
    "FLOAT": "float",
    "DOUBLE": "float",
    **dict.fromkeys(INTEGERS, "integer"),
    **{f"U{name}": "integer" for name in INTEGERS},
}
TIMESTAMPS: Final = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")

COLUMNS: Final = (
    "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
    "WHERE NOT internal AND database_name = current_database() ORDER BY 1, 2, column_index"
)


@contextmanager
def open_duckdb(path: Path, *, bounds: Bounds) -> Iterator[Database]:
    """Open a DuckDB file, whose tables and views then stand still until it is closed.

    Parameters
    ----------
    path
        The file.
    bounds
        How large it may be.

    Raises
    ------
    DataError
        If it is not a DuckDB file, is encrypted, damaged, too large, or is being written to.
    """
    require_size(path, bounds, name=path.name)
    with refusing(path.name, "DuckDB"):
        connection = duckdb.connect(path, read_only=True, config=SEALED)
    try:
        with refusing(path.name, "DuckDB"):
            connection.execute("SET lock_configuration = true")
            found = connection.execute(COLUMNS).fetchall()
        columns: dict[tuple[str, str], dict[str, str]] = {}
        for schema, table, column, kind in found:
            columns.setdefault((schema, table), {})[column] = kind
        yield _File(connection, path.name, bounds, columns)
    finally:
        connection.close()


@dataclass(frozen=True)
class _File:
    """An open DuckDB file."""

    connection: duckdb.DuckDBPyConnection
    name: str
    bounds: Bounds
    columns: dict[tuple[str, str], dict[str, str]]

    def tables(self) -> list[TableHead]:
        """Return its tables and views."""
        return [TableHead(*where, tuple(columns)) for where, columns in sorted(self.columns.items())]

    def read(self, table: str) -> Reading:
        """Read a table or view."""
        head = find_table(table, self.tables(), path=("main",), name=self.name)
        name = f"{self.name}:{head.schema}.{head.table}"
        require_columns(len(head.header), self.bounds, name=name)
        types = self.columns[head.schema, head.table]
        origin = f"{quoted(head.schema)}.{quoted(head.table)}"
        with refusing(name, "DuckDB"):
            kinds = self._kinds(types, origin)
        stream = Stream(name, head.header, kinds, iter(()))
        stream.pieces = self._batches(stream, types, origin)
        return stream

    def _kinds(self, types: dict[str, str], origin: str) -> dict[str, str]:
        """Return the kind of each column; timestamps are days if every one is at midnight."""
        kinds = {
            column: KINDS.get(kind.partition("(")[0], UNSUPPORTED + kind) for column, kind in types.items()
        }
        stamps = [column for column, kind in types.items() if kind in TIMESTAMPS]
        if stamps:
            tests = (f"bool_and({quoted(c)} = date_trunc('day', {quoted(c)}))" for c in stamps)
            row = self.connection.execute(f"SELECT {', '.join(tests)} FROM {origin}").fetchone()
            days = dict(zip(stamps, row or (), strict=True))
            kinds |= {column: INSTANTS if days[column] is False else "date" for column in stamps}
        return kinds

    def _batches(self, stream: Stream, types: dict[str, str], origin: str) -> Iterator[Batch]:
        columns = ", ".join(_text(column, types[column], stream.kinds[column]) for column in stream.header)
        digest, done, counter = hashlib.sha256(), 0, Unpacked(stream.name, self.bounds)
        # A cursor of its own: two tables may be read side by side, and nobody can write meanwhile.
        with refusing(stream.name, "DuckDB"), self.connection.cursor() as cursor:
            reader: Any = cursor.sql(f"SELECT {columns} FROM {origin}").to_arrow_reader(BATCH_ROWS)
            for found in reader:
                arrays = [
                    spell(array, kind) if kind == "float" else array
                    for array, kind in zip(found, stream.kinds.values(), strict=True)
                ]
                lines = number_rows(done + 1, found.num_rows)
                batch = make_batch(dict(zip(stream.header, arrays, strict=True)), lines=lines)
                done += found.num_rows
                require_rows(done, self.bounds, name=stream.name)
                counter.count(0, batch.texts.nbytes)
                digest.update(encode_texts(batch))
                yield batch
        stream.sha256 = digest.hexdigest()


def quoted(name: str) -> str:
    """Return a name as an SQL identifier.

    Examples
    --------
    >>> print(quoted('3" pipe'))
    "3"" pipe"
    """
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _text(column: str, declared: str, kind: str) -> str:
    """Return the SQL that spells a column; floats are spelt by Arrow, as those of a Parquet file are."""
    if kind == "float":
        return quoted(column)
    if declared in TIMESTAMPS and kind == "date":
        return f"CAST(CAST({quoted(column)} AS DATE) AS VARCHAR)"
    nested = any(mark in declared for mark in "([") and kind.startswith(UNSUPPORTED)
    return "CAST(NULL AS VARCHAR)" if nested else f"CAST({quoted(column)} AS VARCHAR)"
