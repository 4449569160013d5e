"""PostgreSQL in, as text: all tables of a load in one transaction that sees one moment and writes nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from arseg.ledger.declared.bounds import Bounds, Unpacked, require_columns, require_rows
from arseg.ledger.sources.catalogue import find_table
from arseg.ledger.sources.reading import (
    BATCH_BYTES,
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
)
from arseg.ledger.sources.spelling import INSTANTS, spell
from arseg.schema import DataError, UsageError

if TYPE_CHECKING:
    import psycopg

# What each type is to us, under the name that the server gives it.
KINDS: Final = {
    **dict.fromkeys(("text", "varchar", "bpchar", "char", "name", "uuid"), "text"),
    "date": "date",
    "timestamp": "date",
    "numeric": "decimal",
    **dict.fromkeys(("int2", "int4", "int8"), "integer"),
    **dict.fromkeys(("float4", "float8"), "float"),
}

# Rows that a fetch brings; wide ones make a batch of 65,536 too large for a round trip.
FETCHED: Final = 8_192

# Text is spelt one way whatever the server, the role or the user's settings say, and nothing waits for ever.
SETTINGS: Final = (
    "SET DateStyle = 'ISO, YMD'",
    "SET extra_float_digits = 1",
    "SET bytea_output = 'hex'",
    "SET lock_timeout = '60s'",
    # Every load reads a table from its beginning, and to its end.
    "SET synchronize_seqscans = off",
    "SET cursor_tuple_fraction = 1.0",
)

COLUMNS: Final = """
SELECT n.nspname, c.relname, a.attname
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'
AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum
"""

# A rewritten or emptied table looks empty to whoever began before; its file's number gives it away.
REWRITTEN: Final = """
SELECT c.relfilenode <> pg_catalog.pg_relation_filenode(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'm') AND c.relfilenode <> 0
"""

NAMES: Final = "SELECT oid::int8, CASE typtype WHEN 'e' THEN 'text' ELSE typname END FROM pg_catalog.pg_type WHERE oid = ANY(%s)"


@contextmanager
def open_postgres(url: str, *, bounds: Bounds) -> Iterator[Database]:
    """Open a PostgreSQL database, whose tables and views then stand still until it is closed.

    The password comes from PGPASSWORD, the password file or the service file, never from the address.

    Parameters
    ----------
    url
        ``postgresql://user@host/db``, ``postgresql:///db?host=/folder/of/socket`` or ``service=name``.
    bounds
        How large a table may be.

    Raises
    ------
    DataError
        If the server cannot be reached or refuses.
    UsageError
        If the address is none, carries a password, or psycopg is not installed.
    """
    driver = _driver()
    settings = _settings(url)
    with _typed("PostgreSQL"):
        connection = driver.connect(**settings)
    with closing(connection):
        with _typed("PostgreSQL"):
            connection.isolation_level = driver.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.deferrable = True
            server = _look(connection, bounds)
        yield server


@dataclass(frozen=True)
class _Server:
    """An open database in its one transaction."""

    connection: psycopg.Connection[Any]
    bounds: Bounds
    heads: list[TableHead]
    path: list[str]

    def tables(self) -> list[TableHead]:
        """Return the tables and views that the role may read."""
        return list(self.heads)

    def read(self, table: str) -> Reading:
        """Read a table or view."""
        from psycopg import sql

        head = find_table(table, self.heads, path=self.path, name="the database")
        name = f"postgresql:{head.schema}.{head.table}"
        require_columns(len(head.header), self.bounds, name=name)
        origin = sql.Identifier(head.schema, head.table)
        with _typed(name):
            types = self._types(origin, head, name)
            kinds = {column: KINDS.get(kind, UNSUPPORTED + kind) for column, kind in types.items()}
            kinds |= self._instants(origin, types)
        stream = Stream(name, tuple(types), kinds, iter(()))
        stream.pieces = self._batches(stream, origin, types)
        return stream

    def _types(self, origin: Any, head: TableHead, name: str) -> dict[str, str]:
        """Return the type of each column as it is now, and keep it so until the end."""
        from psycopg import sql

        # Even a query for nothing keeps the table from being altered from here on.
        found = self.connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(origin)).description or []
        rewritten = self.connection.execute(REWRITTEN, [head.schema, head.table]).fetchone()
        if (rewritten and rewritten[0]) or tuple(column.name for column in found) != head.header:
            raise DataError(
                f"{name} was rebuilt while the load ran",
                given="a table whose rows or columns are no longer those of the load's moment",
                allowed="a table at rest",
                do="load again",
                code="rebuilt_while_read",
                file=name,
            )
        names = dict(self.connection.execute(NAMES, [[column.type_code for column in found]]).fetchall())
        return {column.name: names.get(column.type_code, "unknown") for column in found}

    def _instants(self, origin: Any, types: dict[str, str]) -> dict[str, str]:
        """Return the columns of timestamps of which one is not at midnight."""
        from psycopg import sql

        stamps = [column for column, kind in types.items() if kind == "timestamp"]
        if not stamps:
            return {}
        test = sql.SQL("bool_and({0} = pg_catalog.date_trunc('day', {0}))")
        tests = sql.SQL(", ").join(test.format(sql.Identifier(column)) for column in stamps)
        row = self.connection.execute(sql.SQL("SELECT {} FROM {}").format(tests, origin)).fetchone()
        days = dict(zip(stamps, row or (), strict=True))
        return {column: INSTANTS for column in stamps if days[column] is False}

    def _batches(self, stream: Stream, origin: Any, types: dict[str, str]) -> Iterator[Batch]:
        from psycopg import sql

        parts = sql.SQL(", ").join(_text(column, types[column], stream.kinds[column]) for column in types)
        query = sql.SQL("SELECT {} FROM {}").format(parts, origin)
        digest, done, counter = hashlib.sha256(), 0, Unpacked(stream.name, self.bounds)
        # Named, so that the rows stay on the server until they are asked for.
        with _typed(stream.name), self.connection.cursor(name=f"arseg_{id(stream)}") as cursor:
            cursor.execute(query)
            for rows in _fetched(cursor):
                batch = _batch(rows, stream, done + 1)
                done += len(rows)
                require_rows(done, self.bounds, name=stream.name)
                counter.count(0, batch.texts.nbytes)
                digest.update(encode_texts(batch))
                yield batch
        stream.sha256 = digest.hexdigest()


def _look(connection: psycopg.Connection[Any], bounds: Bounds) -> _Server:
    for setting in SETTINGS:
        connection.execute(setting)
    # The first query fixes the moment that all the others see.
    found = connection.execute(COLUMNS).fetchall()
    path = connection.execute("SELECT unnest(pg_catalog.current_schemas(false))::text").fetchall()
    columns: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in found:
        columns.setdefault((schema, table), []).append(column)
    heads = [TableHead(*where, tuple(names)) for where, names in columns.items()]
    return _Server(connection, bounds, heads, [schema for (schema,) in path])


def _fetched(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    """Gather round trips into batches."""
    kept: list[tuple[Any, ...]] = []
    length = 0
    while rows := cursor.fetchmany(FETCHED):
        kept += rows
        length += sum(len(value) for row in rows for value in row if isinstance(value, str))
        if len(kept) >= BATCH_ROWS or length >= BATCH_BYTES:
            yield kept
            kept, length = [], 0
    if kept:
        yield kept


def _batch(rows: list[tuple[Any, ...]], stream: Stream, first: int) -> Batch:
    arrays = {}
    for column, values in zip(stream.header, zip(*rows, strict=True), strict=True):
        kind = stream.kinds[column]
        typed = pa.array(values, pa.float64() if kind == "float" else pa.string())
        arrays[column] = spell(typed, kind) if kind == "float" else typed
    return make_batch(arrays, lines=number_rows(first, len(rows)))


def _text(column: str, declared: str, kind: str) -> Any:
    """Return the SQL that spells a column as the server does; floats are spelt as those of a Parquet file."""
    from psycopg import sql

    name = sql.Identifier(column)
    if kind == "float":
        return name
    if declared == "timestamp" and kind == "date":
        return sql.SQL("{}::date::text").format(name)
    # A cast would cut the blanks of a CHAR(n), which the server gives.
    return name if declared == "bpchar" else sql.SQL("{}::text").format(name)


def _settings(url: str) -> dict[str, Any]:
    """Return what the address says, or refuse it without repeating it."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError:
        raise UsageError(
            "the address of the database cannot be read",
            given="an address that is not repeated here, because it may hold a password",
            allowed="postgresql://user@host/database or service=name",
            do="correct it",
            code="bad_address",
        ) from None
    if {"password", "sslpassword"} & set(found) or re.search(r"//[^?]*:[^?]*@", url):
        raise UsageError(
            "the address of the database carries a password",
            given="an address that is not repeated here",
            allowed="postgresql://user@host/database or service=name",
            do="put the password into PGPASSWORD or the password file, and change it: it was seen",
            code="password_in_address",
        )
    return {"connect_timeout": 10, "application_name": "arseg", "client_encoding": "utf8"} | found


def _driver() -> Any:
    try:
        import psycopg
    except ImportError:
        raise UsageError(
            "PostgreSQL cannot be read without psycopg",
            given="an installation without it",
            allowed="the extra postgres",
            do="install arseg[postgres]",
            code="psycopg_missing",
        ) from None
    return psycopg


@contextmanager
def _typed(name: str) -> Iterator[None]:
    """Turn what the driver says into a refusal."""
    import psycopg

    try:
        yield
    except (psycopg.Error, UnicodeError) as problem:
        lines = str(problem).strip().splitlines() or [type(problem).__name__]
        raise DataError(
            f"{name} cannot be read",
            given=lines[0][:300],
            allowed="a server that answers and a table that may be read",
            do="check the address, the rights and the server's log",
            code="unreadable",
            file=name,
        ) from None
