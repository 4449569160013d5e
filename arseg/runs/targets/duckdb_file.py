"""A DuckDB file as a target: one writer, one transaction, made whole before its name stands."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from arseg.runs.durable import sync_folder
from arseg.runs.targets.database import Database, refused
from arseg.runs.targets.tables import quoted
from arseg.schema import Table
from arseg.schema.table import SQL_TYPES, ColumnType

if TYPE_CHECKING:
    import pyarrow as pa

# Nothing in the file may make the engine reach outside it.
SETTINGS: Final = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 1,
}


@dataclass(frozen=True)
class DuckDbFile:
    """A DuckDB file that publications are carried to.

    Parameters
    ----------
    path
        The file; made, with its folder, where it is missing.
    described
        How it is spoken of.
    place
        SQL schema of the tables.
    """

    path: Path
    described: str
    place: str

    def require_ready(self) -> None:
        """Do nothing: DuckDB is always there."""

    @contextmanager
    def open(self, *, write: bool, patient: bool = True) -> Iterator[Database]:  # noqa: ARG002 - it never waits
        """Open the file in a transaction; a missing file that is only read from is empty.

        Parameters
        ----------
        write
            Whether anything will be written.
        patient
            Makes no difference here.

        Raises
        ------
        DataError
            If DuckDB or the disk refuses.
        """
        with _typed(self.described):
            if write:
                self._made()
            there = write or self.path.is_file()
            name = str(self.path) if there else ":memory:"
            connection = duckdb.connect(name, read_only=there and not write, config=SETTINGS)
        with closing(connection):
            database = _Open(connection, self.described)
            database.ask("BEGIN")
            yield database

    def _made(self) -> None:
        """Make an empty database aside and name it: a kill while it is made leaves no broken file behind."""
        if self.path.is_file():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_name(f".{self.path.name}.new")
        aside.unlink(missing_ok=True)
        duckdb.connect(str(aside), config=SETTINGS).close()
        sync_folder(self.path.parent)
        os.replace(aside, self.path)  # noqa: PTH105 - as in arseg.runs.publication
        sync_folder(self.path.parent)


@dataclass(frozen=True)
class _Open:
    connection: duckdb.DuckDBPyConnection
    described: str

    @property
    def types(self) -> Mapping[ColumnType, str]:
        return {**SQL_TYPES, "integer": "BIGINT"}

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with _typed(self.described):
            return self.connection.execute(sql, list(values)).fetchall()

    def add(self, table: Table, place: str, rows: pa.Table) -> None:
        columns = ", ".join(map(quoted, table.names))
        self.connection.register(_ARRIVING, rows)
        self.ask(
            f"INSERT INTO {quoted(place)}.{quoted(table.name)} ({columns}) SELECT {columns} FROM {_ARRIVING}"
        )
        self.connection.unregister(_ARRIVING)

    def lock(self, place: str) -> None:
        """Do nothing: the file has one writer."""

    def commit(self) -> None:
        self.ask("COMMIT")


_ARRIVING: Final = "arseg_arriving"


@contextmanager
def _typed(described: str) -> Iterator[None]:
    try:
        yield
    except duckdb.IOException as problem:
        # Another process that has it open is the usual reason, and it may be gone soon.
        raise refused(described, problem, passing="lock" in str(problem)) from None
    except (duckdb.Error, OSError) as problem:
        raise refused(described, problem, passing=False) from None
