from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import AgingBuckets
from arseg.schema import UsageError

RANK = {"Low": 0, "Medium": 1, "High": 2}


def ages(*days: int) -> pd.DataFrame:
    ids = [f"C{place:04d}" for place in range(len(days))]
    return pd.DataFrame({"customer_id": ids, "oldest_days_past_due": list(days)})


@pytest.mark.parametrize(
    ("days", "segment", "why"),
    [
        (-3, "Low", "oldest item 3 days before due, Low below 1"),
        (0, "Low", "oldest item due today, Low below 1"),
        (1, "Medium", "oldest item 1 day past due, Medium from 1"),
        (30, "Medium", "oldest item 30 days past due, Medium from 1"),
        (31, "High", "oldest item 31 days past due, High from 31"),
        (45, "High", "oldest item 45 days past due, High from 31"),
    ],
)
def test_the_bucket_decides_and_says_so(days, segment, why) -> None:
    assert AgingBuckets().assign(ages(days)).iloc[0].tolist() == ["C0000", segment, why, segment]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(-400, 400), st.integers(1, 400), st.lists(st.integers(-500, 900), min_size=1))
def test_an_older_item_never_lowers_the_segment(medium_from, more, days) -> None:
    policy = AgingBuckets(medium_from=medium_from, high_from=medium_from + more)
    ranks = policy.assign(ages(*sorted(days)))["segment"].map(RANK)
    assert ranks.is_monotonic_increasing


def test_numpy_days_are_stored_as_plain_ones() -> None:
    policy = AgingBuckets(high_from=np.int64(61))
    assert repr(policy) == "AgingBuckets(high_from=61)"
    assert policy.parameters() == {"medium_from": 1, "high_from": 61}


@pytest.mark.parametrize("days", [1.5, "31", True, None])
def test_days_are_whole(days) -> None:
    with pytest.raises(UsageError, match=r"AgingBuckets: high_from is not a whole number of days\. Given: "):
        AgingBuckets(high_from=days)


def test_thresholds_are_ordered() -> None:
    with pytest.raises(
        UsageError, match=r"not ordered\. Given: medium_from=31, high_from=31\. Allowed: medium_from <"
    ):
        AgingBuckets(medium_from=31)


def test_thresholds_are_in_range() -> None:
    with pytest.raises(
        UsageError, match=r"out of range.*Allowed: -3650 to 3650\. Do: move it into the range"
    ):
        AgingBuckets(high_from=99_999)
