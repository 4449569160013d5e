"""The provision's export as one workbook: a sheet for the statement, one for the matrix, one per input, no formula."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from arseg.forecast.audit_export import verify_export
from arseg.schema.inert_text import cell_text, in_xml, unguard

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

WORKBOOK: Final = "provision.xlsx"
_EPOCH: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's clock has no zone
_MONEY: Final = "#,##0.00"
_SHEET_NAME: Final = 31
_CENTS: Final = 2
# Columns whose values are names, however much they look like numbers.
_NAMES: Final = ("segment", "bucket", "currency", "entity", "portfolio", "method", "step", "item", "value")


def write_workbook(folder: str | Path) -> Path:
    """Write an export's files as sheets of one workbook beside them; the same files give the same bytes.

    Parameters
    ----------
    folder
        Of an export; see ``export_provision``.

    Returns
    -------
    path
        Of the workbook.

    Raises
    ------
    DataError
        If the export is not what was written.
    """
    from openpyxl import Workbook

    folder = Path(folder)
    stated = verify_export(folder)
    book = Workbook(write_only=True)
    _write(book.create_sheet("statement"), [["item", "value"], *map(list, _flat(stated))])
    for name in ("matrix.csv", *sorted(set(stated["files"]) - {"matrix.csv"})):
        frame = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        rows = [list(frame.columns), *frame.to_numpy().tolist()]
        _write(book.create_sheet(Path(name).stem[:_SHEET_NAME]), rows)
    book.properties.created = book.properties.modified = _EPOCH
    out = io.BytesIO()
    book.save(out)
    path = folder / WORKBOOK
    path.write_bytes(_without_clock(out.getvalue()))
    return path


def _flat(stated: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Return the statement as lines: nested names are joined by a dot."""
    for name, value in stated.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value if isinstance(value, str) else json.dumps(value)


def _write(sheet: WriteOnlyWorksheet, rows: list[list[str]]) -> None:
    from openpyxl.cell import WriteOnlyCell

    sheet.freeze_panes = "A2"
    named = [title in _NAMES or title.endswith("_id") for title in rows[0]]
    for place, row in enumerate(rows):
        cells = []
        for text, is_name in zip(row, named, strict=True):
            number = None if is_name or not place else _number(text)
            cell = WriteOnlyCell(sheet, value=cell_text(unguard(text)) if number is None else number)
            if number is None:
                # Whatever a text begins with, it stays one.
                cell.data_type = "s"
            elif text.partition(".")[2].isdigit() and len(text.partition(".")[2]) == _CENTS:
                cell.number_format = _MONEY
            cells.append(cell)
        sheet.append(cells)


def _number(text: str) -> Decimal | None:
    """Return the number that a text holds; None where it is another text."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _without_clock(data: bytes) -> bytes:
    """Return the archive with every member's time set to the same day."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in sorted(old.namelist()):
            content = in_xml(old.read(member))
            if member == "docProps/core.xml":
                content = _dated(content)
            new.writestr(zipfile.ZipInfo(member), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _dated(core: bytes) -> bytes:
    """Return the properties with their days replaced: saving writes the clock over what was set."""
    return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2000-01-01T00:00:00Z", core)
