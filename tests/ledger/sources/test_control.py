from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.declared.feed import Feed
from arseg.ledger.declared.source import Source
from arseg.ledger.sources import read_text
from arseg.ledger.sources.control import SUFFIX, read_controlled
from arseg.ledger.sources.read import open_file
from arseg.ledger.sources.reading import Reading
from arseg.schema import DataError, UsageError

HEADER = "invoice_id,amount"
ROWS = ["1,10.50", "2,-0.25", "3,100"]
WHOLE = "\n".join([HEADER, *ROWS, ""])
TOTAL = "110.25"


def opened(path: Path, *, control: dict[str, Any] | str | None = None, **declared: Any) -> Reading:
    if control is not None:
        said = control if isinstance(control, str) else json.dumps(control)
        path.with_name(path.name + SUFFIX).write_text(said, encoding="utf-8")
    source = Source(files=["*"], feeds=[Feed(table="customers", same_names=True)], **declared)
    return read_controlled(open_file(path, source, name=path.name, bounds=Bounds()), path, source)


def written(folder: Path, text: str = WHOLE) -> Path:
    path = folder / "invoices.csv"
    path.write_bytes(text.encode())
    return path


def ids(reading: Reading) -> list[str]:
    return [one for batch in reading.batches() for one in batch.columns["invoice_id"].to_pylist()]


def test_without_a_control_file_the_reading_stays_as_it_is(tmp_path: Path) -> None:
    path, source = written(tmp_path), Source(files=["*"], feeds=[Feed(table="customers", same_names=True)])
    reading = open_file(path, source, name=path.name, bounds=Bounds())
    assert read_controlled(reading, path, source) is reading


@pytest.mark.parametrize(
    "control",
    [{}, {"rows": 3}, {"totals": {"amount": TOTAL}}, {"rows": 3, "totals": {"amount": "110.250"[:-1]}}],
    ids=str,
)
@pytest.mark.parametrize("chunk", [7, 1 << 22])
def test_what_agrees_goes_through_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, control: dict[str, Any], chunk: int
) -> None:
    monkeypatch.setattr(read_text, "CHUNK", chunk)
    path = written(tmp_path)
    plain, reading = opened(path), opened(path, control=control)
    assert (reading.name, reading.header, reading.kinds) == (plain.name, plain.header, plain.kinds)
    assert ids(reading) == ids(plain) == ["1", "2", "3"]
    assert (reading.sha256, reading.damaged) == (plain.sha256, plain.damaged)
    assert reading.sha256


def test_a_cut_anywhere_within_the_rows_is_refused(tmp_path: Path) -> None:
    for control in ({"rows": 3}, {"totals": {"amount": TOTAL}}, {"rows": 3, "totals": {"amount": TOTAL}}):
        for cut in range(len(HEADER) + 1, len(WHOLE)):
            with pytest.raises(DataError, match=r"invoices\.csv is not what its control file says"):
                ids(opened(written(tmp_path, WHOLE[:cut]), control=control))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (WHOLE[:-1], r"its last line differs\. Given: cut off\. Allowed: whole"),
        (WHOLE.replace("1,10.50\n", ""), r"its number of rows differs\. Given: 2\. Allowed: 3"),
        (WHOLE + "4,0\n", r"its number of rows differs\. Given: 4\. Allowed: 3"),
        (WHOLE.replace("100", "101"), r"the total of amount differs\. Given: 111\.25\. Allowed: 110\.25"),
        (WHOLE.replace("100", "100.005"), r"the total of amount differs\. Given: 10\.25\. Allowed: 110\.25"),
        (WHOLE.replace("100", ""), r"the total of amount differs\. Given: 10\.25"),
    ],
)
def test_what_differs_is_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(DataError, match=f"{what}.*Do: copy or export it again, or correct the control file"):
        ids(opened(written(tmp_path, text), control={"rows": 3, "totals": {"amount": TOTAL}}))


def test_the_rows_before_a_difference_are_given_before_it_is_known(tmp_path: Path) -> None:
    batches = opened(written(tmp_path), control={"rows": 4}).batches()
    assert len(next(batches).lines) == 3
    with pytest.raises(DataError, match="its number of rows differs"):
        next(batches)


def test_a_damaged_row_is_a_row_and_its_amount_is_not_held_against_the_total(tmp_path: Path) -> None:
    text = WHOLE.replace("3,100", "3,100,x")
    reading = opened(written(tmp_path, text), control={"rows": 3, "totals": {"amount": TOTAL}})
    assert ids(reading) == ["1", "2"]
    assert [bad.reason for bad in reading.damaged] == ["field_count"]
    with pytest.raises(DataError, match=r"number of rows differs\. Given: 3\. Allowed: 2"):
        ids(opened(written(tmp_path, text), control={"rows": 2}))


def test_totals_are_read_with_the_marks_of_the_source(tmp_path: Path) -> None:
    text = "invoice_id;amount\n1;1.234,50\n2; 0,25- \n3;(5)\n4;\u20ac 1.000\n"
    declared: dict[str, Any] = {"delimiter": ";", "decimal_mark": ",", "thousands_mark": ".", "trim": True}
    declared |= {"negatives": ["1-", "(1)"], "symbols": ["\u20ac"]}
    reading = opened(written(tmp_path, text), control={"totals": {"amount": "2229.25"}}, **declared)
    assert ids(reading) == ["1", "2", "3", "4"]


def test_blanks_around_an_amount_count_only_where_they_are_to_be_cut(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}\n1,\u00a0\u200b5 \n2, \n")
    assert ids(opened(path, control={"totals": {"amount": "5"}}, trim=True)) == ["1", "2"]
    with pytest.raises(DataError, match=r"the total of amount differs\. Given: 0\. Allowed: 5"):
        ids(opened(path, control={"totals": {"amount": "5"}}))


@pytest.mark.parametrize(
    "values",
    [
        pa.array([Decimal("10.500"), Decimal("-0.250"), Decimal(100), None], pa.decimal128(18, 3)),
        pa.array([100, 10, None, 0]),
    ],
    ids=["decimal", "integer"],
)
def test_totals_of_typed_columns_need_no_marks(tmp_path: Path, values: pa.Array) -> None:
    path = tmp_path / "invoices.parquet"
    pq.write_table(pa.table({"invoice_id": ["1", "2", "3", "4"], "amount": values}), path)
    total = str(sum(value for value in values.to_pylist() if value is not None))
    declared: dict[str, Any] = {"decimal_mark": ",", "negatives": ["1-"]}
    control = {"rows": 4, "totals": {"amount": f"{Decimal(total):.2f}"}}
    assert len(ids(opened(path, control=control, **declared))) == 4


def test_a_packed_file_has_a_control_file_of_its_whole_name(tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv.gz"
    path.write_bytes(gzip.compress(WHOLE.encode(), mtime=0))
    assert ids(opened(path, control={"rows": 3})) == ["1", "2", "3"]
    with pytest.raises(DataError, match=r"invoices\.csv\.gz is not what its control file says"):
        ids(opened(path, control={"rows": 2}))


def test_a_total_is_exact_however_many_rows(tmp_path: Path) -> None:
    text = "\n".join([HEADER, *(f"{number},0.10" for number in range(10_000)), ""])
    assert len(ids(opened(written(tmp_path, text), control={"totals": {"amount": "1000"}}))) == 10_000


def test_a_total_of_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"the control file of invoices\.csv totals a column that is not there\. Given: amnt\. Allowed: invoice_id, amount",
    ):
        opened(written(tmp_path), control={"totals": {"amnt": TOTAL}})


@pytest.mark.parametrize(
    "total", ["", "many", "NaN", "Infinity", "1e3", "1.005", "1,000.00", " 1", "1 ", "+1"]
)
def test_a_total_is_a_plain_amount(tmp_path: Path, total: str) -> None:
    with pytest.raises(
        UsageError, match=r"totals\.amount is wrong in .*invoices\.csv\.control\.json, line 1"
    ):
        opened(written(tmp_path), control={"totals": {"amount": total}})


@pytest.mark.parametrize(
    ("control", "complaint"),
    [
        ('{"rows": "3"}', "rows is wrong"),
        ('{"rows": 3.0}', "rows is wrong"),
        ('{"rows": -1}', "rows is wrong"),
        ('{"totals": {"amount": 110.25}}', r"totals\.amount is wrong"),
        ('{"row": 3}', r"unknown key 'row' in .*Do: write 'rows'"),
        ('{"rows": 3, "rows": 4}', "key 'rows' stands twice"),
        ("3", "the file declares nothing"),
        ("{", "the file is not YAML"),
    ],
)
def test_a_control_file_that_declares_something_else_is_refused(
    tmp_path: Path, control: str, complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        opened(written(tmp_path), control=control)


def test_a_control_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.with_name(path.name + SUFFIX).write_bytes(b'{"rows": \xff}')
    with pytest.raises(UsageError, match=r"the file is not UTF-8 text\. Given: .*control\.json, byte 9"):
        opened(path)
