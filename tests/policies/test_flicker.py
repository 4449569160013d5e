from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies.flicker import churn, median_dwell, reversals, stability
from arseg.policies.hysteresis import Hysteresis
from arseg.policies.migration import pairs

RANK = {"Low": 0, "Medium": 1, "High": 2}
FULL = {"L": "Low", "M": "Medium", "H": "High"}


def course(segments: str, *, customer: str = "A", every: int = 7) -> pd.DataFrame:
    days = pd.date_range("2026-01-05", periods=len(segments), freq=f"{every}D")
    return pd.DataFrame(
        {"customer_id": customer, "key_date": days, "segment": [FULL[letter] for letter in segments]}
    )


def dumb_reversals(history: pd.DataFrame, within: int) -> tuple[int, int]:
    undone = followed = 0
    for _, rows in history.groupby("customer_id"):
        own = rows.sort_values("key_date")
        day, level = own["key_date"].tolist(), own["segment"].map(RANK).tolist()
        for now in range(1, len(level)):
            left, came = level[now - 1], level[now]
            if left == came or (day[-1] - day[now]).days < within:
                continue
            followed += 1
            later = [x for when, x in zip(day, level, strict=True) if 0 < (when - day[now]).days <= within]
            undone += any(x <= left for x in later) if came > left else any(x >= left for x in later)
    return undone, followed


def test_high_to_low_is_one_move_and_two_steps() -> None:
    found = churn(pairs(course("HLLMH")))
    assert found == {"steps": 4, "moves": 3, "reviews": 4, "churn": 1}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    courses=st.lists(st.text("LMH", min_size=1, max_size=12), min_size=1, max_size=4),
    every=st.sampled_from([1, 7, 30]),
    within=st.sampled_from([7, 30, 60]),
)
def test_reversals_are_those_counted_one_move_at_a_time(courses, every, within) -> None:
    history = pd.concat(course(each, customer=f"C{place}", every=every) for place, each in enumerate(courses))
    got = reversals(pairs(history), within_days=within)
    assert (got["undone"], got["followed"]) == dumb_reversals(history, within)


def test_a_move_half_way_back_is_not_undone() -> None:
    assert reversals(pairs(course("LHMMMMMMMMMM")))["undone"] == 0
    assert reversals(pairs(course("LHMLLLLLLLLL")))["undone"] == 1


def test_a_recent_move_is_not_judged() -> None:
    found = reversals(pairs(course("LHL")))
    assert (found["followed"], math.isnan(found["reversal_rate"])) == (0, True)


def test_the_median_stay_counts_those_that_last() -> None:
    """Stays of 7 and 14 days end, one is still going after 21: half are left after 14 days at most."""
    history = pd.concat(
        [course("LHL", customer="A"), course("LHHL", customer="B"), course("LHHHH", customer="C")]
    )
    # Those that came back to Low are still there on their last day: censored at 0.
    assert median_dwell(pairs(history)) == 14
    assert math.isnan(median_dwell(pairs(course("LHHH"))))
    assert math.isnan(median_dwell(pairs(course("L"))))


def test_hysteresis_lowers_every_measure_of_a_flickering_book() -> None:
    rng = np.random.default_rng(5)
    ids = [f"C{place:03d}" for place in range(200)]
    base = rng.choice([0.12, 0.3, 0.36], 200)
    days = [
        (
            day,
            pd.DataFrame({"customer_id": ids, "p_unpaid_30": np.clip(base + rng.normal(0, 0.05, 200), 0, 1)}),
        )
        for day in pd.date_range("2026-01-05", periods=20, freq="7D")
    ]
    table = stability(Hysteresis().follow(days))
    raw, stabilised = table.loc["raw"], table.loc["stabilised"]
    for measure in ("steps", "moves", "churn", "mobility", "reversal_rate"):
        assert stabilised[measure] < raw[measure]
    assert stabilised["median_dwell"] > raw["median_dwell"]
    assert table[["High", "Medium", "Low"]].sum(axis=1).tolist() == pytest.approx([1, 1])
    assert raw["reviews"] == 200 * 19


def test_no_history_has_no_churn() -> None:
    table = stability(Hysteresis().follow([]))
    assert table["steps"].tolist() == [0, 0]
    assert table[["High", "churn", "reversal_rate", "median_dwell"]].isna().all(axis=None)
