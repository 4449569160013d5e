"""What every reader gives, whatever it reads: rows as text, a batch at a time, and those that could not be split.

Text files, Parquet, Excel and databases differ only in who fills a ``Reading``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arseg.schema import ArsegError, DataError

# Rows per batch: wide rows of 1 KiB make 64 MiB of text, and a batch still amortises one SQL statement.
BATCH_ROWS: Final = 65_536

# Text per batch of sources that store a repeated text once; a batch that would have more is cut short.
BATCH_BYTES: Final = 64 << 20

# A column of a type without exact text carries this before its type; nothing may be mapped from it.
UNSUPPORTED: Final = "unsupported:"


@dataclass(frozen=True)
class Damaged:
    """A row that could not be split into fields: its line (from 1), reason code and text."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Batch:
    """Some rows in a row.

    Parameters
    ----------
    lines
        Line of each row in a text file, its number in any other source, from 1 (int64).
    texts
        Each row as it stands in the file; of a typed source its fields joined with commas, NULL as nothing.
    columns
        Text by header, all of one length; NULL and the empty text both mean empty.
    """

    lines: pa.Array
    texts: pa.Array
    columns: dict[str, pa.Array]


class Reading(Protocol):
    """One source being read.

    ``kinds`` says by header what a typed source calls the column: text, date, decimal, integer, float,
    or ``unsupported:`` and its type, where the text is for people only. ``damaged`` and ``sha256`` hold
    once the batches are exhausted; the hash is of a file's bytes, or of the texts of a table's rows in order.
    """

    name: str
    header: tuple[str, ...]
    kinds: dict[str, str]
    damaged: list[Damaged]
    sha256: str

    def batches(self) -> Iterator[Batch]:
        """Give the rows in order, at most ``BATCH_ROWS`` at a time; only once."""


class TableHead(NamedTuple):
    """A table or view of a database: where it is and what its columns are called."""

    schema: str
    table: str
    header: tuple[str, ...]


class Database(Protocol):
    """An open database, seen at one moment, whatever is written to it meanwhile."""

    def tables(self) -> list[TableHead]:
        """Return the tables and views that may be read, in the order of the alphabet."""

    def read(self, table: str) -> Reading:
        """Read one of them, named ``table`` or ``schema.table``."""


@dataclass
class Stream:
    """A reading made of an iterator of batches.

    Parameters
    ----------
    name
        What the source is called in complaints.
    header, kinds
        As in ``Reading``.
    pieces
        The batches; whoever makes them fills ``damaged`` and ``sha256``.
    damaged
        Rows that are in no batch.
    sha256
        Hash of the source.
    """

    name: str
    header: tuple[str, ...]
    kinds: dict[str, str]
    pieces: Iterator[Batch]
    damaged: list[Damaged] = field(default_factory=list)
    sha256: str = ""

    def batches(self) -> Iterator[Batch]:
        """Give the rows in order; only once."""
        yield from self.pieces


def make_batch(columns: Mapping[str, pa.Array], *, lines: pa.Array) -> Batch:
    """Return a batch of a typed source, whose rows have no text of their own."""
    return Batch(lines, join_fields(list(columns.values()), len(lines)), dict(columns))


def join_fields(columns: Sequence[pa.Array], length: int) -> pa.Array:
    """Return each row's fields joined with commas, NULL as nothing.

    Examples
    --------
    >>> join_fields([pa.array(["a", None]), pa.array(["1", "2"])], 2).to_pylist()
    ['a,1', ',2']
    """
    if not columns:
        return pa.array([""] * length, pa.string())
    return pc.binary_join_element_wise(*columns, ",", null_handling="replace", null_replacement="")


def number_rows(first: int, count: int) -> pa.Array:
    """Return the numbers of ``count`` rows from ``first`` on."""
    # `pa.array` of anything in Python imports pandas, which takes a second or more; a buffer does not.
    numbers = pa.py_buffer(np.arange(first, first + count, dtype=np.int64))
    return pa.Array.from_buffers(pa.int64(), count, [None, numbers])


@contextmanager
def refusing(name: str, kind: str) -> Iterator[None]:
    """Turn whatever a decoder says of a damaged file into one refusal.

    Parameters
    ----------
    name
        What the file is called in complaints.
    kind
        What it should be, as ``Parquet``.

    Raises
    ------
    DataError
        Naming the file and what the decoder said.
    """
    try:
        yield
    except ArsegError:
        raise
    # Damage reaches Python as almost any exception, from UnicodeDecodeError to OverflowError.
    except Exception as problem:  # noqa: BLE001 (no list of them is complete)
        lines = str(problem).strip().splitlines() or [type(problem).__name__]
        raise DataError(
            f"{name} cannot be read as {kind}",
            given=lines[0][:200],
            allowed=f"whole and undamaged {kind}",
            do="export or copy it again",
            code="unreadable",
            file=name,
        ) from None


def encode_texts(batch: Batch) -> bytes:
    """Return what a table's hash is made of: its rows' texts, each with a line end."""
    return "".join(f"{text}\n" for text in batch.texts.to_pylist()).encode()


@dataclass(frozen=True)
class Watched:
    """A file as it was when it was opened, so that a change during the reading is noticed.

    Parameters
    ----------
    path
        The file.
    name
        What it is called in complaints.
    stamp
        Its inode, size and times.
    """

    path: Path
    name: str
    stamp: tuple[int, ...]

    def hash(self) -> str:
        """Return the SHA-256 of its bytes, once everything has been read.

        Raises
        ------
        DataError
            If the file was replaced, grew, shrank or was written to since it was opened.
        """
        try:
            with self.path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as problem:
            raise _unreadable(self.name, problem) from None
        if _stamp(self.path, self.name) != self.stamp:
            raise DataError(
                f"{self.name} changed while it was read",
                given="another size or time than at the start",
                allowed="a file at rest",
                do="wait until it is written, then load again",
                code="changed_while_read",
                file=self.name,
            )
        return sha256


def watch_file(path: Path, *, name: str) -> Watched:
    """Remember what a file is like before it is opened.

    Parameters
    ----------
    path
        The file.
    name
        What it is called in complaints.

    Raises
    ------
    DataError
        If there is no such file.
    """
    return Watched(path, name, _stamp(path, name))


def _stamp(path: Path, name: str) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError as problem:
        raise _unreadable(name, problem) from None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _unreadable(name: str, problem: OSError) -> DataError:
    return DataError(
        f"{name} cannot be read",
        given=problem.strerror or type(problem).__name__,
        allowed="a file that exists and that you may read",
        do="check its path and its rights",
        code="unreadable",
        file=name,
    )
