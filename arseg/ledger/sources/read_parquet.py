"""Parquet in, as text, some rows at a time: never more in memory than a batch, and no file can crash the load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arseg.ledger.declared.bounds import (
    Bounds,
    Unpacked,
    require_at_most,
    require_columns,
    require_ratio,
    require_rows,
    require_size,
)
from arseg.ledger.sources.reading import (
    BATCH_BYTES,
    BATCH_ROWS,
    Batch,
    Reading,
    Stream,
    make_batch,
    number_rows,
    refusing,
    watch_file,
)
from arseg.ledger.sources.spelling import INSTANTS, all_days, kind_of, spell


def open_parquet(path: Path, *, name: str, bounds: Bounds) -> Reading:
    """Open a Parquet file as text.

    Parameters
    ----------
    path
        The file.
    name
        What it is called in complaints.
    bounds
        How large it may be.

    Returns
    -------
    Reading
        A column of a type that has no exact text (a boolean, an instant, a list) has an ``unsupported:``
        kind, so that only a layout that maps it fails; the text of a nested one is missing.

    Raises
    ------
    DataError
        If it is not Parquet, is damaged, or is too large; later pieces raise while they are read.
    """
    watched = watch_file(path, name=name)
    require_size(path, bounds, name=name)
    with refusing(name, "Parquet"):
        file = _open(path, name, bounds)
        kinds = file.kinds()
    stream = Stream(name, file.header, kinds, iter(()))

    def pieces() -> Iterator[Batch]:
        with refusing(name, "Parquet"):
            yield from file.batches(kinds)
        stream.sha256 = watched.hash()

    stream.pieces = pieces()
    return stream


def _open(path: Path, name: str, bounds: Bounds) -> _File:
    """Judge the footer, then open the file so that repeated texts stay one text each."""
    footer = pq.read_metadata(path)
    require_rows(footer.num_rows, bounds, name=name)
    require_columns(max(footer.num_columns, len(footer.schema.to_arrow_schema())), bounds, name=name)
    # Never ask for a column's metadata: on a damaged footer that ends the process (pyarrow 25).
    unpacked = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
    size = path.stat().st_size
    require_ratio(size, unpacked, bounds, name=name)
    require_at_most(unpacked, bounds.unpacked_bytes, "unpacked bytes", name=name, bound="unpacked_bytes")
    schema = footer.schema.to_arrow_schema()
    texts = [field.name for field in schema if kind_of(field.type) == "text"]
    return _File(
        pq.ParquetFile(path, read_dictionary=texts, page_checksum_verification=True),
        schema,
        name,
        bounds,
        size,
    )


@dataclass(frozen=True)
class _File:
    """A Parquet file whose footer is believed."""

    file: Any
    schema: pa.Schema
    name: str
    bounds: Bounds
    size: int
    flat: list[str] = field(init=False)

    def __post_init__(self) -> None:
        flat = [one.name for one in self.schema if not pa.types.is_nested(one.type)]
        object.__setattr__(self, "flat", flat)

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(self.schema.names)

    def kinds(self) -> dict[str, str]:
        """Return the kind of each column; whether timestamps are days is seen by reading those columns."""
        kinds = {one.name: kind_of(one.type) for one in self.schema}
        stamps = [one.name for one in self.schema if pa.types.is_timestamp(one.type) and one.type.tz is None]
        if stamps:
            for batch in self.file.iter_batches(BATCH_ROWS, columns=stamps):
                for column in stamps:
                    if not all_days(batch.column(column)):
                        kinds[column] = INSTANTS
        return kinds

    def batches(self, kinds: dict[str, str]) -> Iterator[Batch]:
        done, counter = 0, Unpacked(self.name, self.bounds)
        for batch in self._decoded():
            widths = _widths(batch)
            counter.count_rows(self.size, batch.num_rows, pc.sum(widths).as_py() or 0)
            for piece in _cut(batch, widths, self.name, self.bounds):
                lines = number_rows(done + 1, piece.num_rows)
                done += piece.num_rows
                require_rows(done, self.bounds, name=self.name)
                yield make_batch({c: self._spelt(piece, c, kinds[c]) for c in self.header}, lines=lines)

    def _decoded(self) -> Iterator[pa.RecordBatch]:
        if self.flat:
            yield from self.file.iter_batches(BATCH_ROWS, columns=self.flat)

    def _spelt(self, piece: pa.RecordBatch, column: str, kind: str) -> pa.Array:
        if column not in self.flat:
            return pa.nulls(piece.num_rows, pa.string())
        return spell(piece.column(column), kind)


def _widths(batch: pa.RecordBatch) -> pa.Array:
    """Return the bytes of text of each row, without writing it out."""
    widths = pa.array([0] * batch.num_rows, pa.int64())
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and len(column.dictionary):
            each = pc.fill_null(pc.take(pc.binary_length(column.dictionary), column.indices), 0)
            widths = pc.add(widths, pc.cast(each, pa.int64()))
    return widths


def _cut(batch: pa.RecordBatch, widths: pa.Array, name: str, bounds: Bounds) -> Iterator[pa.RecordBatch]:
    """Cut a batch so that no piece has much more text than ``BATCH_BYTES``; one row is never cut."""
    require_at_most(
        pc.max(widths).as_py() or 0, bounds.held_bytes, "bytes in one row", name=name, bound="held_bytes"
    )
    ends = pc.cumulative_sum(widths).to_pylist()
    start, before = 0, 0
    for place, end in enumerate(ends):
        if end - before >= BATCH_BYTES:
            yield batch.slice(start, place + 1 - start)
            start, before = place + 1, end
    if start < batch.num_rows:
        yield batch.slice(start)
