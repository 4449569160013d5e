from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies.falling import falling_rules, falling_tiers


def dumb(value: float, medium: float, high: float) -> str:
    if math.isnan(value):
        return "Medium"
    if value < high:
        return "High"
    return "Medium" if value < medium else "Low"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.floats(-5, 5) | st.just(float("nan"))), st.floats(-5, 4), st.floats(0.1, 3))
def test_each_value_falls_where_one_would_put_it_by_hand(values, high, more) -> None:
    got = falling_tiers(np.array(values), medium_below=high + more, high_below=high, unknown="Medium")
    assert got.tolist() == [dumb(value, high + more, high) for value in values]


def test_the_rule_is_told_per_segment() -> None:
    assert falling_rules("90 %", "60 %") == {
        "High": "High below 60 %",
        "Medium": "Medium below 90 %",
        "Low": "Low from 90 %",
    }
