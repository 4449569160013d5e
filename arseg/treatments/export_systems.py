"""The worklist for systems: Parquet and JSON, with every column's type and meaning in the file."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from arseg.schema import WORKLIST, Column, ColumnType

# Raised when a column changes its name, type or meaning; further columns may come without it.
JSON_VERSION: Final = 1

_ARROW_TYPES: Final[dict[ColumnType, pa.DataType]] = {
    "text": pa.string(),
    "date": pa.date32(),
    "money": pa.decimal128(18, 2),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}

# How a type stands in JSON, which knows neither days nor exact amounts.
_JSON_TYPES: Final[dict[ColumnType, str]] = {
    "text": "string",
    "date": "string, YYYY-MM-DD",
    "money": "string, a decimal number with two places",
    "integer": "number, whole",
    "number": "number",
    "boolean": "true or false",
}


def as_parquet(frame: pd.DataFrame, columns: tuple[Column, ...]) -> bytes:
    """Return the columns as a Parquet file: money as decimal128(18, 2), days as date32, text as it is.

    Each field carries its meaning in its metadata.
    """
    fields = [
        pa.field(c.name, _ARROW_TYPES[c.type], metadata={"type": c.type, "meaning": c.meaning})
        for c in columns
    ]
    arrays = [
        pa.array(plain(frame[c.name], c.type), field.type) for c, field in zip(columns, fields, strict=True)
    ]
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays, schema=pa.schema(fields)), sink)
    return sink.getvalue()


def as_json(frame: pd.DataFrame, columns: tuple[Column, ...]) -> bytes:
    """Return the columns as a JSON object: table, version, columns (name, type, json, meaning), rows.

    A missing value is null. UTF-8; one row per line.
    """
    head = {
        "table": WORKLIST.name,
        "version": JSON_VERSION,
        "key": list(WORKLIST.key),
        "columns": [
            {"name": c.name, "type": c.type, "json": _JSON_TYPES[c.type], "meaning": c.meaning}
            for c in columns
        ],
    }
    cells = [_for_json(frame[c.name], c.type) for c in columns]
    names = [c.name for c in columns]
    rows = [
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)
        for row in zip(*cells, strict=True)
    ]
    start = json.dumps(head, ensure_ascii=False, indent=1)[:-2]
    text = f'{start},\n "rows": [\n' + ",\n".join(rows) + "\n]}\n"
    # A lone surrogate is no text in any encoding; nothing is lost but its half of a character.
    return text.encode("utf-8", errors="replace")


def plain(column: pd.Series, kind: ColumnType) -> list[Any]:
    """Return plain values: None where missing, money as Decimal with two places, days as dates.

    Examples
    --------
    >>> plain(pd.Series([1.005, None]), "money")
    [Decimal('1.00'), None]
    """
    values = [None if gap else v for v, gap in zip(column.tolist(), column.isna(), strict=True)]
    if kind == "money":
        return [None if v is None else Decimal(f"{v:.2f}") for v in values]
    return [v if v is None or kind != "date" else pd.Timestamp(v).date() for v in values]


def _for_json(column: pd.Series, kind: ColumnType) -> list[Any]:
    """Return what ``plain`` returns as JSON holds it: money as text with two places, days as ISO text."""
    if kind == "money":
        # Not by way of a decimal: that takes longer than all other columns together.
        pairs = zip(column.tolist(), column.isna().tolist(), strict=True)
        return [None if gap else f"{value:.2f}" for value, gap in pairs]
    values = plain(column, kind)
    return [None if day is None else day.isoformat() for day in values] if kind == "date" else values
