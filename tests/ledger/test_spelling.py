from __future__ import annotations

import math
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.ledger.spelling import all_days, kind_of, spell


@given(st.decimals(-(10**12), 10**12, places=10))
def test_a_decimal_is_written_out_whatever_its_scale(value: Decimal) -> None:
    array = pa.array([value, None], pa.decimal128(38, 10))
    assert spell(array, "decimal").to_pylist() == [f"{value:f}", None]


@pytest.mark.parametrize(
    ("kind", "text"), [(pa.decimal128(18, 8), "0.00000000"), (pa.decimal32(9, 7), "0.0000000")]
)
def test_zero_of_a_large_scale_has_no_exponent(kind: pa.DataType, text: str) -> None:
    assert spell(pa.array([Decimal(0)], kind), "decimal").to_pylist() == [text]


def test_a_negative_scale_is_written_out() -> None:
    assert spell(pa.array([Decimal(1200)], pa.decimal128(5, -2)), "decimal").to_pylist() == ["1200"]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_reads_back_as_itself(value: float) -> None:
    (text,) = spell(pa.array([value]), "float").to_pylist()
    assert float(text) == value
    assert math.copysign(1, float(text)) == math.copysign(1, value)


def test_what_has_no_text_is_missing_not_wrong() -> None:
    nested = pa.array([[1], None])
    assert kind_of(nested.type) == "unsupported:list<item: int64>"
    assert spell(nested, kind_of(nested.type)).to_pylist() == [None, None]
    assert spell(pa.array([True]), kind_of(pa.bool_())).to_pylist() == ["true"]


def test_days_are_all_days_even_where_there_are_none() -> None:
    assert all_days(pa.array([None], pa.timestamp("us")))
    assert not all_days(pa.array([1], pa.timestamp("ns")))
