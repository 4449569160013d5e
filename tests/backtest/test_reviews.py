from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from arseg.backtest.chosen_cuts import ShareCuts
from arseg.backtest.recorded import Recorded
from arseg.backtest.replay import SUMS, UNSCORED, replay
from arseg.backtest.reviews import Reviews
from arseg.policies import Hysteresis, RiskTiers
from arseg.schema.days import month_ends

DAYS = month_ends(dt.date(2025, 1, 31), dt.date(2025, 6, 30))


def _scores(seed: int, customers: int = 25) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"c{n:02d}" for n in range(customers)],
            "p_unpaid_30": rng.uniform(0, 0.6, customers),
        }
    )


def _walked(policy: object, **rest: object) -> pd.DataFrame:
    reviews, parts = Reviews(), []
    sums = pd.DataFrame(0.0, index=_scores(0)["customer_id"], columns=list(SUMS))
    for seed, day in enumerate(DAYS):
        parts.append(replay([policy], _scores(seed), sums, day, reviews=reviews, **rest))  # type: ignore[arg-type, list-item]
    return pd.concat(parts, ignore_index=True)


def test_a_policy_that_remembers_finds_its_own_earlier_reviews() -> None:
    steady = Hysteresis(RiskTiers(), dwell_days=45)
    expected = steady.follow((day, _scores(seed)) for seed, day in enumerate(DAYS))
    found = _walked(steady)
    key = ["customer_id", "key_date"]
    both = found.merge(expected.assign(key_date=pd.to_datetime(expected["key_date"])), on=key)
    assert len(both) == len(found)
    assert (both["segment_x"] == both["segment_y"]).all()
    forgetful = pd.concat([steady.assign(_scores(seed)) for seed in range(len(DAYS))])["segment"].to_numpy()
    assert (found["segment"].to_numpy() != forgetful).any(), "without a memory nobody would have been held"


def test_two_policies_do_not_read_each_others_reviews() -> None:
    reviews = Reviews()
    fast, slow = Hysteresis(reviews=1, dwell_days=0), Hysteresis(dwell_days=60)
    for seed, day in enumerate(DAYS):
        for policy in (fast, slow):
            reviews.segments(policy, _scores(seed), day, may_choose=True)
    alone = Reviews()
    for seed, day in enumerate(DAYS):
        alone.segments(slow, _scores(seed), day, may_choose=True)
    pd.testing.assert_frame_equal(reviews.history(slow), alone.history(slow))


def test_chosen_cuts_are_frozen_until_they_may_be_chosen_again() -> None:
    rule, reviews = ShareCuts(0.1, 0.3), Reviews()
    for seed, day in enumerate(DAYS):
        found = reviews.segments(rule, _scores(seed), day, may_choose=seed == 3)
        holds = rule.choose(_scores(0 if seed < 3 else 3))
        expected = holds.assign(_scores(seed)).set_index("customer_id")["segment"]
        pd.testing.assert_series_equal(found, expected)
    assert [choice["chosen_on"] for choice in reviews.choices] == [DAYS[0], DAYS[3]]


def test_a_recorded_segment_is_given_to_customers_without_a_score_too() -> None:
    table = pd.DataFrame(
        {
            "customer_id": ["c00", "gone"],
            "key_date": pd.Timestamp(DAYS[0]),
            "segment": ["High", "Low"],
            "known_on": pd.Timestamp(DAYS[0]),
        }
    )
    sums = pd.DataFrame(1.0, index=["c00", "c01", "gone"], columns=list(SUMS))
    rows = replay([Recorded(table=table)], _scores(0), sums, DAYS[0]).set_index("customer_id")["segment"]
    assert rows.to_dict() == {"c00": "High", "c01": UNSCORED, "gone": "Low"}


def test_without_reviews_a_replay_stands_alone() -> None:
    sums = pd.DataFrame(0.0, index=_scores(0)["customer_id"], columns=list(SUMS))
    steady = Hysteresis()
    rows = replay([steady], _scores(0), sums, DAYS[0])
    assert rows["segment"].tolist() == steady.assign(_scores(0))["segment"].tolist()
