"""Run one block on a snapshot, and hold it to what it declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import types

from arseg.features.block import Block
from arseg.ledger.enclosed import enclose, enclose_types
from arseg.schema import UsageError

if TYPE_CHECKING:
    from arseg.ledger.snapshot import Snapshot


def run_block(snapshot: Snapshot, block: Block) -> pa.Table:
    """Return a block's key and its figures as doubles, one row per key of which it speaks.

    Raises
    ------
    UsageError
        If the block does not run, or returns something that is not a number.
    """
    names = [column.name for column in block.columns]
    try:
        _check_numbers(snapshot, block, names)
        text = enclose(block.sql, block.key, names, where=f"{block.name}.sql")
        return snapshot.arrow(text, parts=block.parts)
    except Exception as problem:
        # Either engine's own complaint of the text; it is not imported here to be named.
        if not type(problem).__module__.startswith(("duckdb", "_duckdb", "pyspark")):
            raise
        raise UsageError(
            f"block {block.name} does not run",
            given=str(problem).splitlines()[0],
            allowed="columns of the snapshot's tables",
            do="run its query with snapshot.sql and mend it",
        ) from problem


# Types hang on the text alone, so a text is looked at once, however many key dates it runs on.
_NUMBERS: set[str] = set()


def _check_numbers(snapshot: Snapshot, block: Block, names: list[str]) -> None:
    if block.sql in _NUMBERS:
        return
    kinds = snapshot.arrow(enclose_types(block.sql, where=f"{block.name}.sql")).schema
    numeric = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null)
    for name in names:
        kind = kinds.field(name).type
        if not any(test(kind) for test in numeric):
            raise UsageError(
                f"block {block.name} returns a column that is not a number",
                given=f"{name}: {kind}",
                allowed="numbers and booleans",
                do="encode it, for example as CASE WHEN ... THEN 1 ELSE 0 END",
            )
    _NUMBERS.add(block.sql)
