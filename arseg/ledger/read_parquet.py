"""Parquet in, as text: each type has one exact spelling, and a type that would lose something is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arseg.schema import DataError


def read_parquet(path: Path, *, name: str) -> tuple[dict[str, pa.Array], dict[str, str], str]:
    """Read a Parquet file as text.

    Parameters
    ----------
    path
        The file.
    name
        What it is called in complaints.

    Returns
    -------
    columns, kinds, sha256
        Text by column; what each was (text, date, decimal, integer, float); hash of the file's bytes.

    Raises
    ------
    DataError
        If it is not Parquet, or a column is of a type that has no exact text here.
    """
    data = path.read_bytes()
    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowInvalid, OSError) as problem:
        raise DataError(
            f"{name} is not Parquet",
            given=str(problem).splitlines()[0],
            allowed="a whole Parquet file",
            do="export it again",
        ) from None
    columns, kinds = {}, {}
    for field in table.schema:
        columns[field.name], kinds[field.name] = _spell(
            table.column(field.name).combine_chunks(), field, name
        )
    return columns, kinds, hashlib.sha256(data).hexdigest()


def _spell(values: Any, field: pa.Field, name: str) -> tuple[pa.Array, str]:
    kind = field.type
    if pa.types.is_dictionary(kind):
        values, kind = values.dictionary_decode(), kind.value_type
    if pa.types.is_timestamp(kind):
        values, kind = _to_day(values, kind, field.name, name), pa.date32()
    spelt = _kind_word(kind)
    if spelt is None:
        raise DataError(
            f"{name}: column {field.name!r} has a type without exact text",
            given=field.type,
            allowed="text, date, timestamp at midnight, decimal, integer, float",
            do="cast it before you write the file",
        )
    return pc.cast(values, pa.string()), spelt


def _to_day(values: Any, kind: pa.DataType, column: str, name: str) -> pa.Array:
    midnight = (
        kind.tz is None
        and pc.all(pc.equal(values, pc.floor_temporal(values, unit="day"))).as_py() is not False
    )
    if not midnight:
        raise DataError(
            f"{name}: column {column!r} holds instants, not days",
            given=kind,
            allowed="days, or timestamps at midnight without a zone",
            do="turn them into days of the selling entity's zone",
        )
    return pc.cast(values, pa.date32())


def _kind_word(kind: pa.DataType) -> str | None:
    """Return our word for an Arrow type; None where its text would not be exact."""
    words = (
        (pa.types.is_string, "text"),
        (pa.types.is_large_string, "text"),
        (pa.types.is_null, "text"),
        (pa.types.is_date, "date"),
        (pa.types.is_decimal, "decimal"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "float"),
    )
    return next((word for test, word in words if test(kind)), None)
