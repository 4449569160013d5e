from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from arseg.forecast.misses import REASONS, largest_misses, worst_weeks
from arseg.schema import DataError


def _one(said: list[float], came: list[float], week: int, **facts: float) -> pd.Series:
    items = pd.DataFrame({"customer_id": ["a"], "balance": [100.0]}).assign(**facts)
    return largest_misses(items, np.array([said]), np.array([came]), week=week).iloc[0]


@pytest.mark.parametrize(
    ("said", "came", "facts", "reason"),
    [
        ([80, 0, 0], [0, 0, 80], {}, "paid later than expected"),
        ([0, 80, 0], [80, 0, 0], {}, "paid earlier than expected"),
        ([80, 0, 0], [0, 0, 0], {}, "not paid within the horizon"),
        ([80, 0, 0], [0, 0, 0], {"written_off": 100.0}, "written off"),
        ([80, 0, 0], [0, 0, 0], {"credited": 60.0}, "credited instead of paid"),
        ([80, 0, 0], [0, 0, 0], {"disputed": True}, "in dispute"),
        ([10, 10, 10], [100, 0, 0], {}, "paid more of the balance than expected"),
    ],
)
def test_each_cause_is_told_from_the_others(said: list, came: list, facts: dict, reason: str) -> None:
    week = int(np.argmax(np.abs(np.subtract(came, said)))) + 1
    assert reason in REASONS
    assert _one(said, came, week, **facts)["reason"] == reason


def test_a_week_to_which_money_moved_says_from_where() -> None:
    assert _one([80, 0, 0], [0, 0, 80], 3)["reason"] == "paid later than expected"
    assert _one([0, 0, 80], [80, 0, 0], 1)["reason"] == "paid earlier than expected"
    assert _one([80, 0, 0], [0, 0, 80], 1)["why"].endswith("on average 2.0 weeks later")


cash = arrays(np.float64, (6, 4), elements=st.floats(0, 100))


@settings(deadline=None, max_examples=40)
@given(cash, cash, st.integers(1, 4))
def test_the_misses_of_all_customers_sum_to_the_books(said: np.ndarray, came: np.ndarray, week: int) -> None:
    items = pd.DataFrame({"customer_id": list("aabbcc"), "balance": 400.0})
    frame = largest_misses(items, said, came, week=week)
    assert frame["miss"].sum() == pytest.approx((came - said)[:, week - 1].sum(), abs=1e-6)
    assert frame["miss"].abs().is_monotonic_decreasing
    assert frame["reason"].isin(REASONS).all()
    assert len(frame) == 0 or frame["share"].sum() == pytest.approx(1)


def test_weeks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="the weeks do not fit the items"):
        _one([1, 2], [1, 2], 3)


def test_the_worst_weeks_come_first() -> None:
    scored = pd.DataFrame(
        {
            "origin": [1, 2, 3],
            "group": "all",
            "ahead": 1,
            "expected": [10.0, 10.0, 10.0],
            "actual": [11.0, 2.0, 15.0],
            "inside_80": 1.0,
        }
    )
    assert worst_weeks(scored, top=2)["origin"].tolist() == [2, 3]
