"""From numbers to Parquet: ids, days, exact money, in the columns of ``arseg.schema``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from arseg.schema import ColumnType, Table
from arseg.world.draws import Flags, Floats, Ints

ARROW_TYPES: Final[Mapping[ColumnType, pa.DataType]] = MappingProxyType(
    {
        "text": pa.string(),
        "date": pa.date32(),
        "money": pa.decimal128(18, 2),
        "integer": pa.int32(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
    }
)


def numbered(prefix: str, numbers: Ints, *, width: int) -> pa.Array:
    """Return ids such as ``C00007`` for number 6; negative numbers become null.

    Examples
    --------
    >>> numbered("C", np.array([6, -1]), width=5).to_pylist()
    ['C00007', None]
    """
    distinct, place = np.unique(numbers, return_inverse=True)
    names = [f"{prefix}{number + 1:0{width}d}" if number >= 0 else None for number in distinct.tolist()]
    return pa.array(names, type=pa.string()).take(pa.array(place))


def named(names: Sequence[str], codes: Ints) -> pa.Array:
    """Return the name of each code; negative codes become null."""
    return pa.array([*names, None], type=pa.string()).take(pa.array(np.where(codes < 0, len(names), codes)))


def days(numbers: Ints, first: int, *, known: Flags | None = None) -> pa.Array:
    """Return days of the book as dates; null where they are not known.

    Parameters
    ----------
    numbers
        Days of the book.
    first
        Days from 1970-01-01 to day 0.
    known
        Which entries have a day; all by default.
    """
    mask = None if known is None else ~known
    return pa.array((numbers + first).astype(np.int32), type=pa.int32(), mask=mask).cast(pa.date32())


def money(cents: Ints) -> pa.Array:
    """Return exact amounts; a detour by floats would lose cents beyond 2**53.

    Examples
    --------
    >>> money(np.array([1205, -7])).to_pylist()
    [Decimal('12.05'), Decimal('-0.07')]
    """
    words = np.empty((len(cents), 2), dtype="<i8")
    words[:, 0], words[:, 1] = cents, cents >> 63
    return pa.Array.from_buffers(ARROW_TYPES["money"], len(cents), [None, pa.py_buffer(words.tobytes())])


def numbers(values: Floats) -> pa.Array:
    """Return floats; null where they are not a number."""
    return pa.array(np.asarray(values, dtype=np.float64), mask=np.isnan(values))


def ledger_table(table: Table, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Return a table with exactly the columns of the schema; those not given are null throughout."""
    length = len(next(iter(columns.values())))
    arrays, fields = [], []
    for column in table.columns:
        kind = ARROW_TYPES[column.type]
        arrays.append(columns.get(column.name, pa.nulls(length, kind)))
        fields.append(pa.field(column.name, kind, nullable=not column.required))
    unknown = set(columns) - set(table.names)
    assert not unknown, unknown
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def write_tables(folder: Path, tables: Mapping[str, pa.Table]) -> dict[str, Path]:
    """Write one Parquet file per table and return the files by table; the same rows give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, table in tables.items():
        paths[name] = folder / f"{name}.parquet"
        pq.write_table(table, paths[name], compression="zstd")
    return paths
