"""The worklist as a workbook: a sheet for all, one per collector, and nothing in it that runs.

Every text is stored as text, marked so that it stays text when the cell is edited: a name such as ``=1+1`` is never
a formula. Numbers, amounts and days are typed. The file carries no hour of its making.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from arseg.schema import Column, ColumnType, DataError
from arseg.schema.inert_text import cell_text, in_xml
from arseg.treatments.export_systems import plain

# The name of the sheet with everybody's work.
ALL: Final = "All"

# What Excel takes at most.
_ROWS: Final = 1_048_575

_SHEET_NAME: Final = 31
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_FORMATS: Final[dict[ColumnType, str]] = {
    "text": "@",
    "date": "yyyy-mm-dd",
    "money": "#,##0.00",
    "integer": "0",
    "number": "General",
    "boolean": "General",
}

# Widths in characters; text columns are as wide as their longest cell within these.
_WIDTHS: Final[dict[ColumnType, float]] = {
    "date": 12,
    "money": 16,
    "integer": 8,
    "number": 10,
    "boolean": 10,
}
_NARROW, _WIDE = 10, 60

# Long texts are broken over lines.
_BROKEN: Final = ("why", "invoices")

# A day for what a file must say of its making and nobody asks.
_MADE: Final = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
_STAMP: Final = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def as_workbook(frame: pd.DataFrame, columns: tuple[Column, ...]) -> bytes:
    """Return the worklist as an XLSX file.

    The first sheet, All, holds every row; each collector with work today has one with his rows. The header
    is frozen and filtered. Control characters are spelt as the format asks (``_x0001_``), and a text is cut
    beyond 32,767 characters.

    Raises
    ------
    DataError
        If there are more rows than a sheet holds.
    """
    if len(frame) > _ROWS:
        raise DataError(
            "the worklist has more rows than a sheet holds",
            given=f"{len(frame):,d} rows",
            allowed=f"{_ROWS:,d}",
            do="write csv or parquet",
        )
    today = frame["on_today"].astype("bool") & (frame["collector"].fillna("") != "")
    people = sorted(set(frame.loc[today, "collector"]))
    parts = [frame, *(frame[today & (frame["collector"] == name)] for name in people)]
    book = Workbook(write_only=True)
    for title, part in zip(sheet_names([ALL, *people]), parts, strict=True):
        _write_sheet(book.create_sheet(title), part, columns)
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_clock(buffer.getvalue())


def sheet_names(names: Iterable[str]) -> list[str]:
    r"""Return names that a sheet can have: 31 characters at most, none of ``[]:*?/\``, no two alike.

    Examples
    --------
    >>> sheet_names(["All", "Ana/Ben", "ana_ben", "History", "'", "x" * 40])[:5]
    ['All', 'Ana_Ben', 'ana_ben (2)', 'History_', '_']
    """
    given: list[str] = []
    for name in names:
        plain_name = _FORBIDDEN.sub("_", name).strip()[:_SHEET_NAME]
        # An apostrophe may not stand at either end, and History is taken by Excel itself.
        plain_name = re.sub(r"^'+|'+$", "", plain_name) or "_"
        plain_name += "_" if plain_name.casefold() == "history" else ""
        given.append(_unlike(plain_name, {one.casefold() for one in given}))
    return given


def _unlike(name: str, taken: set[str]) -> str:
    tried, turn = name, 1
    while tried.casefold() in taken:
        turn += 1
        ending = f" ({turn})"
        tried = f"{name[: _SHEET_NAME - len(ending)]}{ending}"
    return tried


def _write_sheet(sheet: WriteOnlyWorksheet, frame: pd.DataFrame, columns: Sequence[Column]) -> None:
    cells = [_cells(frame[column.name], column.type) for column in columns]
    for place, (column, values) in enumerate(zip(columns, cells, strict=True), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = _width(column, values)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(frame) + 1}"
    sheet.append(_header(sheet, columns))
    styled = [_Style(sheet, column) for column in columns]
    for row in zip(*cells, strict=True):
        sheet.append([style.cell(value) for style, value in zip(styled, row, strict=True)])


def _header(sheet: WriteOnlyWorksheet, columns: Sequence[Column]) -> Iterator[WriteOnlyCell]:
    for column in columns:
        cell = WriteOnlyCell(sheet, column.name.replace("_", " "))
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8E8E8")
        yield cell


class _Style:
    """How the cells of a column look; a cell is made anew for each value, its style only once."""

    def __init__(self, sheet: WriteOnlyWorksheet, column: Column) -> None:
        model = WriteOnlyCell(sheet)
        model.number_format = _FORMATS[column.type]
        model.alignment = Alignment(vertical="top", wrap_text=column.name in _BROKEN)
        model.quotePrefix = column.type == "text"
        self.sheet, self.text, self.style = sheet, column.type == "text", model._style  # noqa: SLF001

    def cell(self, value: Any) -> WriteOnlyCell | None:
        """Return the cell; none where the value is missing."""
        if value is None:
            return None
        cell = WriteOnlyCell(self.sheet)
        cell._style = self.style  # noqa: SLF001 - the public way copies four objects per cell
        cell.value = value
        if self.text:
            cell.data_type = "s"  # whatever it looks like
        return cell


def _cells(column: pd.Series, kind: ColumnType) -> list[Any]:
    values = plain(column, kind)
    return [cell_text(v) if v else None for v in values] if kind == "text" else values


def _width(column: Column, values: Sequence[Any]) -> float:
    heading = len(column.name) + 4  # the filter's arrow stands over the name
    if column.type != "text":
        return max(_WIDTHS[column.type], heading)
    longest = max((len(value) for value in values if value), default=0) + 2
    return float(min(max(_NARROW, longest, heading), _WIDE))


def _without_clock(data: bytes) -> bytes:
    """Return the file with one fixed day in place of the hour at which it was made."""
    buffer = io.BytesIO()
    said = _MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in sorted(old.namelist()):
            body = in_xml(old.read(name))
            if name == "docProps/core.xml":
                body = _STAMP.sub(rb"\g<1>" + said + rb"\g<3>", body)
            entry = zipfile.ZipInfo(name, date_time=_MADE.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, body)
    return buffer.getvalue()
