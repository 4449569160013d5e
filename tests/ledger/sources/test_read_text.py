from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.declared.bounds import Bounds
from arseg.ledger.declared.feed import Feed
from arseg.ledger.declared.source import Source
from arseg.ledger.sources import read_text
from arseg.ledger.sources.reading import Damaged, Reading
from arseg.schema import DataError

HEADER = "customer_id,name,known_on"
ROW = "1,Acme,2024-01-01"


def source(**declared: Any) -> Source:
    return Source(files=["*"], feeds=[Feed(table="customers", same_names=True)], **declared)


def opened(folder: Path, data: str | bytes, *, bounds: Bounds | None = None, **declared: Any) -> Reading:
    packed = isinstance(data, bytes) and data[:2] == b"\x1f\x8b"
    path = folder / ("customers.csv.gz" if packed else "customers.csv")
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_text.open_text(path, source(**declared), name=path.name, bounds=bounds or Bounds())


def exhausted(reading: Reading) -> tuple[list[tuple[int, str, tuple[str, ...]]], list[Damaged]]:
    """Return line, text and fields of every row, and the damaged rows."""
    found = []
    for batch in reading.batches():
        fields = zip(*(column.to_pylist() for column in batch.columns.values()), strict=True)
        found += zip(batch.lines.to_pylist(), batch.texts.to_pylist(), fields, strict=True)
    return found, reading.damaged


def names(reading: Reading) -> list[str]:
    place = reading.header.index("name")
    return [fields[place] for _, _, fields in exhausted(reading)[0]]


def test_every_field_stays_text_as_written(tmp_path: Path) -> None:
    ids = ["000123", "00123", "NA", "null", "None", "nan", "NO", "1E5", "9007199254740993", " 7 ", "\uff1d1"]
    ids += ["=1+1", "-0", "true", "#N/A", "\x7f", "a\0b"]
    text = "\n".join([HEADER, *(f"{one},x,2024-01-01" for one in ids), ""])
    found, damaged = exhausted(opened(tmp_path, text))
    assert [fields[0] for _, _, fields in found] == ids
    assert [line for line, _, _ in found] == list(range(2, 2 + len(ids)))
    assert not damaged


WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r\xc2\xc3\xe2\xef"), min_size=1, max_size=6
)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=8),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_what_a_csv_writer_writes_is_read_unchanged(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], quoting: Any
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=quoting)
    writer.writerow(HEADER.split(","))
    writer.writerows(rows)
    found, damaged = exhausted(opened(tmp_path_factory.getbasetemp(), text.getvalue()))
    # A row of delimiters alone is an empty line with the delimiters of a spreadsheet.
    lines = text.getvalue().split("\n")[1:-1]
    assert [fields for _, _, fields in found] == [
        r for r, line in zip(rows, lines, strict=True) if line.strip(",")
    ]
    assert not damaged


def test_line_ends_and_a_byte_order_mark_are_without_effect(tmp_path: Path) -> None:
    plain = exhausted(opened(tmp_path, f"{HEADER}\n{ROW}\n"))
    marked = opened(tmp_path, f"\ufeff{HEADER}\r\n{ROW}\r\n")
    assert marked.header == tuple(HEADER.split(","))
    assert exhausted(marked) == plain


def test_a_byte_order_mark_within_the_file_is_part_of_a_field(tmp_path: Path) -> None:
    found, _ = exhausted(opened(tmp_path, f"{HEADER}\n\ufeff{ROW}\n\ufeff{ROW}\n"))
    assert [fields[0] for _, _, fields in found] == ["\ufeff1", "\ufeff1"]


def test_every_column_is_called_text_and_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    data = f"\ufeff{HEADER}\r\n{ROW}\r\ncut".encode()
    reading = opened(tmp_path, data)
    assert reading.kinds == dict.fromkeys(HEADER.split(","), "text")
    exhausted(reading)
    assert reading.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8", "utf-8-sig", "shift_jis"])
def test_a_declared_encoding_is_decoded_exactly(tmp_path: Path, encoding: str) -> None:
    name = "東京" if encoding == "shift_jis" else "Müller"
    reading = opened(tmp_path, f"{HEADER}\n1,{name},2024-01-01\n".encode(encoding), encoding=encoding)
    assert names(reading) == [name]


def test_a_wrong_encoding_is_refused_with_its_byte(tmp_path: Path) -> None:
    data = f"{HEADER}\n1,Müller,2024-01-01\n".encode("cp1252")
    with pytest.raises(DataError, match=r"customers\.csv is not utf-8 at byte 29\. Given: fc 6c 6c"):
        opened(tmp_path, data)


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 29, 30, 1 << 22])
def test_the_named_byte_is_that_of_the_file_wherever_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: bytes, chunk: int
) -> None:
    monkeypatch.setattr(read_text, "CHUNK", chunk)
    data = mark + f"{HEADER}\n1,ü€".encode() + b"\xff,2024-01-01\n"
    for encoding in ("utf-8", "utf-8-sig"):
        with pytest.raises(DataError, match=rf"is not {encoding} at byte {data.index(0xFF)}\. Given: ff"):
            exhausted(opened(tmp_path, data, encoding=encoding))


def test_a_character_that_the_end_cuts_is_refused_with_its_byte(tmp_path: Path) -> None:
    data = f"{HEADER}\n{ROW}\n2,Mü".encode()[:-1]
    with pytest.raises(DataError, match=rf"is not utf-8 at byte {len(data) - 1}\. Given: c3\."):
        exhausted(opened(tmp_path, data))


def test_utf16_without_its_byte_order_mark_is_refused(tmp_path: Path) -> None:
    data = f"{HEADER}\n{ROW}\n".encode("utf-16-le")
    with pytest.raises(
        DataError, match=r"is not utf-16 at byte 0\. Given: UTF-16 stream does not start with BOM"
    ):
        opened(tmp_path, data, encoding="utf-16")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("chunk", [1, 2, 3, 28, 29, 30, 31, 1 << 22])
def test_utf8_read_as_something_else_is_refused_with_its_byte_wherever_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, chunk: int
) -> None:
    monkeypatch.setattr(read_text, "CHUNK", chunk)
    with pytest.raises(
        DataError, match=rf"looks like UTF-8 read as {encoding} at byte 29\. .*Do: declare encoding: utf-8"
    ):
        exhausted(opened(tmp_path, f"{HEADER}\n1,Müller,2024-01-01\n", encoding=encoding))


def test_a_byte_order_mark_read_as_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="looks like UTF-8 read as cp1252 at byte 0"):
        opened(tmp_path, f"\ufeff{HEADER}\n{ROW}\n", encoding="cp1252")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("chunk", [1, 2, 5, 1 << 22])
def test_utf8_encoded_twice_is_refused_with_its_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, chunk: int
) -> None:
    monkeypatch.setattr(read_text, "CHUNK", chunk)
    before = f"{HEADER}\n2,Älter,2024-01-01\n1,M".encode(encoding)
    data = before + "üller,2024-01-01\n".encode().decode("cp1252").encode(
        encoding.replace("16", "16-le").removesuffix("-sig")
    )
    with pytest.raises(
        DataError, match=rf"looks like UTF-8 encoded twice at byte {len(before)}\. .*Do: export it again"
    ):
        exhausted(opened(tmp_path, data, encoding=encoding))


@pytest.mark.parametrize("name", ["Müller", "Zoë", "São", "Ångström", "Â", "Ã", "â", "東京", "€uro", "Ïï"])
def test_an_honest_name_is_no_mojibake(tmp_path: Path, name: str) -> None:
    assert names(opened(tmp_path, f"{HEADER}\n1,{name},2024-01-01\n")) == [name]


BORDERS = f'\ufeff{HEADER}\r\n1,"Zoë, ""東京"" 😀",2024-01-01\r\n\r\n2,"a\r\nb\r\n\r\nü",2024-01-02\r\n3,x\r\n4,\u2028\r,2024-01-04\r\n5,é'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "utf-32"])
@pytest.mark.parametrize("packed", [False, True])
def test_where_the_file_is_cut_into_chunks_is_without_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, encoding: str, packed: bool
) -> None:
    data = BORDERS.removeprefix("" if encoding == "utf-8" else "\ufeff").encode(encoding)
    whole = exhausted(opened(tmp_path, data, encoding=encoding, line_breaks=True))
    assert [(line, fields) for line, _, fields in whole[0]] == [
        (2, ("1", 'Zoë, "東京" 😀', "2024-01-01")),
        (4, ("2", "a\nb\n\nü", "2024-01-02")),
        (9, ("4", "\u2028\r", "2024-01-04")),
    ]
    assert [(bad.line, bad.reason, bad.text) for bad in whole[1]] == [
        (8, "field_count", "3,x"),
        (10, "cut_off", "5,é"),
    ]
    for chunk in range(1, len(data) + 2):
        monkeypatch.setattr(read_text, "CHUNK", chunk)
        reading = opened(
            tmp_path, gzip.compress(data, mtime=0) if packed else data, encoding=encoding, line_breaks=True
        )
        assert exhausted(reading) == whole
        assert reading.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "chunk"), [("", 9), ("\n", 9), ("\n" + ROW, 9), ("\r\n\r\n", 1), ("\ufeff", 2)]
)
def test_an_empty_file_or_first_line_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, chunk: int
) -> None:
    monkeypatch.setattr(read_text, "CHUNK", chunk)
    with pytest.raises(DataError, match=r"customers\.csv has no header\. Given: an empty first line"):
        opened(tmp_path, data)


def test_a_header_alone_is_no_row(tmp_path: Path) -> None:
    assert exhausted(opened(tmp_path, HEADER + "\n")) == ([], [])


@pytest.mark.parametrize("cut", range(1, len(HEADER) + 1))
def test_a_header_that_does_not_end_its_line_is_cut_off(tmp_path: Path, cut: int) -> None:
    with pytest.raises(DataError, match=rf"is cut off in its header\. Given: '{HEADER[:cut]}'"):
        opened(tmp_path, HEADER[:cut])


@pytest.mark.parametrize("header", ['a,"b', 'a,"b"c', f"{HEADER}\r{ROW}\r"])
def test_a_header_that_cannot_be_split_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(
        DataError, match=r"has a header that cannot be split\. Given: '.*: .*line ends of LF or CR LF"
    ):
        opened(tmp_path, header + "\n")


def test_a_quoted_header_may_hold_the_delimiter_and_quotes(tmp_path: Path) -> None:
    assert opened(tmp_path, '"a","b,c","d ""e"""\n').header == ("a", "b,c", 'd "e"')


def test_the_blanks_around_a_header_stay_unless_they_are_to_be_cut(tmp_path: Path) -> None:
    assert opened(tmp_path, " a ,b\n").header == (" a ", "b")
    assert opened(tmp_path, " a ,b\n", trim=True).header == ("a", "b")


def test_columns_without_a_name_are_called_by_their_place(tmp_path: Path) -> None:
    # As between the bars of a printed list.
    assert opened(tmp_path, "| Id | Amount |\n", delimiter="|", trim=True).header == (
        "(column 1)",
        "Id",
        "Amount",
        "(column 4)",
    )


def test_a_last_line_without_an_end_is_set_aside_as_cut_off(tmp_path: Path) -> None:
    whole = f"{HEADER}\n{ROW}\n{ROW}\n".encode()
    for cut in range(len(whole) - len(ROW), len(whole)):
        found, damaged = exhausted(opened(tmp_path, whole[:cut]))
        assert damaged == [Damaged(3, "cut_off", whole[:cut].decode().split("\n")[-1])]
        assert [text for _, text, _ in found] == [ROW]


def test_a_cut_in_a_quoted_field_sets_its_lines_aside(tmp_path: Path) -> None:
    _, damaged = exhausted(opened(tmp_path, f'{HEADER}\n{ROW}\n2,"a\nb', line_breaks=True))
    assert damaged == [Damaged(3, "bad_quote", '2,"a'), Damaged(4, "cut_off", "b")]


@pytest.mark.parametrize("skip", [1, 2, 5])
@pytest.mark.parametrize("chunk", [1, 4, 1 << 22])
def test_lines_before_the_header_are_skipped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skip: int, chunk: int
) -> None:
    monkeypatch.setattr(read_text, "CHUNK", chunk)
    before = ["Open items", "", 'of "1 March', ",,", "\u2028"][:skip]
    reading = opened(tmp_path, "\n".join([*before, HEADER, ROW, ""]), skip_lines=skip)
    assert reading.header == tuple(HEADER.split(","))
    assert exhausted(reading) == ([(skip + 2, ROW, tuple(ROW.split(",")))], [])


def test_a_file_that_ends_before_its_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no header"):
        opened(tmp_path, f"{HEADER}\n{ROW}\n", skip_lines=2)


def test_footers_are_no_rows(tmp_path: Path) -> None:
    found, damaged = exhausted(opened(tmp_path, f"{HEADER}\n{ROW}\nTotal,1\n* end\n", footers=["Total", "*"]))
    assert ([text for _, text, _ in found], damaged) == ([ROW], [])


def test_a_packed_file_is_read_as_the_file_in_it(tmp_path: Path) -> None:
    data = f"{HEADER}\n{ROW}\n2,cut".encode()
    plain, packed = opened(tmp_path, data), opened(tmp_path, gzip.compress(data, mtime=0))
    assert exhausted(packed) == exhausted(plain)
    assert packed.sha256 == plain.sha256


def test_a_packed_file_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(f"{HEADER}\n{ROW}\n".encode(), mtime=0)
    for cut in range(2, len(packed)):
        with pytest.raises(
            DataError, match=r"customers\.csv\.gz is not a whole gzip file.*Do: export or copy it again"
        ):
            exhausted(opened(tmp_path, packed[:cut]))


def test_a_packed_file_with_one_wrong_byte_is_refused_or_says_the_same(tmp_path: Path) -> None:
    data = f"{HEADER}\n{ROW}\n2,Zoë,2024-01-02\n".encode()
    whole = exhausted(opened(tmp_path, data))
    packed = gzip.compress(data, mtime=0)
    for place in range(2, len(packed)):
        wrong = packed[:place] + bytes([packed[place] ^ 0x10]) + packed[place + 1 :]
        try:
            assert exhausted(opened(tmp_path, wrong)) == whole
        except DataError:
            continue


def test_a_text_that_calls_itself_packed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv.gz"
    path.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"is not a whole gzip file\. Given: Not a gzipped file"):
        read_text.open_text(path, source(), name=path.name, bounds=Bounds())


@pytest.mark.parametrize(
    ("bounds", "what"),
    [
        ({"bytes": 60}, "bytes"),
        ({"unpacked_bytes": 60}, "unpacked bytes"),
        ({"rows": 2}, "rows"),
        ({"columns": 2}, "columns"),
    ],
)
def test_what_is_too_large_is_refused(tmp_path: Path, bounds: dict[str, int], what: str) -> None:
    (name,) = bounds
    with pytest.raises(DataError, match=rf"customers\.csv has too many {what}\. .*bounds: {{{name}: "):
        exhausted(opened(tmp_path, f"{HEADER}\n{ROW}\n{ROW}\n", bounds=Bounds(**bounds)))


def test_a_line_that_never_ends_is_refused_before_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_text, "CHUNK", 16)
    with pytest.raises(
        DataError, match=r"has too many characters in one line\. Given: 5\d or more\. Allowed: at most 40\."
    ):
        exhausted(opened(tmp_path, f"{HEADER}\n" + "x" * 1_000, bounds=Bounds(held_bytes=40)))


def test_a_packed_file_is_held_to_what_it_unpacks_to(tmp_path: Path) -> None:
    packed = gzip.compress(f"{HEADER}\n".encode() + f"{ROW}\n".encode() * 500, mtime=0)
    with pytest.raises(DataError, match=r"customers\.csv\.gz has too many unpacked bytes"):
        exhausted(opened(tmp_path, packed, bounds=Bounds(unpacked_bytes=5_000)))
