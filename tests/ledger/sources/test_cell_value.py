from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.ledger.sources.cell_value import CellValues, UnreadableCell, spell_moment, spell_number, unescape
from arseg.ledger.sources.sheet import Cell

VALUES = CellValues(["A", "007"], frozenset({1}), dt.datetime(1899, 12, 30))  # noqa: DTZ001 (Excel knows no zones)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell("s", 0, "1"), "007"),
        (Cell("str", 0, "x", formula=True), "x"),
        (Cell("inlineStr", 0, "#N/A"), "#N/A"),
        (Cell("b", 0, "1"), "TRUE"),
        (Cell("b", 0, "0"), "FALSE"),
        (Cell("n", 0, "45322"), "45322"),
        (Cell("n", 1, "45322"), "2024-01-31"),
        (Cell("n", 1, "45322.5"), "2024-01-31 12:00:00"),
        (Cell("n", 1, "0.5"), "12:00:00"),
        (Cell("n", 0, "1.2300000000000000E+3"), "1230"),
        (Cell("d", 0, "2024-02-29T12:00:00"), "2024-02-29 12:00:00"),
        (Cell("d", 0, "2024-02-29"), "2024-02-29"),
        (Cell("n", 0), None),
        (Cell("str", 0, formula=True), None),
    ],
)
def test_a_value_has_one_spelling(cell: Cell, text: str | None) -> None:
    assert VALUES.spell(cell) == text
    assert VALUES.spell(cell) == text


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (Cell("e", 0, "#N/A"), "excel_error"),
        (Cell("n", 0, formula=True), "no_cached_value"),
        (Cell("n", 1, "1e9"), "excel_error"),
        (Cell("n", 0, "NaN"), "excel_error"),
        (Cell("s", 0, "9"), "excel_error"),
        (Cell("b", 0, "7"), "excel_error"),
        (Cell("d", 0, "soon"), "excel_error"),
    ],
)
def test_what_has_no_value_says_why(cell: Cell, reason: str) -> None:
    if (cell.kind, cell.text) == ("n", "NaN"):
        assert VALUES.spell(cell) == "NaN"  # a text that no amount can be
        return
    with pytest.raises(UnreadableCell, match=reason):
        VALUES.spell(cell)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_exact_and_has_no_exponent(value: float) -> None:
    text = spell_number(repr(value))
    assert "e" not in text.lower()
    assert float(text) == value
    assert not text.endswith(".0")


@given(st.integers())
def test_a_whole_number_keeps_every_digit(value: int) -> None:
    assert Decimal(spell_number(str(value))) == value


@given(st.datetimes())
def test_a_moment_loses_only_parts_of_a_second(moment: dt.datetime) -> None:
    assert dt.datetime.fromisoformat(spell_moment(moment)) == moment.replace(microsecond=0)


def test_escapes_are_undone_and_halves_of_a_character_joined() -> None:
    assert unescape("_xD83D__xDE00_ a_x0041_ _x005F_x0041_") == "\U0001f600 aA _x0041_"
    assert unescape("_xD83D_") == "\ufffd"
