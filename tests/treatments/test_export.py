from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import WORKLIST, DataError, UsageError
from arseg.treatments import Capacity, build_worklist, read_worklist, write_worklist

LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
texts = st.text(max_size=12) | st.text(alphabet="'= +-@\t\r\n＝＠a,\";", max_size=6)  # noqa: RUF001


@pytest.fixture(name="worklist", scope="session")
def _worklist(draw_book, standard) -> pd.DataFrame:
    segmentation, scores = draw_book(4, 25)
    names = {
        f"C{place:03d}": name for place, name in enumerate(["=1+1", "'s-Hertogenbosch BV", 'Müller, "K"'])
    }
    prescribed = standard.prescribe(segmentation, scores)
    return build_worklist(prescribed, scores, key_date="2026-10-31", capacity=Capacity(2, 1), names=names)


def raw_cells(path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(texts, min_size=25, max_size=25))
def test_a_file_of_any_texts_comes_back_as_it_was(worklist, tmp_path_factory, names) -> None:
    frame = worklist.assign(name=pd.Series(names, dtype="str"), why=pd.Series(names[::-1], dtype="str"))
    csv_path, _ = write_worklist(frame, tmp_path_factory.mktemp("files") / "worklist")
    pd.testing.assert_frame_equal(read_worklist(csv_path), frame)


def test_the_same_worklist_gives_the_same_bytes(worklist, tmp_path) -> None:
    first, second = (write_worklist(worklist, tmp_path / name / "worklist") for name in ("a", "b"))
    assert [path.name for path in first] == ["worklist.csv", "worklist.parquet"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_dot_in_the_name_is_not_a_suffix(worklist, tmp_path) -> None:
    assert [path.name for path in write_worklist(worklist, tmp_path / "day-2026.10")] == [
        "day-2026.10.csv",
        "day-2026.10.parquet",
    ]


def test_excel_is_told_the_encoding(worklist, tmp_path) -> None:
    assert (
        write_worklist(worklist, tmp_path / "worklist")[0]
        .read_bytes()
        .startswith(b"\xef\xbb\xbfrank,customer_id")
    )


def test_cells_are_typed_and_no_text_is_live(worklist, tmp_path) -> None:
    header, *rows = raw_cells(write_worklist(worklist, tmp_path / "worklist")[0])
    assert tuple(header) == WORKLIST.names
    assert len(rows) == len(worklist)
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        assert all(not cells[c.name].startswith(LIVE) for c in WORKLIST.columns if c.type == "text")
        assert all(
            Decimal(cells[c.name]).as_tuple().exponent == -2 for c in WORKLIST.columns if c.type == "money"
        )
        assert cells["on_today"] in {"TRUE", "FALSE"}
        assert dt.date.fromisoformat(cells["deadline"]) >= dt.date(2026, 10, 31)
    names = {row[1]: row[2] for row in rows}
    assert [names[c] for c in ("C000", "C001", "C002")] == ["'=1+1", "'s-Hertogenbosch BV", 'Müller, "K"']


def test_negative_numbers_stay_numbers(worklist, tmp_path) -> None:
    frame = worklist.assign(expected_value=-1.5)
    header, row, *_ = raw_cells(write_worklist(frame, tmp_path / "worklist")[0])
    assert row[header.index("expected_value")] == "-1.50"


def test_parquet_keeps_exact_money_and_plain_text(worklist, tmp_path) -> None:
    table = pq.read_table(write_worklist(worklist, tmp_path / "worklist")[1])
    assert table.schema.field("open_balance").type == pa.decimal128(18, 2)
    assert table.schema.field("deadline").type == pa.date32()
    assert table.column("name").to_pylist() == worklist["name"].tolist()
    assert [float(v) for v in table.column("expected_value").to_pylist()] == worklist[
        "expected_value"
    ].tolist()
    assert table.column_names == list(WORKLIST.names)


def test_missing_values_are_empty_cells_and_nulls(worklist, tmp_path) -> None:
    frame = worklist.assign(name=pd.Series([None] * 25, dtype="str"), open_balance=float("nan"))
    csv_path, parquet_path = write_worklist(frame, tmp_path / "worklist")
    back = read_worklist(csv_path)
    assert (back["name"] == "").all()
    assert back["open_balance"].isna().all()
    table = pq.read_table(parquet_path)
    assert table.column("name").null_count == table.column("open_balance").null_count == 25


def test_an_empty_worklist_comes_back_empty(worklist, tmp_path) -> None:
    csv_path, _ = write_worklist(worklist.iloc[:0], tmp_path / "worklist")
    pd.testing.assert_frame_equal(read_worklist(csv_path), worklist.iloc[:0], check_dtype=False)


def test_missing_columns_are_all_named(worklist, tmp_path) -> None:
    with pytest.raises(DataError, match=r"worklist lacks columns \['minutes', 'why'\]"):
        write_worklist(worklist.drop(columns=["minutes", "why"]), tmp_path / "worklist")
    (tmp_path / "other.csv").write_text("rank\n1\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks columns"):
        read_worklist(tmp_path / "other.csv")
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="lacks columns"):
        read_worklist(tmp_path / "empty.csv")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("TRUE", "yes", r"column on_today is not of its type\. Given: 'yes'\. Allowed: boolean"),
        ("\r\n1,", "\r\none,", "column rank is not of its type"),
        ("2026-10-31", "31.10.2026", "column deadline is not of its type"),
        ("\r\n1,", "\r\n1,1,", r"rows of another length than its header\. Given: row 2\. Allowed: 17 cells"),
    ],
)
def test_a_changed_file_is_refused(worklist, tmp_path, old, new, message) -> None:
    path = write_worklist(worklist, tmp_path / "worklist")[0]
    text = path.read_bytes().decode("utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())
    with pytest.raises(DataError, match=message):
        read_worklist(path)


def test_only_the_formats_asked_for_are_written(worklist, tmp_path) -> None:
    paths = write_worklist(worklist, tmp_path / "worklist", formats=("json", "xlsx"))
    assert [path.name for path in paths] == ["worklist.json", "worklist.xlsx"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["worklist.json", "worklist.xlsx"]


def test_an_unknown_format_is_named(worklist, tmp_path) -> None:
    with pytest.raises(
        UsageError, match=r"no such format\. Given: \['pdf'\]\. Allowed: csv, xlsx, parquet, json"
    ):
        write_worklist(worklist, tmp_path / "worklist", formats=("csv", "pdf"))


def test_further_columns_are_written_and_read_back(worklist, tmp_path) -> None:
    more = worklist.assign(invoices="-R1: 5.00", value_low=1.5)[[*worklist.columns, "value_low", "invoices"]]
    more["invoices"] = more["invoices"].astype("str")
    path = write_worklist(more.assign(private="x"), tmp_path / "worklist")[0]
    pd.testing.assert_frame_equal(read_worklist(path), more)
