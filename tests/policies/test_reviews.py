from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.policies.reviews import REMEMBERED, Rule, Today, decide, earlier, logit, remembered
from arseg.schema import DataError

RULE = Rule(reviews=2, dwell_days=0, bars=None)


def one(raw: int) -> Today:
    return Today(pd.Index(["A"]), np.array([raw]), None, np.array([False]))


def rows(*segments: str, policy: str = "P") -> pd.DataFrame:
    days = pd.date_range("2026-01-05", periods=len(segments), freq="7D")
    return pd.DataFrame({"customer_id": "A", "key_date": days, "policy": policy, "segment": segments})


def level(raw: int, history: pd.DataFrame) -> int:
    past = earlier(history, dt.date(2026, 3, 1), one(raw), "P")
    return int(decide(one(raw), past, RULE).level[0])


def test_reviews_of_the_policy_itself_count_as_calm_and_of_another_as_reaching() -> None:
    held = rows("High", "High").assign(raw_segment=["High", "Low"])
    assert level(0, held) == 0
    assert level(0, held.assign(policy="Q")) == 2


def test_days_are_counted_back_from_the_key_date_and_the_future_is_left_out() -> None:
    past = earlier(rows("High", "Low"), dt.date(2026, 1, 12), one(0), "P")
    assert past.days_ago.tolist() == [7.0]


def test_a_review_remembers_what_the_next_one_needs() -> None:
    assert tuple(remembered(None, None, "P").columns) == REMEMBERED


def test_logits_of_certainty_are_infinite() -> None:
    assert logit(np.array([0.0, 0.5, 1.0])).tolist() == [-np.inf, 0.0, np.inf]


def test_a_segment_that_is_none_is_refused() -> None:
    with pytest.raises(DataError, match="history of reviews: a segment is not known"):
        level(0, rows("Severe"))
