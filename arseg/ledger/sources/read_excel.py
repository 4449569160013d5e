"""Excel in, as text: a cell's value as it is stored, never as it is shown, some rows at a time."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.xml.constants import SHARED_STRINGS

from arseg.ledger.declared.bounds import (
    Bounds,
    Unpacked,
    require_at_most,
    require_columns,
    require_members,
    require_rows,
    require_size,
)
from arseg.ledger.sources.cell_value import CellValues, UnreadableCell, unescape
from arseg.ledger.sources.reading import (
    BATCH_BYTES,
    BATCH_ROWS,
    Batch,
    Damaged,
    Reading,
    Stream,
    make_batch,
    refusing,
    watch_file,
)
from arseg.ledger.sources.sheet import Cell, hostile, read_rows, read_texts
from arseg.schema import DataError, UsageError

# Parts that are read whole: the list of sheets, the styles. 64,000 styles, Excel's end, are 8 MiB.
WHOLE_PART: Final = 8 << 20


def open_excel(path: Path, sheet: str | None, *, name: str, bounds: Bounds, skip_lines: int = 0) -> Reading:
    """Open one sheet of a workbook as text.

    A text stays as it is, a day becomes 2026-01-31, a moment 2026-01-31 13:45:00 (parts of a second are
    cut), a number its shortest exact decimal, a truth value TRUE or FALSE; formats do not matter. A row
    with an error (#N/A) or with a formula that was never computed is damaged, and so is one with values
    beyond the header. An id that Excel holds as a number has lost its leading zeros, and nothing can
    bring them back but ``pad_left``.

    Parameters
    ----------
    path
        The workbook.
    sheet
        Which sheet; None where it has exactly one.
    name
        What the file is called in complaints.
    bounds
        How large it may be.
    skip_lines
        Rows before the header, which is the first row after them that is not empty.

    Returns
    -------
    Reading
        Its lines are the row numbers that Excel shows.

    Raises
    ------
    DataError
        If it is no workbook, encrypted, damaged or too large, or has no header.
    UsageError
        If the sheet is not there, or not named where there are several.
    """
    watched = watch_file(path, name=name)
    require_size(path, bounds, name=name)
    with refusing(name, ".xlsx"):
        book = _open(path, name, bounds)
        rows = book.rows(_choose(book.sheets, sheet, name))
        header = _header(book, rows, skip_lines)
    stream = Stream(name, header, dict.fromkeys(header, "text"), iter(()))

    def pieces() -> Iterator[Batch]:
        with refusing(name, ".xlsx"), book.archive:
            yield from _batches(rows, stream, book, path.stat().st_size)
        stream.sha256 = watched.hash()

    stream.pieces = pieces()
    return stream


@dataclass(frozen=True)
class _Book:
    """A workbook: what its sheets have in common."""

    archive: zipfile.ZipFile
    name: str
    bounds: Bounds
    sheets: dict[str, str]
    values: CellValues

    def rows(self, part: str) -> Iterator[tuple[int, dict[int, Cell]]]:
        with self.archive.open(part) as source:
            yield from read_rows(source, name=self.name)


class _Parts(zipfile.ZipFile):
    """A zip file of which only small parts without a document type are read whole; ``called`` is its name."""

    called = ""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        info = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if info.file_size > WHOLE_PART:
            raise hostile(
                "the workbook",
                f"{info.filename} of {info.file_size:,} bytes",
                f"{WHOLE_PART:,} bytes",
                file=self.called,
            )
        data = super().read(name, pwd)
        # The letters alone, because UTF-16 puts a zero between them.
        if b"<!DOCTYPE" in data.replace(b"\0", b""):
            raise hostile(
                "the workbook", f"{info.filename} with a document type", "plain XML", file=self.called
            )
        return data


def _open(path: Path, name: str, bounds: Bounds) -> _Book:
    archive = _archive(path, name)
    require_members(archive.infolist(), bounds, name=name)
    with path.open("rb") as file, warnings.catch_warnings():
        # openpyxl says what it would lose on saving.
        warnings.simplefilter("ignore")
        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        reader.archive = archive
        reader.read_manifest()
        reader.read_workbook()
        apply_stylesheet(archive, reader.wb)
        sheets = {one.name: rel.target for one, rel in reader.parser.find_sheets() if "chart" not in rel.Type}
        shared = reader.package.find(SHARED_STRINGS)
    texts = [] if shared is None else _shared(archive, shared.PartName[1:], name, bounds)
    book = reader.wb
    dates = frozenset(book._date_formats) - frozenset(book._timedelta_formats)  # noqa: SLF001 (not offered)
    return _Book(archive, name, bounds, sheets, CellValues(texts, dates, book.epoch))


def _archive(path: Path, name: str) -> _Parts:
    with path.open("rb") as file:
        old = file.read(4) == b"\xd0\xcf\x11\xe0"
    if old:
        raise DataError(
            f"{name} is encrypted, or of the old Excel format",
            given="an OLE file",
            allowed="an .xlsx workbook without a password",
            do="save it as .xlsx without a password",
            code="encrypted",
            file=name,
        )
    parts = _Parts(path)
    parts.called = name
    return parts


def _shared(archive: zipfile.ZipFile, part: str, name: str, bounds: Bounds) -> list[str]:
    size = archive.getinfo(part).file_size
    require_at_most(size, bounds.held_bytes, "bytes of shared texts", name=name, bound="held_bytes")
    with archive.open(part) as source:
        return [unescape(text) for text in read_texts(source, name=name)]


def _choose(sheets: dict[str, str], sheet: str | None, name: str) -> str:
    chosen = sheet if sheet is not None else next(iter(sheets), None)
    if chosen not in sheets or (sheet is None and len(sheets) > 1):
        raise UsageError(
            f"{name} has no sheet {sheet!r}" if sheet is not None else f"{name} has not exactly one sheet",
            given=", ".join(sheets) or "no sheet",
            allowed="one of its sheets",
            do="say sheet: in the layout",
            code="no_sheet",
            file=name,
        )
    return sheets[chosen]


def _header(book: _Book, rows: Iterator[tuple[int, dict[int, Cell]]], skip_lines: int) -> tuple[str, ...]:
    for number, cells in rows:
        fields, reason = _fields(book, cells)
        if number > skip_lines and fields and not reason:
            require_columns(len(fields), book.bounds, name=book.name)
            return tuple(field or "" for field in fields)
        if number > skip_lines and reason:
            break
    raise DataError(
        f"{book.name} has no header",
        given="no row with values, or one with an error",
        allowed="a header and rows",
        do="say the sheet, or skip_lines, in the layout",
        code="no_header",
        file=book.name,
    )


def _fields(book: _Book, cells: dict[int, Cell]) -> tuple[list[str | None], str]:
    """Return the fields of a row up to its last value, and why it is damaged, if it is."""
    found: dict[int, str] = {}
    reason = ""
    for column, cell in cells.items():
        try:
            text = book.values.spell(cell)
        except UnreadableCell as problem:
            text, reason = cell.text or None, problem.reason
        if text:
            found[column] = text
    return [found.get(column) for column in range(1, max(found, default=0) + 1)], reason


def _batches(
    rows: Iterator[tuple[int, dict[int, Cell]]], stream: Stream, book: _Book, size: int
) -> Iterator[Batch]:
    """Gather rows into batches of bounded length and text; empty rows are none."""
    counter, width, seen = Unpacked(stream.name, book.bounds), len(stream.header), 0
    kept: list[tuple[int, list[str | None]]] = []
    text = 0
    for number, cells in rows:
        fields, reason = _fields(book, cells)
        if not fields and not reason:
            continue
        seen += 1
        require_rows(seen, book.bounds, name=stream.name)
        length = sum(len(field) for field in fields if field)
        require_at_most(
            length, book.bounds.held_bytes, "bytes in one row", name=stream.name, bound="held_bytes"
        )
        counter.count_rows(size, 1, length)
        if reason or len(fields) > width:
            stream.damaged.append(Damaged(number, reason or "field_count", _joined(fields)))
            continue
        kept.append((number, fields + [None] * (width - len(fields))))
        text += length
        if len(kept) >= BATCH_ROWS or text >= BATCH_BYTES:
            yield _batch(kept, stream.header)
            kept, text = [], 0
    if kept:
        yield _batch(kept, stream.header)


def _batch(kept: Sequence[tuple[int, list[str | None]]], header: Sequence[str]) -> Batch:
    columns = zip(*(fields for _, fields in kept), strict=True)
    arrays = {name: pa.array(column, pa.string()) for name, column in zip(header, columns, strict=True)}
    return make_batch(arrays, lines=pa.array([number for number, _ in kept], pa.int64()))


def _joined(fields: Sequence[str | None]) -> str:
    return ",".join(field or "" for field in fields)
