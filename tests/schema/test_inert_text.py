from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arseg.schema.inert_text import cell_text, guard, in_xml, unguard

LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%", "−")  # noqa: RUF001
texts = st.text(max_size=12) | st.text(alphabet="'= +-@\t\r\n＝＠a,\";|", max_size=8)  # noqa: RUF001
quick = settings(max_examples=300, deadline=None, derandomize=True)
UNSEEN = ' "\u00a0\u200b\u200e\u2060\ufeff\x00\x01\x7f\u3000'


@quick
@given(texts)
@example("'=1")
@example("''")
@example("﻿=1")
@example("")
@example(";'=1;''=1")
@example("\t\t'\t=")
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert unguard(guard(text)) == text


@quick
@given(texts, st.sampled_from(LIVE), st.text(alphabet=UNSEEN, max_size=3))
def test_no_guarded_text_starts_like_a_formula(text: str, live: str, space: str) -> None:
    assert guard(f"{space}{live}{text}").startswith("'")
    assert not guard(text).lstrip(UNSEEN).startswith(LIVE)


@quick
@given(texts, texts, st.sampled_from(LIVE), st.sampled_from([";", "|", "\t", "\n", "\r\n"]))
def test_no_part_of_it_does_for_a_reader_that_parts_fields_elsewhere(
    before: str, after: str, live: str, mark: str
) -> None:
    parts = re.split(r"[;|\t\r\n]", guard(f"{before}{mark}{live}{after}"))
    assert not [part for part in parts if part.lstrip(UNSEEN).startswith(LIVE)]


def test_a_line_read_with_another_delimiter_has_no_live_field() -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(["1", guard("Miller;=cmd|' /C calc'!A0"), guard('a;"=1+1"'), "2"])
    (fields,) = csv.reader([buffer.getvalue()], delimiter=";")
    assert len(fields) > 2
    assert not [field for field in fields if field.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    "text", ["Müller GmbH", "'s-Hertogenbosch", "a=b", "3-D Print", "''", "", "C001", "a; b", "x\ny", "50 %"]
)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert guard(text) == cell_text(text) == text


@quick
@given(st.text(max_size=30))
def test_a_cell_reads_back_by_the_formats_own_rule(text: str) -> None:
    spelt = cell_text(text)
    read = re.sub(r"_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), spelt)
    assert read == re.sub("[\ud800-\udfff]", "�", text)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f￾￿]", spelt)


def test_a_carriage_return_stays_one_in_xml() -> None:
    from xml.etree import ElementTree as ET

    assert ET.fromstring(in_xml(b"<t>a\r\nb</t>")).text == "a\r\nb"


def test_a_hostile_length_costs_no_time() -> None:
    text = "\t" * 200_000 + ";" * 200_000 + " " * 200_000
    assert unguard(guard(text)) == text
