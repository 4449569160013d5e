"""Text in, nothing guessed: one file becomes columns of text, and rows that cannot be split are set aside.

A line is a row. A quoted field may hold the delimiter but not a line break, so one stray quote
damages one row and never swallows the rows after it.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from arseg.ledger.layout import Source
from arseg.schema import DataError, UsageError

TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt")

# UTF-8 bytes read as Latin-1 or cp1252.
MOJIBAKE: Final = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf\u0152-\u0178\u2018-\u203a\u20ac\u2122]|\u00e2\u20ac"
)


@dataclass(frozen=True)
class Damaged:
    """A row that could not be split into fields: its line (from 1), reason code and text."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class RawTable:
    """One file as text.

    Parameters
    ----------
    name
        Name of the file, as the quarantine and the report give it.
    sha256
        Hash of its bytes, hexadecimal.
    columns
        Text by header; every column has the same length.
    kinds
        By header, what a typed file (Parquet) says the column is: text, date, decimal, integer, float.
    lines
        Line of each row, from 1 (in Parquet: its row, from 1).
    damaged
        Rows that are not in ``columns``.
    texts
        Text of the file by line, where it is text.
    """

    name: str
    sha256: str
    columns: dict[str, pa.Array]
    kinds: dict[str, str]
    lines: Sequence[int]
    damaged: tuple[Damaged, ...] = ()
    texts: Sequence[str] | None = None

    @property
    def rows(self) -> int:
        """Physical data rows, damaged ones included."""
        return len(self.lines) + len(self.damaged)

    def text(self, index: int) -> str:
        """Return the original text of a row."""
        if self.texts is not None:
            return self.texts[self.lines[index] - 1]
        return ",".join(column[index].as_py() or "" for column in self.columns.values())


def read_source(path: Path, source: Source, *, name: str) -> RawTable:
    """Read one file as text.

    Parameters
    ----------
    path
        The file.
    source
        How it is declared to be written.
    name
        What it is called in reports.

    Raises
    ------
    DataError
        If it is empty, not in the declared encoding (naming the byte), or its header lacks a
        column, has one twice, or is not what the layout declares.
    UsageError
        If its suffix is not one that can be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        from arseg.ledger.read_parquet import read_parquet

        columns, kinds, sha256 = read_parquet(path, name=name)
        check_header(list(columns), source, name=name)
        length = len(next(iter(columns.values()), ()))
        return RawTable(name, sha256, columns, kinds, range(1, length + 1))
    if suffix != ".csv":
        raise UsageError(
            "the kind of file is unknown",
            given=name,
            allowed=".csv or .parquet",
            do="export it as one of these",
        )
    return _read_csv(path, source, name)


def read_header(path: Path, source: Source, *, name: str) -> list[str]:
    """Return the names of a file's columns as they stand, without checking them."""
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet as pq

        return list(pq.read_schema(path).names)
    first, _, _ = _decode(path.read_bytes(), source.encoding, name).partition("\n")
    return _split_header(first.rstrip("\r"), source.delimiter)


def check_header(header: Sequence[str], source: Source, *, name: str) -> None:
    """Refuse a header that has a column twice or lacks one that the layout reads.

    Raises
    ------
    DataError
        Naming the column and, where one is near, the header that may be meant.
    """
    twice = sorted({column for column in header if list(header).count(column) > 1})
    if twice:
        raise DataError(
            f"{name} has a column twice",
            given=", ".join(twice),
            allowed="each header once",
            do="remove or rename one",
        )
    missing = [column for column in source.reads if column not in header]
    if missing:
        near = difflib.get_close_matches(missing[0], header, n=1)
        hint = f"; the nearest header is {near[0]!r}" if near else ""
        raise DataError(
            f"{name} lacks column {missing[0]!r}{hint}",
            given=", ".join(header),
            allowed=", ".join(source.reads),
            do="rename the column or correct the layout",
        )


def _read_csv(path: Path, source: Source, name: str) -> RawTable:
    data = path.read_bytes()
    text = _decode(data, source.encoding, name).replace("\r\n", "\n")
    lines = text.split("\n")
    whole = lines[-1] == ""
    if whole:
        lines.pop()
    if not lines or not lines[0]:
        raise DataError(
            f"{name} has no header",
            given="an empty first line",
            allowed="a header and rows",
            do="export it again",
        )
    header = _split_header(lines[0], source.delimiter)
    check_header(header, source, name=name)
    numbered = [(number, line) for number, line in enumerate(lines[1:], start=2) if line]
    damaged = []
    if not whole and numbered:
        # Nobody can tell 2,2 from the beginning of 2,200.
        damaged.append(Damaged(numbered[-1][0], "cut_off", numbered.pop()[1]))
    good, bad = _split_rows(numbered, source.delimiter, len(header))
    columns = _columns(header, [fields for _, fields in good])
    kinds = dict.fromkeys(header, "text")
    sha256 = hashlib.sha256(data).hexdigest()
    return RawTable(name, sha256, columns, kinds, [n for n, _ in good], (*bad, *damaged), lines)


def _decode(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as problem:
        raise DataError(
            f"{name} is not {encoding} at byte {problem.start}",
            given=data[problem.start : problem.start + 8].hex(" "),
            allowed=f"text in {encoding}",
            do="declare the file's encoding in the layout, or export it again",
        ) from None
    found = MOJIBAKE.search(text) if not encoding.lower().replace("_", "-").startswith("utf") else None
    if found:
        raise DataError(
            f"{name} looks like UTF-8 read as {encoding} at byte {len(text[: found.start()].encode(encoding))}",
            given=repr(text[max(0, found.start() - 5) : found.end() + 5]),
            allowed=f"text in {encoding}",
            do="declare encoding: utf-8 in the layout",
        )
    return text.removeprefix("\ufeff")


def _split_header(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _split_rows(
    numbered: Iterable[tuple[int, str]], delimiter: str, width: int
) -> tuple[list[tuple[int, list[str]]], list[Damaged]]:
    """Split each line; those that do not give ``width`` fields are damaged."""
    mark = re.escape(delimiter)
    item = f'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
    well_quoted = re.compile(f"{item}(?:{mark}{item})*")
    good, damaged = [], []
    for number, line in numbered:
        if '"' not in line:
            fields = line.split(delimiter)
        elif well_quoted.fullmatch(line):
            fields = next(csv.reader([line], delimiter=delimiter, strict=True))
        else:
            damaged.append(Damaged(number, "bad_quote", line))
            continue
        if len(fields) == width:
            good.append((number, fields))
        else:
            damaged.append(Damaged(number, "field_count", line))
    return good, damaged


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, pa.Array]:
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return {name: pa.array(column, pa.string()) for name, column in zip(header, columns, strict=True)}
