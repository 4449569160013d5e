from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arseg.ledger.feed import Feed
from arseg.ledger.layout import Source
from arseg.ledger.read import RawTable, read_header, read_source
from arseg.schema import DataError, UsageError

HEADER = "customer_id,name,known_on"
ROW = "1,Acme,2024-01-01"


def source(**declared: Any) -> Source:
    return Source(files=["*"], feeds=[Feed(table="customers", same_names=True)], **declared)


def read(tmp_path: Path, data: str | bytes, **declared: Any) -> RawTable:
    path = tmp_path / "customers.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_source(path, source(**declared), name=path.name)


def names(raw: RawTable) -> list[str]:
    return raw.columns["name"].to_pylist()


def test_every_field_stays_text_as_written(tmp_path: Path) -> None:
    ids = [
        "000123",
        "00123",
        "NA",
        "null",
        "None",
        "nan",
        "NO",
        "1E5",
        "9007199254740993",
        " 7 ",
        "\uff1d1",
        "=1+1",
    ]
    raw = read(tmp_path, "\n".join([HEADER, *(f"{i},x,2024-01-01" for i in ids), ""]))
    assert raw.columns["customer_id"].to_pylist() == ids
    assert list(raw.lines) == list(range(2, 2 + len(ids)))


def test_the_order_of_columns_and_extra_ones_are_without_effect(tmp_path: Path) -> None:
    raw = read(tmp_path, "extra,known_on,name,customer_id\nq,2024-01-01,Acme,1\n")
    assert names(raw) == ["Acme"]


def test_line_ends_and_a_byte_order_mark_are_without_effect(tmp_path: Path) -> None:
    raw = read(tmp_path, f"\ufeff{HEADER}\r\n{ROW}\r\n")
    assert list(raw.columns) == HEADER.split(",")
    assert raw.columns["known_on"].to_pylist() == ["2024-01-01"]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8", "shift_jis"])
def test_a_declared_encoding_is_decoded_exactly(tmp_path: Path, encoding: str) -> None:
    name = "東京" if encoding == "shift_jis" else "Müller"
    raw = read(tmp_path, f"{HEADER}\n1,{name},2024-01-01\n".encode(encoding), encoding=encoding)
    assert names(raw) == [name]


def test_a_wrong_encoding_is_refused_with_its_byte(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"customers.csv is not utf-8 at byte 29.*fc"):
        read(tmp_path, f"{HEADER}\n1,Müller,2024-01-01\n".encode("cp1252"))


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_utf8_read_as_something_else_is_refused_with_its_byte(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(DataError, match=f"looks like UTF-8 read as {encoding} at byte 29"):
        read(tmp_path, f"{HEADER}\n1,Müller,2024-01-01\n", encoding=encoding)


def test_a_missing_column_is_named_with_its_nearest_header(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="lacks column 'known_on'; the nearest header is 'knwon_on'"):
        read(tmp_path, "customer_id,name,knwon_on\n" + ROW)


def test_a_header_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has a column twice\. Given: name"):
        read(tmp_path, "customer_id,name,name,known_on\n1,a,b,2024-01-01\n")


@pytest.mark.parametrize("data", ["", "\n", "\n" + ROW])
def test_an_empty_file_is_refused(tmp_path: Path, data: str) -> None:
    with pytest.raises(DataError, match="has no header"):
        read(tmp_path, data)


def test_a_header_alone_is_no_row(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER + "\n").rows == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,Acme", "field_count"),
        ("1,Acme,2024-01-01,x", "field_count"),
        ("Total;3", "field_count"),
        ('1,"Acme,2024-01-01', "bad_quote"),
        ('1,Ac"me,2024-01-01', "bad_quote"),
        ('1,"Ac"me,2024-01-01', "bad_quote"),
    ],
)
def test_a_damaged_row_is_set_aside_and_its_neighbours_stay(tmp_path: Path, line: str, reason: str) -> None:
    raw = read(tmp_path, f"{HEADER}\n{ROW}\n{line}\n{ROW}\n")
    assert [(bad.line, bad.reason, bad.text) for bad in raw.damaged] == [(3, reason, line)]
    assert raw.lines == [2, 4]
    assert raw.rows == 3


def test_a_quoted_field_may_hold_the_delimiter_and_quotes(tmp_path: Path) -> None:
    raw = read(tmp_path, f'{HEADER}\n1,"Korn, ""Nord""",2024-01-01\n')
    assert names(raw) == ['Korn, "Nord"']


def test_a_last_line_without_an_end_is_set_aside_as_cut_off(tmp_path: Path) -> None:
    whole = f"{HEADER}\n{ROW}\n{ROW}\n".encode()
    for cut in range(len(whole) - len(ROW), len(whole)):
        raw = read(tmp_path, whole[:cut])
        assert [bad.reason for bad in raw.damaged] == ["cut_off"]
        assert raw.rows == 2


def test_blank_lines_are_no_rows_and_line_numbers_still_fit(tmp_path: Path) -> None:
    raw = read(tmp_path, f"{HEADER}\n\n{ROW}\n\n")
    assert (raw.rows, raw.lines, raw.text(0)) == (1, [3], ROW)


def test_only_a_line_feed_ends_a_row(tmp_path: Path) -> None:
    raw = read(tmp_path, f"{HEADER}\n1,A\u2028B\x85C,2024-01-01\n")
    assert names(raw) == ["A\u2028B\x85C"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "^"])
def test_another_delimiter_is_declared(tmp_path: Path, delimiter: str) -> None:
    text = (
        f"{HEADER}\n{ROW}\n".replace(",", delimiter) + f'2{delimiter}"a{delimiter}b"{delimiter}2024-01-01\n'
    )
    assert names(read(tmp_path, text, delimiter=delimiter)) == ["Acme", f"a{delimiter}b"]


def test_the_header_of_a_file_can_be_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'"a","b,c"\r\n{ROW}\r\n', encoding="utf-16")
    assert read_header(path, source(encoding="utf-16"), name="a.csv") == ["a", "b,c"]


def test_an_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF")
    with pytest.raises(UsageError, match="the kind of file is unknown"):
        read_source(path, source(), name="a.pdf")
