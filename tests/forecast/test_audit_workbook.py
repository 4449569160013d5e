from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from arseg.forecast import Statement, export_provision
from arseg.forecast.audit_workbook import WORKBOOK, write_workbook
from arseg.schema import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    amount = Decimal("1234.50")
    matrix = pd.DataFrame(
        {"segment": ["High"], "bucket": ["1-30"], "rate": [0.0125]}
        | {name: [amount] for name in ("gross", "excluded", "exposed", "allowance")}
    )
    items = pd.DataFrame({"invoice_id": ["0012.50"], "note": ["=1+1"], "balance": [amount]})
    said = Statement(dt.date(2026, 10, 31), "vintages", "none", "EUR", parameters={"cap": {"low": 0.7}})
    export_provision(tmp_path / "out", said, matrix, {"items": items})
    return tmp_path / "out"


def test_numbers_are_numbers_and_names_stay_texts(folder: Path) -> None:
    book = openpyxl.load_workbook(write_workbook(folder))
    assert book.sheetnames == ["statement", "matrix", "items"]
    head, row = book["matrix"].iter_rows(values_only=True)
    found = dict(zip(head, row, strict=True))
    assert (found["allowance"], found["rate"], found["bucket"]) == (1234.5, 0.0125, "1-30")
    assert next(book["items"].iter_rows(min_row=2, values_only=True))[:2] == ("0012.50", "=1+1")
    said = dict(book["statement"].iter_rows(min_row=2, values_only=True))
    assert said["parameters.cap.low"] == "0.7"
    assert said["totals.allowance"] == "1234.50"
    assert len(said["sha256"]) == 64


def test_the_same_export_gives_the_same_bytes(folder: Path) -> None:
    first = write_workbook(folder).read_bytes()
    assert write_workbook(folder).read_bytes() == first
    assert (folder / WORKBOOK).is_file()


def test_a_changed_export_makes_no_workbook(folder: Path) -> None:
    (folder / "items.csv").write_text("x\n", encoding="ascii")
    with pytest.raises(DataError, match="not what was written"):
        write_workbook(folder)
