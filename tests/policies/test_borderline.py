from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from arseg.policies import AgingBuckets, RiskTiers, WeightedScore
from arseg.policies.borderline import redrawn, segment_chances
from arseg.schema import DataError, UsageError


def book(*risks: float) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"C{i:03d}" for i in range(len(risks))], "p_unpaid_30": list(risks)})


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def normal(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


def test_the_shares_are_the_probabilities_of_the_normal_law() -> None:
    risks, spread = (0.05, 0.15, 0.2, 0.3, 0.35, 0.6), 0.4
    got = segment_chances(RiskTiers(), redrawn(book(*risks), spread=spread, draws=1500))
    for row, risk in zip(got.itertuples(), risks, strict=True):
        high = 1 - normal((logit(0.35) - logit(risk)) / spread)
        low = normal((logit(0.15) - logit(risk)) / spread)
        assert row.High == pytest.approx(high, abs=0.05)
        assert row.Low == pytest.approx(low, abs=0.05)
    np.testing.assert_allclose(got[["High", "Medium", "Low"]].sum(axis=1), 1)


def test_chances_are_calibrated() -> None:
    """Of the customers whose segment is said to be 60 to 70 % sure, so many redraw into it again."""
    rng = np.random.default_rng(3)
    scores = book(*rng.uniform(0.05, 0.6, 3000))
    said = segment_chances(RiskTiers(), redrawn(scores, spread=0.4, draws=300, seed=1))
    fresh = RiskTiers().assign(next(redrawn(scores, spread=0.4, draws=1, seed=2)))
    came_true = fresh["segment"] == said["segment"]
    for low, high in ((0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.0)):
        group = said["chance"].between(low, high, inclusive="left")
        assert came_true[group].mean() == pytest.approx(said.loc[group, "chance"].mean(), abs=0.06)


def test_a_badge_stands_where_the_top_chance_is_below_the_declared_share() -> None:
    got = segment_chances(RiskTiers(), redrawn(book(0.35, 0.95), spread=0.2), sure_from=0.8)
    assert got["borderline"].tolist() == [True, False]
    assert (got["borderline"] == (got["chance"] < 0.8)).all()
    assert not segment_chances(RiskTiers(), [book(0.35)], sure_from=1.0)["borderline"].any()


def test_of_equal_shares_the_riskier_is_named() -> None:
    got = segment_chances(RiskTiers(), [book(0.1), book(0.9)])
    assert got.iloc[0][["segment", "chance"]].tolist() == ["High", 0.5]


def test_without_spread_the_segment_is_certain() -> None:
    got = segment_chances(RiskTiers(), redrawn(book(0.0, 0.2, 1.0), spread=0.0, draws=5))
    assert got["segment"].tolist() == ["Low", "Medium", "High"]
    assert got["chance"].tolist() == [1.0, 1.0, 1.0]


def test_the_seed_decides_and_the_order_of_rows_does_not() -> None:
    scores = book(*np.linspace(0.05, 0.6, 30))
    one = segment_chances(RiskTiers(), redrawn(scores, spread=0.3, seed=1))
    turned = segment_chances(RiskTiers(), redrawn(scores[::-1], spread=0.3, seed=1))
    pd.testing.assert_frame_equal(one, turned)
    assert not one.equals(segment_chances(RiskTiers(), redrawn(scores, spread=0.3, seed=2)))


def test_every_customer_may_have_a_spread_of_its_own() -> None:
    spread = pd.Series({"C001": 0.0, "C000": 2.0})
    got = segment_chances(RiskTiers(), redrawn(book(0.3, 0.3), spread=spread))
    assert got["borderline"].tolist() == [True, False]
    with pytest.raises(DataError, match=r"spread of a score is unknown\. Given: \['C002'\]"):
        list(redrawn(book(0.3, 0.3, 0.3), spread=spread))


def test_any_policy_takes_replicates(draw_scores) -> None:
    frames = [draw_scores(seed, 20) for seed in range(6)]
    for policy in (WeightedScore(), AgingBuckets()):
        got = segment_chances(policy, frames)
        seen = pd.concat(policy.assign(frame) for frame in frames)
        shares = pd.crosstab(seen["customer_id"], seen["segment"], normalize="index")
        for segment in shares:
            np.testing.assert_allclose(got[segment], shares[segment])


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(DataError, match="not of the same customers"):
        segment_chances(RiskTiers(), [book(0.1), book(0.1, 0.2)])
    with pytest.raises(UsageError, match="no scores were redrawn"):
        segment_chances(RiskTiers(), [])
    with pytest.raises(UsageError, match="sure_from is no share"):
        segment_chances(RiskTiers(), [book(0.1)], sure_from=80)
    with pytest.raises(UsageError, match="a spread is negative"):
        list(redrawn(book(0.1), spread=-1.0))
