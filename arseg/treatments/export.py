"""The worklist as files: CSV and XLSX for people, Parquet and JSON for systems.

A spreadsheet runs a text cell that looks like a formula. In the CSV such cells are written behind an apostrophe,
which ``read_worklist`` takes away again, so that every text comes back as it was; in the workbook every text is
stored as text. See `arseg.schema.inert_text`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pandas as pd

from arseg.schema import WORKLIST, Column, ColumnType, DataError, UsageError, require_columns
from arseg.schema.inert_text import guard, unguard
from arseg.treatments.export_systems import as_json, as_parquet
from arseg.treatments.worklist import EXTRAS

# Excel takes a CSV file for UTF-8 only with the byte order mark.
_ENCODING: Final = "utf-8-sig"

FORMATS: Final = ("csv", "xlsx", "parquet", "json")


def write_worklist(
    frame: pd.DataFrame, path_without_suffix: str | Path, *, formats: Iterable[str] = ("csv", "parquet")
) -> list[Path]:
    """Write the worklist in some formats; the same frame gives the same bytes.

    csv: UTF-8 with byte order mark and CRLF lines; amounts have two decimals, days are ``YYYY-MM-DD``, a
    missing value is an empty cell. xlsx: a sheet with all of today's and waiting work and one per
    collector; see `arseg.treatments.export_workbook`. parquet and json: exact money, typed, with the meaning of
    every column; see `arseg.treatments.export_systems`. All hold the columns of ``schema.WORKLIST`` and those of
    ``worklist.EXTRAS`` that the frame has.

    Parameters
    ----------
    frame
        The worklist, from ``build_worklist``.
    path_without_suffix
        Where to write; missing folders are made.
    formats
        Of csv, xlsx, parquet, json.

    Returns
    -------
    paths
        The files written, in the order of the formats.

    Raises
    ------
    DataError
        If columns are missing.
    UsageError
        If a format is not known.
    """
    wanted = tuple(formats)
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise UsageError(
            "the worklist has no such format",
            given=unknown,
            allowed=", ".join(FORMATS),
            do="choose one or more of those allowed",
        )
    columns = columns_of(frame)
    stem = Path(path_without_suffix)
    stem.parent.mkdir(parents=True, exist_ok=True)
    writers: dict[str, Callable[[pd.DataFrame, tuple[Column, ...]], bytes]] = {
        "csv": _as_csv,
        "xlsx": _as_workbook,
        "parquet": as_parquet,
        "json": as_json,
    }
    paths = [stem.with_name(f"{stem.name}.{name}") for name in wanted]
    for path, name in zip(paths, wanted, strict=True):
        path.write_bytes(writers[name](frame, columns))
    return paths


def columns_of(frame: pd.DataFrame) -> tuple[Column, ...]:
    """Return the columns that are written: those of the schema, and of ``EXTRAS`` those the frame has.

    Raises
    ------
    DataError
        If columns of the schema are missing.
    """
    require_columns(frame.columns, WORKLIST.names, frame="worklist")
    return (*WORKLIST.columns, *(column for column in EXTRAS if column.name in frame.columns))


def read_worklist(path: str | Path) -> pd.DataFrame:
    """Read a worklist back from the CSV that ``write_worklist`` wrote.

    Returns
    -------
    frame
        As it was written; a missing text comes back empty.

    Raises
    ------
    DataError
        If columns are missing or a cell is not of its column's type.
    """
    with Path(path).open(encoding=_ENCODING, newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    require_columns(header, WORKLIST.names, frame=f"worklist {path}")
    ragged = [line for line, row in enumerate(rows, start=2) if len(row) != len(header)]
    if ragged:
        raise DataError(
            f"the worklist {path} has rows of another length than its header",
            given=f"row {ragged[0]}",
            allowed=f"{len(header)} cells",
            do="read the file as write_worklist wrote it",
        )
    cells = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    columns = (*WORKLIST.columns, *(column for column in EXTRAS if column.name in header))
    return pd.DataFrame({c.name: _parsed(cells[c.name], c.type, name=c.name) for c in columns})


_WRITERS: Final[dict[ColumnType, Callable[[Any], str]]] = {
    "text": guard,
    "date": lambda day: f"{day:%Y-%m-%d}",
    "money": lambda amount: f"{amount:.2f}",
    "integer": lambda count: f"{count:d}",
    "number": lambda number: repr(float(number)),
    "boolean": lambda flag: "TRUE" if flag else "FALSE",
}

_PANDAS_TYPES: Final[dict[ColumnType, str]] = {
    "money": "float64",
    "integer": "int64",
    "number": "float64",
}


def _as_workbook(frame: pd.DataFrame, columns: tuple[Column, ...]) -> bytes:
    # Few worklists are written as a workbook, and its library takes a quarter of a second to import.
    from arseg.treatments.export_workbook import as_workbook

    return as_workbook(frame, columns)


def _as_csv(frame: pd.DataFrame, columns: tuple[Column, ...]) -> bytes:
    cells = [_written(frame[column.name], column.type) for column in columns]
    buffer = io.StringIO(newline="")
    # CRLF also makes the writer quote a cell with a lone CR in it.
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    writer.writerows(zip(*cells, strict=True))
    return buffer.getvalue().encode(_ENCODING)


def _written(column: pd.Series, kind: ColumnType) -> list[str]:
    values, write = column.tolist(), _WRITERS[kind]
    if kind in {"text", "date"}:
        # Reasons, stages and deadlines come again and again: each is written once.
        known = {value: write(value) for value in {*column.dropna().tolist()}}
        write = known.__getitem__
    return ["" if gap else write(value) for value, gap in zip(values, column.isna().tolist(), strict=True)]


def _parsed(cells: list[str], kind: ColumnType, *, name: str) -> pd.Series:
    try:
        if kind == "text":
            return pd.Series([unguard(cell) for cell in cells], dtype="str")
        if kind == "date":
            return pd.to_datetime(pd.Series(cells, dtype="str"), format="%Y-%m-%d")
        if kind == "boolean":
            return pd.Series([{"TRUE": True, "FALSE": False}[cell] for cell in cells], dtype="bool")
        return pd.Series([cell or "nan" for cell in cells], dtype="str").astype(_PANDAS_TYPES[kind])
    except (KeyError, ValueError) as problem:
        raise DataError(
            f"the worklist's column {name} is not of its type",
            given=problem,
            allowed=kind,
            do="read the file as write_worklist wrote it",
        ) from None
