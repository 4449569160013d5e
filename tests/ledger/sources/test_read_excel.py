from __future__ import annotations

import datetime as dt
import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from arseg.ledger.declared.bounds import MIB, Bounds
from arseg.ledger.sources.read_excel import open_excel
from arseg.schema import DataError, UsageError

DAY = dt.date(2024, 2, 29)


def save(path: Path, *rows: list[Any], mac: bool = False, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    for row in rows:
        book.active.append(row)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for row in lines:
            sheet.append(row)
    book.save(path)
    return path


def read(
    path: Path, sheet: str | None = None, *, skip_lines: int = 0, **bounds: int
) -> tuple[Any, list[str]]:
    reading = open_excel(path, sheet, name=path.name, bounds=Bounds(**bounds), skip_lines=skip_lines)
    return reading, [text for batch in reading.batches() for text in batch.texts.to_pylist()]


@pytest.mark.parametrize("mac", [False, True], ids=["1900", "1904"])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("000123", "000123"),
        (" NA ", " NA "),
        ("M\u00fcller \U0001f600", "M\u00fcller \U0001f600"),
        (DAY, "2024-02-29"),
        (dt.datetime(2024, 2, 29), "2024-02-29"),  # noqa: DTZ001 (Excel knows no zones)
        (dt.datetime(2024, 2, 29, 13, 45, 1), "2024-02-29 13:45:01"),  # noqa: DTZ001
        (dt.time(13, 45), "13:45:00"),
        (123456789012345, "123456789012345"),
        (1.0, "1"),
        (0.1, "0.1"),
        (1e20, "100000000000000000000"),
        (1e-7, "0.0000001"),
        (True, "TRUE"),
    ],
)
def test_each_value_has_one_exact_spelling(tmp_path: Path, value: Any, text: str, mac: bool) -> None:  # noqa: FBT001
    reading, texts = read(save(tmp_path / "a.xlsx", ["a", "b"], [value, "x"], mac=mac))
    assert texts == [f"{text},x"]
    assert reading.kinds == {"a": "text", "b": "text"}


def test_empty_rows_are_skipped_and_lines_are_those_that_excel_shows(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ["title"], [], ["a", "b", None], [1], [None, None], [None, 2])
    reading = open_excel(path, None, name="a", bounds=Bounds(), skip_lines=1)
    (batch,) = reading.batches()
    assert reading.header == ("a", "b")
    assert batch.lines.to_pylist() == [4, 6]
    assert batch.texts.to_pylist() == ["1,", ",2"]
    assert batch.columns["b"].to_pylist() == [None, "2"]
    assert reading.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_rows_with_errors_or_beyond_the_header_are_damaged(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.xlsx", ["a", "b"], ["#N/A", 1], ["=1+1", 2], [1, 2, 3], [1, 2], ["x", None, None]
    )
    reading, texts = read(path)
    assert texts == ["1,2", "x,"]
    assert [(bad.line, bad.reason, bad.text) for bad in reading.damaged] == [
        (2, "excel_error", "#N/A,1"),
        (3, "no_cached_value", ",2"),
        (4, "field_count", "1,2,3"),
    ]


def test_a_sheet_is_named_where_there_are_several(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ["a"], [1], Items=[["a"], [2]])
    assert read(path, "Items")[1] == ["2"]
    with pytest.raises(UsageError, match=r"has not exactly one sheet.*Given: Sheet, Items"):
        read(path)
    with pytest.raises(UsageError, match="has no sheet 'Item'"):
        read(path, "Item")


@pytest.mark.parametrize("rows", [[], [["=1+1"]], [["#REF!", "b"]]], ids=["empty", "formula", "error"])
def test_a_sheet_without_a_header_is_refused(tmp_path: Path, rows: list[list[Any]]) -> None:
    with pytest.raises(DataError, match="has no header"):
        read(save(tmp_path / "a.xlsx", *rows))


def test_many_rows_come_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arseg.ledger.sources.read_excel.BATCH_ROWS", 1_000)
    path = save(tmp_path / "a.xlsx", ["id"], *([f"{number:07d}"] for number in range(2_500)))
    batches = list(open_excel(path, None, name="a", bounds=Bounds()).batches())
    assert [len(batch.lines) for batch in batches] == [1_000, 1_000, 500]
    assert batches[2].texts[-1].as_py() == "0002499"
    with pytest.raises(DataError, match="too many rows"):
        read(path, rows=2_499)


def test_much_text_makes_batches_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arseg.ledger.sources.read_excel.BATCH_BYTES", 100)
    path = save(tmp_path / "a.xlsx", ["id"], *(["x" * 60] for _ in range(5)))
    batches = list(open_excel(path, None, name="a", bounds=Bounds()).batches())
    assert [len(batch.lines) for batch in batches] == [2, 2, 1]
    with pytest.raises(DataError, match="too many bytes in one row"):
        read(path, held_bytes=59)


SHARED = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType='
    b'"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)


def rebuilt(path: Path, **parts: bytes) -> Path:
    """Replace parts of a workbook, named by the end of their names."""
    with zipfile.ZipFile(path) as archive:
        whole = {name: archive.read(name) for name in archive.namelist()}
    for end, data in parts.items():
        found = next((name for name in whole if name.endswith(f"{end}.xml")), f"xl/{end}.xml")
        whole[found] = data
    types = whole["[Content_Types].xml"]
    if b"sharedStrings" not in types:
        whole["[Content_Types].xml"] = types.replace(b"</Types>", SHARED + b"</Types>")
    whole.setdefault("xl/sharedStrings.xml", b"<sst/>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in whole.items():
            archive.writestr(name, data)
    return path


ENTITIES = b'<!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>'
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
REPEATED = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(2, 20_000))
ONE_TEXT = b"<sst><si><t>" + b"x" * 900_000 + b"</t></si></sst>"
SHEET = HEAD + b'<row r="1"><c t="str"><v>a</v></c></row>'

BOMBS = {
    "huge sheet": {"sheet1": SHEET + b"<row/>" * (12 * MIB)},
    "huge texts": {"sharedStrings": b"<sst>" + b"<si><t>x</t></si>" * (5 * MIB)},
    "one shared text everywhere": {
        "sheet1": SHEET + REPEATED + b"</sheetData></worksheet>",
        "sharedStrings": ONE_TEXT,
    },
    "entities in the sheet": {"sheet1": ENTITIES},
    "entities in the texts": {"sharedStrings": ENTITIES},
    "entities in the workbook": {"workbook": ENTITIES},
    "entities in UTF-16": {"styles": ENTITIES.decode().encode("utf-16")},
    "huge styles": {"styles": b"<a/>" * (8 * MIB)},
    "far row": {"sheet1": SHEET + b'<row r="4000000000"><c><v>1</v></c></row></sheetData></worksheet>'},
    "deep": {"sheet1": HEAD + b"<a>" * (10 * MIB)},
    "one endless cell": {"sheet1": HEAD + b"<row><c><v>" + b"1" * (30 * MIB)},
}

MEASURE = """
import resource, sys, time
from pathlib import Path
from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.sources.read_excel import open_excel
from arseg.schema import DataError
start = time.process_time()
try:
    for _ in open_excel(Path(sys.argv[1]), None, name="a.xlsx", bounds=Bounds()).batches():
        pass
except DataError as refusal:
    print(refusal)
else:
    sys.exit("it was read")
seconds = time.process_time() - start
# A process begins with the mark of the one that started it, but for the kernel's own of what it maps.
own = Path("/proc/self/status")
marks = own.read_text().split("VmHWM:")[1].split()[0] if own.is_file() else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
largest = int(marks) / 1024
sys.exit(f"{seconds} s, {largest} MiB" if seconds > 2 or largest > 1536 else 0)
"""


@pytest.mark.parametrize("bomb", list(BOMBS))
def test_a_bomb_is_refused_in_two_seconds_and_little_memory(tmp_path: Path, bomb: str) -> None:
    path = rebuilt(save(tmp_path / "a.xlsx", ["a"], ["x"]), **BOMBS[bomb])
    done = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "a.xlsx" in done.stdout or "workbook" in done.stdout


@pytest.mark.parametrize("data", [b"", b"PK", b"a,b\n1,2\n", b"\xd0\xcf\x11\xe0" + bytes(512)])
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"a\.xlsx (cannot be read as|is encrypted)"):
        read(path)


def test_another_zip_file_is_no_workbook(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", "a,b")
    (tmp_path / "a.xlsx").write_bytes(file.getvalue())
    with pytest.raises(DataError, match=r"a\.xlsx cannot be read as \.xlsx"):
        read(tmp_path / "a.xlsx")


def test_a_flipped_bit_gives_rows_or_a_refusal_never_anything_else(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ["a", "b"], *([DAY, f"x{n}"] for n in range(50)))
    whole, rng = path.read_bytes(), np.random.default_rng(3)
    for _ in range(150):
        data = bytearray(whole)
        for place in rng.integers(len(data), size=int(rng.integers(1, 4))):
            data[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(data)
        try:
            read(path)
        except (DataError, UsageError):
            continue


@pytest.mark.shared
def test_a_real_extract_of_payables_is_read_whole(shared_data: Path) -> None:
    path = shared_data / "ap_invoices" / "AccountsPayable_Raw_data.xlsx"
    reading, texts = read(path)
    assert reading.header[:2] == ("DocNo", "Vendor details")
    assert (len(texts), reading.damaged) == (18_837, [])
    assert texts[0] == "4448977,Superior Visions,,James,2023-01-16,2023-01-21,2023-01-30,2023-02-06"
