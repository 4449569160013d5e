from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast.money import as_money, in_cents, share_of, total
from arseg.schema import DataError


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-(10**14), 10**14), max_size=20))
def test_cents_survive_the_trip_through_decimals_and_floats(cents: list[int]) -> None:
    money = as_money(cents)
    assert in_cents(money).tolist() == cents
    assert in_cents([float(value) for value in money]).tolist() == cents or max(map(abs, cents)) > 10**13
    assert total(money) == Decimal(sum(cents)) / 100


def test_half_a_cent_goes_away_from_zero() -> None:
    assert in_cents([1.005, -1.005, 2.675]).tolist() == [101, -101, 268]
    assert share_of([100], [0.005]).tolist() == [1]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**12), st.floats(0, 1))
def test_a_share_is_within_half_a_cent_of_the_exact_product(cents: int, share: float) -> None:
    assert abs(share_of([cents], [share])[0] - Decimal(cents) * Decimal(repr(share))) <= Decimal("0.5")


@pytest.mark.parametrize("value", [None, np.nan, np.inf, "much"])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(DataError, match=r"balance is missing or no number\. Given: 1 of 2 rows"):
        in_cents(pd.Series([1.0, value], dtype=object), what="balance")
