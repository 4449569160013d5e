"""What a table that passes between rooms is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from arseg.schema.errors import DataError

ColumnType = Literal["text", "date", "money", "integer", "number", "boolean"]

SQL_TYPES: Final[Mapping[ColumnType, str]] = MappingProxyType(
    {
        "text": "VARCHAR",
        "date": "DATE",
        "money": "DECIMAL(18,2)",
        "integer": "INTEGER",
        "number": "DOUBLE",
        "boolean": "BOOLEAN",
    }
)


@dataclass(frozen=True)
class Column:
    """One column: its name, type, meaning, and whether a row may lack it."""

    name: str
    type: ColumnType
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One table that passes between rooms.

    Parameters
    ----------
    name
        The table's name, in the trade's words.
    columns
        In the order in which they are stored and written.
    key
        The columns that make a row unique.
    event_day
        The column with the day on which the fact happened; ``known_on`` is never before it.
    mandatory
        Whether a ledger may lack the table.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    event_day: str | None = None
    mandatory: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that no row may lack."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)

    def ddl(self, name: str | None = None) -> str:
        """Return the CREATE TABLE statement; required columns are NOT NULL."""
        body = ", ".join(
            f'"{c.name}" {SQL_TYPES[c.type]}{" NOT NULL" if c.required else ""}' for c in self.columns
        )
        return f"CREATE TABLE {name or self.name} ({body})"


KNOWN_ON = Column("known_on", "date", "day on which the book knew this row", required=True)


def required(name: str, kind: ColumnType, meaning: str) -> Column:
    """Return a column that no row may lack."""
    return Column(name, kind, meaning, required=True)


def require_columns(columns: Iterable[str], needed: Iterable[str], *, frame: str) -> None:
    """Refuse a frame that lacks columns, naming all of them at once.

    Raises
    ------
    DataError
        If one or more are missing.

    Examples
    --------
    >>> require_columns(["a", "b"], ["a"], frame="scores")
    """
    present = list(columns)
    missing = [name for name in needed if name not in present]
    if missing:
        raise DataError(
            f"{frame} lacks columns {missing}",
            given=present,
            allowed="see arseg.schema",
            do="add them or rename on reading",
        )
