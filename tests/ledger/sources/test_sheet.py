from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from arseg.ledger.sources.sheet import read_rows, read_texts
from arseg.schema import DataError


def rows(xml: str) -> list[tuple[int, dict[int, Any]]]:
    return list(
        read_rows(io.BytesIO(f"<worksheet><sheetData>{xml}</sheetData></worksheet>".encode()), name="a.xlsx")
    )


def plain(xml: str) -> list[tuple[int, dict[int, str]]]:
    return [(number, {column: cell.text for column, cell in cells.items()}) for number, cells in rows(xml)]


def test_rows_and_cells_stand_where_they_say_or_after_the_one_before() -> None:
    xml = '<row r="3"><c r="B3"><v>1</v></c><c><v>2</v></c></row><row><c r="AA4"><v>3</v></c></row>'
    assert plain(xml) == [(3, {2: "1", 3: "2"}), (4, {27: "3"})]


def test_prefixes_of_names_change_nothing() -> None:
    assert plain('<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'.replace("x:", "")) == [(1, {1: "1"})]
    source = io.BytesIO(b'<x:s xmlns:x="y"><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row></x:s>')
    assert [(n, cells[1].text) for n, cells in read_rows(source, name="a")] == [(1, "1")]


def test_inline_texts_are_joined_and_their_phonetic_reading_left_out() -> None:
    xml = '<row><c t="inlineStr"><is><r><t>A</t></r><r><t>B</t></r><rPh><t>x</t></rPh></is></c><c><v>1</v></c></row>'
    assert plain(xml) == [(1, {1: "AB", 2: "1"})]


def test_a_formula_is_seen_and_its_text_is_not_the_value() -> None:
    ((_, cells),) = rows('<row><c><f>A1+1</f><v>2</v></c><c t="str"><f>B1</f></c></row>')
    assert [(cell.text, cell.formula, cell.kind) for cell in cells.values()] == [
        ("2", True, "n"),
        ("", True, "str"),
    ]


def test_shared_texts_are_joined_per_entry() -> None:
    xml = b"<sst><si><t>A</t></si><si><r><t>B</t></r><r><t>C</t></r><rPh><t>x</t></rPh></si><si/></sst>"
    assert list(read_texts(io.BytesIO(xml), name="a")) == ["A", "BC", ""]


def endless(piece: bytes, start: bytes = b"<worksheet>") -> io.BufferedReader:
    """Return a source that never ends."""

    def pieces() -> Iterator[bytes]:
        yield start
        while True:
            yield piece * (1 + 100_000 // len(piece))

    class Source(io.RawIOBase):
        given = pieces()

        def read(self, _: int = -1) -> bytes:
            return next(self.given)

    return Source()  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        (endless(b"<a>"), "elements nested without end"),
        (endless(b"x", b"<a><row><c><v>"), "a text without end"),
        (endless(b"<v>" + b"x" * 1_000 + b"</v>", b"<a><row><c>"), "a text without end"),
        (endless(b"x", b"<a b='"), "a piece of markup without end"),
        (endless(b"<c/>", b"<a><row>"), "column 16385 after column 16384"),
        (endless(b"<row/>", b'<a><row r="1048000"/>'), "row 1048577 after row 1048576"),
        (io.BytesIO(b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), "document type"),
        (io.BytesIO('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16")), "document type"),
        (io.BytesIO(b'<a><row r="2"/><row r="2"/></a>'), "row 2 after row 2"),
        (io.BytesIO(b'<a><row r="9999999999"/></a>'), "row 9999999999 after row 0"),
        (io.BytesIO(b'<a><row><c r="B1"/><c r="A1"/></row></a>'), "column 1 after column 2"),
        (io.BytesIO(b'<a><row><c r="ZZZZZZZZZ1"/></row></a>'), "column .* after column 0"),
    ],
)
def test_what_is_built_to_hurt_is_refused(source: Any, refusal: str) -> None:
    with pytest.raises(DataError, match=refusal):
        list(read_rows(source, name="a.xlsx"))


@pytest.mark.parametrize("piece", [b"<t>" + b"x" * 1_000 + b"</t>", b"x"], ids=["many", "one"])
def test_a_shared_text_ends(piece: bytes) -> None:
    start = b"<sst><si>" if piece != b"x" else b"<sst><si><t>"
    with pytest.raises(DataError, match="a text without end"):
        list(read_texts(endless(piece, start), name="a.xlsx"))
