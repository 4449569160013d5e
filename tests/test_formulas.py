"""Worklist files are inert: the strings of `benchmarks/formulas.py`, by our own eyes always, by LibreOffice where there is one."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest

from arseg.treatments import read_worklist, write_worklist

ROOT = Path(__file__).parents[1]
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")  # noqa: RUF001


@pytest.fixture(name="formulas", scope="module")
def _formulas() -> ModuleType:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        spec = importlib.util.spec_from_file_location("formulas", ROOT / "benchmarks" / "formulas.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return module


@pytest.fixture(name="strings", scope="module")
def _strings(formulas: ModuleType) -> list[str]:
    found: list[str] = formulas.corpus()
    assert len(found) >= 400
    return found


def test_no_field_of_the_csv_begins_a_formula_for_any_reader_and_every_text_comes_back(
    formulas: ModuleType, strings: list[str], tmp_path: Path
) -> None:
    frame = formulas.worklist_of(strings)
    (path,) = write_worklist(frame, tmp_path / "worklist", formats=("csv",))
    back = read_worklist(path)
    assert back["name"].tolist() == back["why"].tolist() == strings
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read()
    # A reader in another country parts fields elsewhere, and lines without regard to our quotes.
    read = [csv.reader(io.StringIO(text, newline=""))]
    read += [csv.reader([line], delimiter=mark) for mark in ";\t|" for line in re.split(r"\r\n|\r|\n", text)]
    fields = [field for reader in read for row in reader for field in row if not _number(field)]
    assert len(fields) > 10 * len(strings)
    assert not [one for one in fields if one.lstrip(' \u00a0\u200b\ufeff"').startswith(LIVE)]


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_numbers_of_the_csv_stay_numbers(formulas: ModuleType, strings: list[str], tmp_path: Path) -> None:
    (path,) = write_worklist(formulas.worklist_of(strings), tmp_path / "worklist", formats=("csv",))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["open_balance"], row["expected_value"], row["rank"]) for row in rows[:1]} == {
        ("-1.50", "-1.50", "1")
    }
    assert all(_number(row[name]) for row in rows for name in ("open_balance", "minutes", "rank"))


def test_no_cell_of_the_workbook_is_a_formula_and_every_text_stands_as_it_is(
    formulas: ModuleType, strings: list[str], tmp_path: Path
) -> None:
    (path,) = write_worklist(formulas.worklist_of(strings), tmp_path / "worklist", formats=("xlsx",))
    sheet = openpyxl.load_workbook(path)["All"]
    head, *rows = sheet.iter_rows()
    place = [cell.value for cell in head].index("name")
    names = [row[place] for row in rows]
    assert {cell.data_type for cell in names} == {"s"}
    assert all(cell.quotePrefix for cell in names)
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "b", "d"}
    # openpyxl does not read the format's own spelling of such a text; spreadsheets do.
    assert [str(cell.value).replace("_x005F_", "_") for cell in names] == strings


def test_libreoffice_runs_nothing(formulas: ModuleType, strings: list[str], tmp_path: Path) -> None:
    if not formulas.version():
        pytest.skip("LibreOffice (soffice) is absent")
    some = strings[::9]
    frame = formulas.worklist_of(some)
    as_csv, as_xlsx = write_worklist(frame, tmp_path / "worklist", formats=("csv", "xlsx"))
    for delimiter in (44, 59):
        row = formulas._row("csv", formulas.opened(as_csv, delimiter=delimiter), some)
        assert row["formulas"] == 0, row["first"]
    places = [list(frame.columns).index(name) for name in formulas.TEXTS]
    row = formulas._row("xlsx", formulas.opened(as_xlsx), some, places=places)
    assert (row["formulas"], row["texts_changed"]) == (0, 0)
    assert row["numbers"] == len(some) * sum(
        c.type in {"money", "number", "integer"} for c in formulas.WORKLIST.columns
    )


def test_the_result_that_is_kept_says_the_same() -> None:
    rows = json.loads((ROOT / "benchmarks" / "results" / "formulas.json").read_text(encoding="utf-8"))["rows"]
    ours = [row for row in rows if row["system"] != "csv.writer"]
    assert {row["case"] for row in ours} >= {"csv, opened with comma", "csv, opened with semicolon", "xlsx"}
    assert all(
        row["strings"] >= 400 and row["formulas"] == 0 and not row.get("texts_changed") for row in ours
    )
    # Where nothing would run in any case, nothing is shown.
    assert all(row["formulas"] > 10 for row in rows if row["system"] == "csv.writer")
