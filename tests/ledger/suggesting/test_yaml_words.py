"""Whatever a file says, a proposed layout says it within quotes or within a remark."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from arseg.ledger.suggesting.yaml_words import kind_map, quoted, remarked

HOSTILE = ["a\nname: other", "a\r\n- b", "a\u2028name: other", "a\x85name: other", "} # {", '"', "\\"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_what_is_quoted_is_read_as_it_was(text: str) -> None:
    assert yaml.safe_load(f"name: {quoted(text)}") == {"name": text}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_a_remark(text: str) -> None:
    for said in (remarked(text), kind_map("Type", [text, "RV"]), kind_map(text, ["RV"])):
        assert yaml.safe_load(f"kind: 1 # {said}\nnext: 2") == {"kind": 1, "next": 2}


def test_a_long_text_is_cut() -> None:
    assert remarked("x" * 90) == "x" * 60
    assert len(kind_map("Type", ["x" * 300])) < 240
