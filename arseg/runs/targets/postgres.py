"""A PostgreSQL server as a target, by an address that stands in an environment variable or a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arseg.runs.publication_sections import Target as Declared
from arseg.runs.targets.database import Database, refused
from arseg.runs.targets.rows import plain_rows
from arseg.runs.targets.tables import SQL, quoted
from arseg.schema import Table, UsageError
from arseg.schema.table import ColumnType

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

# Classes and codes after which the same transaction may succeed: lost connections, deadlocks, locks, restarts.
PASSING_STATES: Final = re.compile(r"08...|40001|40P01|55P03|57P0[1-4]|53300")
# Seconds: to connect, for a statement, for a lock, and for a network that has gone silent.
CONNECT, STATEMENT, LOCK, SILENT = 10, 300, 30, 30
ROWS: Final = 8_192


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server that publications are carried to.

    Parameters
    ----------
    declared
        Where its address stands.
    home
        The home folder, from which a file with the address is named.
    """

    declared: Declared
    home: Path

    @property
    def described(self) -> str:
        """How it is spoken of; never the address."""
        return self.declared.described

    @property
    def place(self) -> str:
        """SQL schema of the tables."""
        return self.declared.place

    @contextmanager
    def open(self, *, write: bool, patient: bool = True) -> Iterator[Database]:
        """Open the server in one transaction.

        Parameters
        ----------
        write
            Whether anything will be written.
        patient
            Whether to wait as long as a publication may; else a look is short.

        Raises
        ------
        UsageError
            If the driver or the address is missing.
        DataError
            If the server refuses.
        """
        driver, url = _driver(), self._address()
        with _typed(self.described, url):
            connection = driver.connect(**_settings(url, patient=patient))
            # Sent with the first statement.
            connection.read_only = not write
        with closing(connection):
            database = _Open(connection, self.described, url)
            for name, seconds in (("statement_timeout", STATEMENT), ("lock_timeout", LOCK)):
                database.ask(f"SET LOCAL {name} = '{seconds if patient else CONNECT}s'")
            yield database

    def require_ready(self) -> None:
        """Refuse a missing driver, and an address that is missing or none.

        Raises
        ------
        UsageError
            Naming what is missing.
        """
        _driver()
        _settings(self._address(), patient=True)

    def _address(self) -> str:
        declared = self.declared
        if declared.url is not None:
            return declared.url
        if declared.url_env is not None:
            found = os.environ.get(declared.url_env, "")
            place = f"the environment variable {declared.url_env}"
        else:
            path = self.home / str(declared.url_file)
            found = path.read_text(encoding="utf-8") if path.is_file() else ""
            place = f"the file {declared.url_file}"
        if not found.strip():
            raise UsageError(
                f"the target {declared.described} has no address",
                given=f"nothing in {place}",
                allowed="postgresql://user:password@host/database",
                do=f"put it into {place}",
                code="target_without_address",
            )
        return found.strip()


@dataclass(frozen=True)
class _Open:
    connection: psycopg.Connection[Any]
    described: str
    # Kept out of what is printed: it may hold a password.
    url: str = field(repr=False)

    @property
    def types(self) -> Mapping[ColumnType, str]:
        return SQL

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with _typed(self.described, self.url):
            cursor = self.connection.execute(_numbered(sql), list(values) or None)
            return cursor.fetchall() if cursor.description else []

    def add(self, table: Table, place: str, rows: pa.Table) -> None:
        columns = ", ".join(map(quoted, table.names))
        there: Any = f"COPY {quoted(place)}.{quoted(table.name)} ({columns}) FROM STDIN"
        with (
            _typed(self.described, self.url),
            self.connection.cursor() as cursor,
            cursor.copy(there) as copy,
        ):
            for start in range(0, rows.num_rows, ROWS):
                for row in plain_rows(rows.slice(start, ROWS)):
                    copy.write_row(row)

    def lock(self, place: str) -> None:
        lock = "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(?, 0))"
        self.ask(lock, [f"arseg {place}"])

    def commit(self) -> None:
        with _typed(self.described, self.url):
            self.connection.commit()


def _numbered(sql: str) -> Any:
    """Return our statement with the driver's marks for values; ours hold no other question mark."""
    return sql.replace("?", "%s")


@contextmanager
def _typed(described: str, url: str) -> Iterator[None]:
    """Turn what the driver says into a refusal that repeats nothing of a password."""
    import psycopg

    try:
        yield
    except (psycopg.Error, UnicodeError) as problem:
        raise refused(described, _without(url, str(problem)), passing=_passing(problem)) from None


def _passing(problem: Exception) -> bool:
    """Return whether the next try may succeed; a refused password is not tried again."""
    import psycopg

    if not isinstance(problem, psycopg.OperationalError):
        return isinstance(problem, psycopg.InterfaceError)
    if problem.sqlstate:
        return PASSING_STATES.fullmatch(problem.sqlstate) is not None
    asked = problem.pgconn
    return asked is None or not (asked.needs_password or asked.used_password)


def _settings(url: str, *, patient: bool) -> dict[str, Any]:
    """Return what the address says, or refuse it without repeating it."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError:
        raise UsageError(
            "the address of the target cannot be read",
            given="an address that is not repeated here, because it may hold a password",
            allowed="postgresql://user:password@host/database, with %40 for an @ in the password",
            do="correct it where it stands",
            code="target_address",
        ) from None
    ours = {
        "connect_timeout": CONNECT if patient else 3,
        "application_name": "arseg",
        "client_encoding": "utf8",
        "keepalives_idle": SILENT,
        "tcp_user_timeout": 1000 * SILENT,
    }
    return ours | found


def _without(url: str, said: str) -> str:
    """Return a message without any part of the address that may be of a password."""
    secret = re.findall(r"//[^:/@]*:(.*)@", url) + re.findall(r"passw(?:or)?d\s*=\s*'?([^&'\s]+)", url)
    parts = {part for word in secret for part in (word, *re.split(r"[@:/?#]", word)) if part}
    for part in sorted(parts, key=len, reverse=True):
        said = said.replace(part, "***")
    return said


def _driver() -> Any:
    try:
        import psycopg
    except ImportError:
        raise UsageError(
            "a PostgreSQL target needs psycopg",
            given="an installation without it",
            allowed="the extra postgres",
            do="install arseg[postgres]",
            code="psycopg_missing",
        ) from None
    return psycopg
