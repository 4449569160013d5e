from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.forecast.pooled_rates import pool_rates, pool_strength
from arseg.schema import DataError, UsageError


def _rates(reached: float, rate: float | None) -> pd.DataFrame:
    return pd.DataFrame(
        {"segment": ["High"], "bucket": ["current"], "reached": [reached], "rate": [rate]}
    ).astype({"rate": "float64"})


def _pool(rate: float | None) -> pd.DataFrame:
    return pd.DataFrame({"bucket": ["current"], "rate": [rate]}).astype({"rate": "float64"})


@settings(deadline=None, max_examples=40)
@given(st.floats(0, 1e9), st.floats(0, 1), st.floats(0, 1), st.floats(1, 1e9))
def test_the_pooled_rate_lies_between_its_own_and_the_pools(
    reached: float, own: float, pool: float, strength: float
) -> None:
    rate = pool_rates(_rates(reached, own), _pool(pool), strength=strength)["rate"].iloc[0]
    assert min(own, pool) - 1e-12 <= rate <= max(own, pool) + 1e-12


def test_it_is_the_mean_of_a_beta_prior_worth_the_strength() -> None:
    pooled = pool_rates(_rates(400.0, 0.05), _pool(0.02), strength=100.0)["rate"].iloc[0]
    assert pooled == pytest.approx((400 * 0.05 + 100 * 0.02) / 500)


def test_more_money_of_its_own_gives_the_segment_more_say() -> None:
    weights = [
        pool_rates(_rates(money, 0.05), _pool(0.02), strength=100.0)["own_weight"].iloc[0]
        for money in (0, 10, 100, 1e6)
    ]
    assert weights == sorted(weights)
    assert weights[0] == 0
    assert weights[2] == 0.5


def test_a_segment_without_a_rate_has_the_pools_and_the_other_way_round() -> None:
    assert pool_rates(_rates(0.0, None), _pool(0.02), strength=0.0)["rate"].tolist() == [0.02]
    assert pool_rates(_rates(9.0, 0.07), _pool(None), strength=50.0)["rate"].tolist() == [0.07]
    with pytest.raises(DataError, match="neither in its segment nor in the pool"):
        pool_rates(_rates(0.0, None), _pool(None), strength=1.0)
    with pytest.raises(UsageError, match="the strength is negative"):
        pool_rates(_rates(1.0, 0.1), _pool(0.1), strength=-1.0)


def test_the_strength_is_what_the_largest_customers_owe() -> None:
    assert pool_strength(pd.Series(range(100))) == sum(range(80, 100))
