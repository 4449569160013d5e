from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast.aging import aging_bucket, order_of
from arseg.schema import AGING_NAMES, DataError, UsageError


def _naive(day: int) -> str:
    if day <= 0:
        return "current"
    if day <= 30:
        return "1-30"
    if day <= 60:
        return "31-60"
    return "61-90" if day <= 90 else "over 90"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-400, 4000), min_size=1))
def test_every_item_stands_in_the_bucket_that_its_name_says(days: list[int]) -> None:
    assert aging_bucket(np.array(days)).tolist() == [_naive(day) for day in days]


def test_buckets_of_ones_own_need_a_name_more_than_edges() -> None:
    assert aging_bucket([15, 16], edges=[16], names=["young", "old"]).tolist() == ["young", "old"]
    with pytest.raises(UsageError, match="the aging buckets do not fit"):
        aging_bucket([1], edges=[1, 31], names=["current", "late"])
    with pytest.raises(UsageError, match="the aging buckets do not fit"):
        aging_bucket([1], edges=[31, 1], names=["a", "b", "c"])


def test_an_unknown_bucket_is_named() -> None:
    assert order_of(pd.Series(list(AGING_NAMES)), AGING_NAMES).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(DataError, match=r"unknown name\. Given: \['0-30'\]"):
        order_of(pd.Series(["0-30"]), AGING_NAMES)
