from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from xml.etree import ElementTree as ET

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import WORKLIST, DataError
from arseg.treatments import Capacity, build_worklist, export_workbook
from arseg.treatments.export_workbook import as_workbook, sheet_names

quick = settings(max_examples=100, deadline=None, derandomize=True)
TEAM = ("=cmd|' /C calc'!A0", "Ana/Ben [north]")


@pytest.fixture(name="worklist", scope="module")
def _worklist(draw_book, standard) -> pd.DataFrame:
    segmentation, scores = draw_book(4, 40)
    names = {
        f"C{i:03d}": text for i, text in enumerate(["=1+1", "+49 30", "-5", "@SUM(A1)", "a\x01b", "Müller"])
    }
    prescribed = standard.prescribe(segmentation, scores)
    return build_worklist(prescribed, scores, key_date="2026-10-31", capacity=Capacity(TEAM, 1), names=names)


@pytest.fixture(name="book", scope="module")
def _book(worklist) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(as_workbook(worklist, WORKLIST.columns)))


def rows_of(sheet) -> list[dict]:
    return [
        dict(zip(WORKLIST.names, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)
    ]


def test_all_stand_on_the_first_sheet_and_each_collectors_day_on_its_own(book, worklist) -> None:
    assert book.sheetnames[0] == "All"
    assert [row["customer_id"] for row in rows_of(book["All"])] == worklist["customer_id"].tolist()
    today = worklist[worklist["on_today"] & (worklist["collector"] != "")]
    people = sorted(set(today["collector"]))
    assert book.sheetnames[1:] == sheet_names(["All", *people])[1:]
    for title, name in zip(book.sheetnames[1:], people, strict=True):
        wanted = today.loc[today["collector"] == name, "customer_id"].tolist()
        assert [row["customer_id"] for row in rows_of(book[title])] == wanted


def test_no_cell_is_a_formula_and_text_stays_text_when_it_is_edited(book) -> None:
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    names = [cell for cell in cells if isinstance(cell.value, str) and cell.row > 1]
    assert all(cell.quotePrefix and cell.number_format == "@" for cell in names)
    assert {"=1+1", "+49 30", "-5", "@SUM(A1)"} <= {cell.value for cell in names}


def test_the_xml_has_no_formula(worklist) -> None:
    with zipfile.ZipFile(io.BytesIO(as_workbook(worklist, WORKLIST.columns))) as file:
        sheets = [name for name in file.namelist() if name.startswith("xl/worksheets/")]
        for name in sheets:
            tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(file.read(name)).iter()}
            assert "f" not in tags
            assert {"pane", "autoFilter", "cols"} <= tags


def test_numbers_amounts_days_and_flags_are_typed(book, worklist) -> None:
    for row, given_row in zip(rows_of(book["All"]), worklist.to_dict("records"), strict=True):
        assert row["deadline"] == given_row["deadline"].to_pydatetime()
        assert isinstance(row["deadline"], dt.datetime)
        assert float(row["expected_value"]) == given_row["expected_value"]
        assert row["on_today"] is given_row["on_today"]
        assert row["rank"] == given_row["rank"]
        # The format spells a control so, and spreadsheets read it as the control.
        assert row["name"] == (re.sub("\x01", "_x0001_", given_row["name"]) or None)


def test_the_header_is_frozen_and_filtered_and_columns_are_as_wide_as_they_need(book, worklist) -> None:
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == f"A1:Q{sheet.max_row}"
        assert sheet["A1"].font.bold
    widths = book["All"].column_dimensions
    assert widths["Q"].width == 60
    assert widths["F"].width == worklist["treatment"].str.len().max() + 2
    assert widths["L"].width == 16


def test_the_same_worklist_gives_the_same_bytes_at_any_hour(worklist, monkeypatch) -> None:
    first = as_workbook(worklist, WORKLIST.columns)
    later = dt.datetime(2031, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
    monkeypatch.setattr("time.time", later.timestamp)
    monkeypatch.setattr("time.localtime", lambda *_: later.timetuple())
    assert as_workbook(worklist, WORKLIST.columns) == first
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert file.read("docProps/core.xml").count(b"1980-01-01T00:00:00Z") == 2


def test_an_empty_worklist_is_a_sheet_with_a_header(worklist) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(worklist.head(0), WORKLIST.columns)))
    assert book.sheetnames == ["All"]
    assert [cell.value for cell in book["All"][1]] == [name.replace("_", " ") for name in WORKLIST.names]


def test_a_text_longer_than_a_cell_is_cut(worklist) -> None:
    long = worklist.head(1).assign(why="x" * 40_000)
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(long, WORKLIST.columns)))
    assert len(book["All"]["Q2"].value) == 32_767


def test_more_rows_than_a_sheet_holds_are_refused(worklist, monkeypatch) -> None:
    monkeypatch.setattr(export_workbook, "_ROWS", 39)
    with pytest.raises(DataError, match=r"more rows than a sheet holds\. Given: 40 rows\. Allowed: 39"):
        as_workbook(worklist, WORKLIST.columns)


@quick
@given(
    st.lists(
        st.text(max_size=40) | st.sampled_from(["All", "all", "History", "'x'", "a:b", "x" * 50]), max_size=6
    )
)
def test_every_name_becomes_a_sheet_name_of_its_own(names) -> None:
    given_names = sheet_names(["All", *names])
    assert given_names[0] == "All"
    assert len({name.casefold() for name in given_names}) == len(names) + 1
    for name in given_names:
        assert 1 <= len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=20), min_size=5, max_size=5))
def test_a_workbook_of_any_texts_opens(worklist, texts) -> None:
    frame = worklist.head(5).assign(
        name=pd.array(texts, dtype=object), collector=pd.array(texts[::-1], dtype=object)
    )
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(frame, WORKLIST.columns)))
    assert book["All"].max_row == 6
