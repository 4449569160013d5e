"""How a typed value is written as text: each type has one exact spelling, and a type without one says so.

The spelling is the same whether the value came from Parquet, DuckDB or PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from arseg.ledger.sources.reading import UNSUPPORTED

# What a column of timestamps is called that are no days.
INSTANTS = f"{UNSUPPORTED}timestamp with a time"


def kind_of(kind: pa.DataType) -> str:
    """Return our word for an Arrow type; timestamps without a zone are days until one is found that is not.

    Examples
    --------
    >>> kind_of(pa.decimal128(18, 2)), kind_of(pa.bool_())
    ('decimal', 'unsupported:bool')
    """
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    days = pa.types.is_timestamp(kind) and kind.tz is None
    words = (
        (pa.types.is_string, "text"),
        (pa.types.is_large_string, "text"),
        (pa.types.is_string_view, "text"),
        (pa.types.is_null, "text"),
        (pa.types.is_date, "date"),
        (pa.types.is_decimal, "decimal"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "float"),
    )
    word = next((word for test, word in words if test(kind)), f"{UNSUPPORTED}{kind}")
    return "date" if days else word


def spell(values: Any, kind: str) -> pa.Array:
    """Return a column as text.

    Parameters
    ----------
    values
        An Arrow array.
    kind
        What ``kind_of`` calls it; of an unsupported type the text is for people only, and may be missing.
    """
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if kind == "date":
        values = pc.cast(values, pa.date32())
    if kind == "decimal":
        return _spell_decimal(values)
    try:
        return pc.cast(values, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        if not kind.startswith(UNSUPPORTED):
            raise
        return pa.nulls(len(values), pa.string())


def all_days(values: Any) -> bool:
    """Whether every timestamp of an array is at midnight."""
    return pc.all(pc.equal(values, pc.floor_temporal(values, unit="day"))).as_py() is not False


def _spell_decimal(values: Any) -> pa.Array:
    text = pc.cast(values, pa.string())
    # Arrow writes 0 of scale 8 as 0E-8, and 1200 of scale -2 as 1.2E+3.
    if pc.any(pc.match_substring(text, "E")).as_py():
        return pa.array(list(_plain(values)), pa.string())
    return text


def _plain(values: Any) -> Iterator[str | None]:
    for value in values.to_pylist():
        yield None if value is None else f"{value:f}"
