"""The worklist as files: CSV for a spreadsheet, Parquet for systems.

A spreadsheet runs a text cell that looks like a formula. Such cells are written behind an apostrophe,
which ``read_worklist`` takes away again, so that every text comes back as it was.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from arseg.schema import WORKLIST, ColumnType, DataError, require_columns

# What may stand before a formula without hiding it: white space, what has no width, and apostrophes, so that
# an apostrophe in front of a formula can be told from one in a name such as 's-Hertogenbosch.
_LIVE: Final = re.compile("^[\\s'\x00\u200b\ufeff]*[=+\\-@\t\r\n＝＋－＠]")  # noqa: RUF001

# Excel takes a CSV file for UTF-8 only with the byte order mark.
_ENCODING: Final = "utf-8-sig"


def write_worklist(frame: pd.DataFrame, path_without_suffix: str | Path) -> list[Path]:
    """Write the worklist as ``.csv`` and ``.parquet``.

    The CSV is UTF-8 with byte order mark and CRLF lines; amounts have two decimals, days are
    ``YYYY-MM-DD``, a missing value is an empty cell. The Parquet file keeps money as decimal128(18, 2) and
    text as it is. Both hold exactly the columns of ``schema.WORKLIST``; the same frame gives the same bytes.

    Parameters
    ----------
    frame
        The worklist, from ``build_worklist``.
    path_without_suffix
        Where to write; missing folders are made.

    Returns
    -------
    paths
        The files written.

    Raises
    ------
    DataError
        If columns are missing.
    """
    require_columns(frame.columns, WORKLIST.names, frame="worklist")
    stem = Path(path_without_suffix)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = [stem.with_name(f"{stem.name}{suffix}") for suffix in (".csv", ".parquet")]
    paths[0].write_bytes(_as_csv(frame).encode(_ENCODING))
    pq.write_table(_as_arrow(frame), paths[1])
    return paths


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
    return pd.DataFrame({c.name: _parsed(cells[c.name], c.type, name=c.name) for c in WORKLIST.columns})


def guard(text: str) -> str:
    """Return the text with an apostrophe before it if a spreadsheet might run it.

    Examples
    --------
    >>> guard("=1+1"), guard("Müller GmbH")
    ("'=1+1", 'Müller GmbH')
    """
    return f"'{text}" if _LIVE.match(text) else text


def unguard(text: str) -> str:
    """Return the text that was given to ``guard``.

    Examples
    --------
    >>> unguard("'=1+1"), unguard("'s-Hertogenbosch")
    ('=1+1', "'s-Hertogenbosch")
    """
    return text[1:] if text.startswith("'") and _LIVE.match(text) else text


_WRITERS: Final[dict[ColumnType, Callable[[Any], str]]] = {
    "text": guard,
    "date": lambda day: f"{day:%Y-%m-%d}",
    "money": lambda amount: f"{amount:.2f}",
    "integer": lambda count: f"{count:d}",
    "number": lambda number: repr(float(number)),
    "boolean": lambda flag: "TRUE" if flag else "FALSE",
}

_ARROW_TYPES: Final[dict[ColumnType, pa.DataType]] = {
    "text": pa.string(),
    "date": pa.date32(),
    "money": pa.decimal128(18, 2),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}

_PANDAS_TYPES: Final[dict[ColumnType, str]] = {
    "money": "float64",
    "integer": "int64",
    "number": "float64",
}


def _as_csv(frame: pd.DataFrame) -> str:
    columns = [_written(frame[column.name], column.type) for column in WORKLIST.columns]
    buffer = io.StringIO(newline="")
    # CRLF also makes the writer quote a cell with a lone CR in it.
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(WORKLIST.names)
    writer.writerows(zip(*columns, strict=True))
    return buffer.getvalue()


def _written(column: pd.Series, kind: ColumnType) -> list[str]:
    write = _WRITERS[kind]
    return ["" if gap else write(v) for v, gap in zip(column.tolist(), column.isna(), strict=True)]


def _as_arrow(frame: pd.DataFrame) -> pa.Table:
    arrays = {c.name: pa.array(_plain(frame[c.name], c.type), _ARROW_TYPES[c.type]) for c in WORKLIST.columns}
    return pa.table(arrays)


def _plain(column: pd.Series, kind: ColumnType) -> list[Any]:
    values = [None if gap else v for v, gap in zip(column.tolist(), column.isna(), strict=True)]
    if kind == "money":
        return [None if v is None else Decimal(f"{v:.2f}") for v in values]
    return [v if v is None or kind != "date" else pd.Timestamp(v).date() for v in values]


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
