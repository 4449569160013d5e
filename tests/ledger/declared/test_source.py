from __future__ import annotations

import re
from decimal import Decimal
from encodings.aliases import aliases
from typing import Any

import pytest
from pydantic import ValidationError

from arseg.ledger.declared.source import Source

FEED = {"table": "customers", "same_names": True, "columns": {"name": {"column": ["name", "title"]}}}


def source(**declared: Any) -> Source:
    return Source.model_validate({"files": ["*.csv"], "feeds": [FEED]} | declared)


def test_a_source_is_plain_comma_separated_utf8_unless_it_says_otherwise() -> None:
    plain = source()
    assert (plain.encoding, plain.delimiter, plain.decimal_mark, plain.thousands_mark) == (
        "utf-8",
        ",",
        ".",
        "",
    )
    assert (plain.dates, plain.negatives, plain.symbols) == (["%Y-%m-%d"], ["-1"], [])
    assert (plain.zone, plain.times_in, plain.trim, plain.line_breaks) == ("UTC", None, False, False)


def test_one_source_does_not_change_the_next() -> None:
    source().negatives.append("(1)")
    assert source().negatives == ["-1"]


def test_a_source_says_which_columns_a_file_must_have() -> None:
    log = {"case": "case_id", "order": ["timestamp", ".order"]}
    assert source(log=log, ignore={"kind": "PO"}).reads == (
        ("customer_id",),
        ("known_on",),
        ("name", "title"),
        ("case_id",),
        ("timestamp",),
        (".order",),
        ("kind",),
    )


def test_two_feeds_may_fill_one_table() -> None:
    assert len(source(feeds=[FEED, FEED]).feeds) == 2


def test_amounts_are_written_as_declared_unless_they_were_typed() -> None:
    told = source(decimal_mark=",", thousands_mark=".", negatives=["1-"], symbols=["EUR"])
    assert told.money(exact=False).amount("EUR 1.234,50-") == Decimal("-1234.50")
    assert told.money(exact=True).amount("-1234.5000") == Decimal("-1234.50")


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"decimal_mark": ",", "thousands_mark": ","}, "a decimal mark other than the thousands mark"),
        ({"decimal_mark": ";"}, "Input should be '.' or ','"),
        ({"delimiter": '"'}, "a delimiter that is neither a quote nor a line break"),
        ({"delimiter": "||"}, "at most 1 character"),
        ({"encoding": "cp12521"}, "an encoding that Python knows"),
        ({"encoding": "utf\0"}, "an encoding that Python knows"),
        ({"zone": "Europe/Berlni"}, "a zone such as Europe/Berlin"),
        ({"times_in": "../etc"}, "a zone such as Europe/Berlin"),
        ({"negatives": []}, "at least 1 item"),
        ({"negatives": ["<1>"]}, r"'-1', '1-' or '\(1\)'"),
        ({"symbols": ["-"]}, "should match pattern"),
        ({"symbols": ["5"]}, "should match pattern"),
        ({"footers": [""]}, "at least 1 character"),
        ({"skip_lines": -1}, "greater than or equal to 0"),
        ({"dates": ["%Y-%m-%d", "%d.%m."]}, "a date format with a year"),
        ({"extract": "part"}, "'delta' or 'full'"),
        ({"log": {"case": [], "order": ["a"]}}, "at least 1 item"),
        ({"feeds": []}, "at least 1 item"),
        ({"feeds": [FEED | {"keep": "last"}]}, "running, carried and keep only in a source with a log"),
        ({"ignore": {"a": []}}, "at least 1 item"),
        ({"sheets": "one"}, "Extra inputs"),
    ],
    ids=str,
)
def test_a_wrong_declaration_is_refused(declared: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        source(**declared)


@pytest.mark.parametrize(
    "encoding",
    [
        *("utf-7", "UTF7", "unicode_escape", "raw_unicode_escape", "Raw-Unicode-Escape", "idna", "punycode"),
        *("undefined", "rot13", "base64", "hex", "bz2", "zlib", "uu", "quopri"),
    ],
)
def test_an_encoding_that_is_no_character_set_of_files_is_refused(encoding: str) -> None:
    with pytest.raises(ValidationError, match="a character set of files, as utf-8 or cp1252"):
        source(encoding=encoding)


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "UTF8",
        "utf_8_sig",
        "utf-16",
        "utf-32-le",
        "cp1252",
        "latin-1",
        "cp850",
        "mac_roman",
        "gb18030",
    ],
)
def test_a_character_set_is_known_by_any_of_its_names(encoding: str) -> None:
    assert source(encoding=encoding).encoding == encoding


def test_no_encoding_that_is_left_reads_half_a_character() -> None:
    """A lone surrogate is half a character: neither DuckDB nor a file in UTF-8 can hold it."""
    texts = (b"+2AA-", rb"\ud800", b"0C0C", b"\xd8\x00", b"\x00\xd8", b"\xed\xa0\x80", b"\x00\xd8\x00\x00")
    for encoding in sorted({*aliases.values(), "utf_8_sig", "idna", "punycode", "unicode_escape"}):
        try:
            source(encoding=encoding)
        except ValidationError:
            continue
        for data in texts:
            assert not re.search("[\ud800-\udfff]", data.decode(encoding, errors="ignore")), encoding
