from __future__ import annotations

import csv
import io
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.declared.feed import Feed
from arseg.ledger.declared.source import Source
from arseg.ledger.sources import rows
from arseg.ledger.sources.reading import Batch, Damaged
from arseg.ledger.sources.rows import LONGEST_FIELD, Block, RowSplitter

HEADER = ("a", "b", "c")
ROW = "1,Acme,2024-01-01"

Found = list[tuple[int, str, tuple[str, ...]]]


def source(**declared: Any) -> Source:
    return Source(files=["*"], feeds=[Feed(table="customers", same_names=True)], **declared)


def table(batch: Batch) -> Found:
    fields = zip(*(column.to_pylist() for column in batch.columns.values()), strict=True)
    return list(zip(batch.lines.to_pylist(), batch.texts.to_pylist(), fields, strict=True))


def split(
    *blocks: str, header: tuple[str, ...] = HEADER, **declared: Any
) -> tuple[Found, list[tuple[int, str, str]]]:
    """Split blocks of lines that follow each other, from line 2 on."""
    damaged: list[Damaged] = []
    splitter = RowSplitter(source(**declared), header, damaged)
    found, number = [], 2
    for text in blocks:
        block = Block(number, text)
        found += table(splitter.split(block))
        number += block.count
    splitter.finish()
    return found, [(bad.line, bad.reason, bad.text) for bad in damaged]


def slowly(*blocks: str, **declared: Any) -> tuple[Found, list[tuple[int, str, str]]]:
    with patch.object(rows, "_split_plain", return_value=None):
        return split(*blocks, **declared)


SIGNS = st.sampled_from([*'ab ,;\t|"\n\r\0\x01\x1f\x85', "\ufeff", "\u2028", "ü", "東", "😀", "\u0301"])
FIELDS = st.text(SIGNS.filter(lambda sign: sign not in ',"\n\r'), max_size=3)
LINES = st.one_of(
    st.lists(FIELDS, min_size=3, max_size=3).map(",".join),
    st.lists(st.one_of(FIELDS, st.just('"x,""y"'), st.just("")), min_size=1, max_size=4).map(",".join),
    st.lists(SIGNS.filter(lambda sign: sign != "\n"), max_size=8).map("".join),
)


@settings(deadline=None)
@given(
    lines=st.one_of(
        st.lists(LINES, min_size=1, max_size=8),
        st.lists(LINES.filter(lambda line: line[:1] not in {"", ","})),
    ),
    width=st.integers(1, 4),
    mark=st.sampled_from(",;\t| \x01ü"),
    line_breaks=st.booleans(),
)
def test_the_fast_way_gives_exactly_what_the_slow_one_gives(
    lines: list[str], width: int, mark: str, *, line_breaks: bool
) -> None:
    text = "".join(f"{line}\n" for line in lines).replace(",", mark) or f"{mark}\n"
    declared: dict[str, Any] = {
        "header": tuple("abcd"[:width]),
        "delimiter": mark,
        "line_breaks": line_breaks,
    }
    assert split(text, **declared) == slowly(text, **declared)


@settings(deadline=None)
@given(lines=st.lists(st.lists(FIELDS, min_size=3, max_size=3).map(",".join), min_size=1, max_size=6))
def test_the_fast_way_is_taken_where_nothing_is_special(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    special = any(sign in text for sign in ("\0", "\x01", "\n,")) or text.startswith((",", "\ufeff"))
    assert (rows._split_plain(Block(2, text), source(), HEADER) is None) == special


@pytest.mark.parametrize(
    "text", ['1,"x",2\n', "1,2\n", "\n1,2,3\n", "1,2,3\n,x,2\n", "1,\r,2\n", "1,\0,2\n", "\ufeff1,2,3\n"]
)
def test_the_fast_way_leaves_what_is_special_to_the_slow_one(text: str) -> None:
    assert rows._split_plain(Block(2, text), source(), HEADER) is None


@pytest.mark.parametrize("text", ["1,2,3\n", '1,"2",3\n', ",,\n"])
def test_a_batch_has_the_same_types_either_way(text: str) -> None:
    batch = RowSplitter(source(), HEADER, []).split(Block(2, text))
    assert (batch.lines.type, batch.texts.type) == (pa.int64(), pa.string())
    assert {name: column.type for name, column in batch.columns.items()} == dict.fromkeys(HEADER, pa.string())


@settings(deadline=None)
@given(
    lines=st.lists(LINES, min_size=1, max_size=8), ends=st.sets(st.integers(1, 8)), line_breaks=st.booleans()
)
def test_where_the_lines_are_cut_into_blocks_is_without_effect(
    lines: list[str], ends: set[int], *, line_breaks: bool
) -> None:
    edges = [0, *sorted(end for end in ends if end < len(lines)), len(lines)]
    blocks = ["".join(f"{line}\n" for line in lines[low:high]) for low, high in pairwise(edges)]
    assert split(*blocks, line_breaks=line_breaks) == split("".join(blocks), line_breaks=line_breaks)


@settings(deadline=None)
@given(lines=st.lists(LINES, max_size=8), line_breaks=st.booleans())
def test_every_line_is_in_one_row_or_damaged_or_empty(lines: list[str], *, line_breaks: bool) -> None:
    found, damaged = split("".join(f"{line}\n" for line in lines) or "\n", line_breaks=line_breaks)
    said = [text.split("\n") for _, text, _ in found] + [[text] for _, _, text in damaged]
    places = [first for first, _, _ in found] + [first for first, _, _ in damaged]
    told = {
        first + place: line
        for first, text in zip(places, said, strict=True)
        for place, line in enumerate(text)
    }
    assert len(told) == sum(map(len, said))
    assert all(lines[number - 2] == line for number, line in told.items())
    assert not any(line.strip(",") for number, line in enumerate(lines, start=2) if number not in told)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,Acme", "field_count"),
        ("1,Acme,2024-01-01,x", "field_count"),
        ("Total;3", "field_count"),
        (" ", "field_count"),
        ('1,"Acme,2024-01-01', "bad_quote"),
        ('1,Ac"me,2024-01-01', "bad_quote"),
        ('1,"Ac"me,2024-01-01', "bad_quote"),
        ('1, "Acme",2024-01-01', "bad_quote"),
        ('"1,Acme,2024-01-01', "bad_quote"),
    ],
)
@pytest.mark.parametrize("line_breaks", [False, True])
def test_a_damaged_row_is_set_aside_and_its_neighbours_stay(
    line: str, reason: str, *, line_breaks: bool
) -> None:
    found, damaged = split(f"{ROW}\n{line}\n{ROW}\n", line_breaks=line_breaks)
    assert damaged == [(3, reason, line)]
    assert [number for number, _, _ in found] == [2, 4]


@pytest.mark.parametrize("place", range(len(ROW) + 1))
def test_one_stray_quote_anywhere_damages_at_most_its_row(place: int) -> None:
    stray = f'{ROW[:place]}"{ROW[place:]}'
    found, damaged = split(f"{ROW}\n{stray}\n{ROW}\n{ROW}\n", line_breaks=True)
    assert [number for number, _, _ in found] == [2, 4, 5]
    assert damaged == [(3, "bad_quote", stray)]


def test_a_quoted_field_may_hold_the_delimiter_and_quotes() -> None:
    line = '1,"Korn, ""Nord""",""'
    assert split(f"{line}\n") == ([(2, line, ("1", 'Korn, "Nord"', ""))], [])


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "^", ".", " ", "\\", "]", "-", "¦"])
def test_another_delimiter_is_declared(delimiter: str) -> None:
    text = "1,Acme,x\n".replace(",", delimiter) + f'2{delimiter}"a{delimiter}b"{delimiter}y\n'
    found, damaged = split(text, delimiter=delimiter)
    assert [fields for _, _, fields in found] == [("1", "Acme", "x"), ("2", f"a{delimiter}b", "y")]
    assert not damaged


def test_empty_lines_are_no_rows_and_line_numbers_still_fit() -> None:
    rows = [(number, ROW, tuple(ROW.split(","))) for number in (3, 5)]
    assert split(f"\n{ROW}\n\n{ROW}\n\n") == (rows, [])


@pytest.mark.parametrize("blank", [",", ",,", ",,,,,"])
def test_lines_of_nothing_but_delimiters_are_set_aside_as_blank(blank: str) -> None:
    rows = [(number, ROW, tuple(ROW.split(","))) for number in (3, 5)]
    aside = [(number, "blank_row", blank) for number in (2, 4, 6)]
    assert split(f"{blank}\n{ROW}\n{blank}\n{ROW}\n{blank}\n") == (rows, aside)


def test_only_a_line_feed_ends_a_row() -> None:
    name = "A\u2028B\x85C\rD\x0bE\x0cF\x1cG"
    found, damaged = split(f"1,{name},x\n")
    assert ([fields[1] for _, _, fields in found], damaged) == ([name], [])


def test_a_line_that_begins_like_a_footer_is_no_row_and_another_is() -> None:
    text = f"{ROW}\nTotal,1,2\nTotal\n total,1,2\n1,Total,2\n"
    found, damaged = split(text, footers=["Total"])
    assert ([number for number, _, _ in found], damaged) == ([2, 5, 6], [])


def test_a_footer_within_a_quoted_field_is_text() -> None:
    found, damaged = split('1,"Acme\nTotal\n",x\nTotal,1\n', footers=["Total"], line_breaks=True)
    assert ([fields[1] for _, _, fields in found], damaged) == (["Acme\nTotal\n"], [])


BROKEN = st.text(st.sampled_from('xy \n"ü\u2028'), max_size=6)


@settings(deadline=None)
@given(
    written=st.lists(st.tuples(BROKEN.map("k".__add__), BROKEN, BROKEN), max_size=6),
    ends=st.sets(st.integers(1, 40)),
)
def test_line_breaks_within_quotes_are_read_as_a_csv_writer_writes_them(
    written: list[tuple[str, str, str]], ends: set[int]
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(written)
    lines = [f"{line}\n" for line in text.getvalue().split("\n")[:-1]]
    edges = [0, *sorted(end for end in ends if end < len(lines)), len(lines)]
    blocks = ["".join(lines[low:high]) for low, high in pairwise(edges) if high > low]
    found, damaged = split(*blocks, line_breaks=True)
    assert [fields for _, _, fields in found] == written
    assert not damaged


def test_a_row_over_several_lines_has_the_number_of_its_first_and_its_whole_text() -> None:
    text = '1,"a\n\nb",x'
    found, damaged = split(f"{ROW}\n{text}\n{ROW}\n", line_breaks=True)
    assert found[1] == (3, text, ("1", "a\n\nb", "x"))
    assert ([number for number, _, _ in found], damaged) == ([2, 3, 6], [])


def test_without_line_breaks_a_quoted_field_ends_with_its_line() -> None:
    found, damaged = split(f'1,"a\nb",x\n{ROW}\n')
    assert [number for number, _, _ in found] == [4]
    assert damaged == [(2, "bad_quote", '1,"a'), (3, "bad_quote", 'b",x')]


def test_a_row_over_several_lines_with_another_number_of_fields_is_damaged_line_by_line() -> None:
    found, damaged = split(f'1,"a\nb"\n{ROW}\n', line_breaks=True)
    assert [number for number, _, _ in found] == [4]
    assert damaged == [(2, "bad_quote", '1,"a'), (3, "bad_quote", 'b"')]


def test_a_quote_that_is_open_for_too_long_is_a_stray_one() -> None:
    for length in (LONGEST_FIELD, LONGEST_FIELD + 1):
        found, damaged = split('1,"' + "x\n" * (length - 1) + f'x",y\n{ROW}\n', line_breaks=True)
        kept = length == LONGEST_FIELD
        assert [number for number, _, _ in found] == [2, length + 2][not kept :]
        assert [reason for _, reason, _ in damaged] == ["bad_quote"] * (0 if kept else length)


def test_a_quote_that_the_file_leaves_open_is_set_aside_at_its_end() -> None:
    found, damaged = split(f'{ROW}\n1,"a\n\nb\n', line_breaks=True)
    assert [number for number, _, _ in found] == [2]
    assert damaged == [(3, "bad_quote", '1,"a'), (5, "bad_quote", "b")]


def test_a_field_of_any_length_is_split_with_and_without_a_quote_in_its_row() -> None:
    long = "x" * 200_000
    for text in (f"1,{long},2", f'1,{long},"2"', f'1,"{long}",2'):
        found, damaged = split(f"{text}\n")
        assert ([fields for _, _, fields in found], damaged) == ([("1", long, "2")], [])


def test_a_carriage_return_is_part_of_a_field_with_and_without_a_quote_in_its_row() -> None:
    for text in ("1,a\rb,2", '1,a\rb,"2"', '1,"a\rb",2'):
        found, damaged = split(f"{text}\n")
        assert ([fields for _, _, fields in found], damaged) == ([("1", "a\rb", "2")], [])


def test_a_block_counts_its_lines() -> None:
    assert (Block(1, "a\nb\n\n").count, Block(1, "").count) == (3, 0)
