"""What a target's database must be able to do, and how its refusals are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, Protocol

from arseg.schema import DataError, Table
from arseg.schema.table import ColumnType

if TYPE_CHECKING:
    import pyarrow as pa

# What may be gone at the next try: a server that starts, a file that another process holds.
PASSING: Final = "target_passing"
LASTING: Final = "target_refused"


class Database(Protocol):
    """An open database with one open transaction; what is not committed is gone when it is closed."""

    @property
    def types(self) -> Mapping[ColumnType, str]:
        """How its ``information_schema`` spells the types of our columns."""

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement, with a ``?`` for each value, and return its rows."""

    def add(self, table: Table, place: str, rows: pa.Table) -> None:
        """Add rows to a table of a schema; values are data, never text of a statement."""

    def lock(self, place: str) -> None:
        """Let nobody else write to that schema until the transaction ends."""

    def commit(self) -> None:
        """Make everything since the opening lasting, or nothing."""


class Target(Protocol):
    """A place that publications are carried to."""

    @property
    def described(self) -> str:
        """How it is spoken of; never an address."""

    @property
    def place(self) -> str:
        """SQL schema of its tables."""

    def require_ready(self) -> None:
        """Refuse at once what no server is needed to see: no driver, no address."""

    def open(self, *, write: bool, patient: bool = True) -> AbstractContextManager[Database]:
        """Open it; what its driver says on the way comes as a ``DataError`` of code PASSING or LASTING."""


def refused(described: str, said: object, *, passing: bool) -> DataError:
    """Return the refusal of a target.

    Parameters
    ----------
    described
        How the target is spoken of.
    said
        What its driver said; the first line is told.
    passing
        Whether the next try may succeed.
    """
    lines = str(said).strip().splitlines() or [type(said).__name__]
    return DataError(
        f"the target {described} refused",
        given=lines[0][:300],
        allowed="a database that answers and lets us write to tables of our own",
        do="check its address, its rights, its room and its log",
        code=PASSING if passing else LASTING,
    )
