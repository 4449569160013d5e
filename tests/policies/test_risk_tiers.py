from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies import RiskTiers
from arseg.schema import UsageError

RANK = {"Low": 0, "Medium": 1, "High": 2}


def risks(*values: float) -> pd.DataFrame:
    ids = [f"C{place:04d}" for place in range(len(values))]
    return pd.DataFrame({"customer_id": ids, "p_unpaid_30": list(values)})


@pytest.mark.parametrize(
    ("risk", "segment", "why"),
    [
        (0.0, "Low", "0.0 % likely unpaid in 30 days, Low below 15 %"),
        (0.15, "Medium", "15.0 % likely unpaid in 30 days, Medium from 15 %"),
        (0.34999, "Medium", "34.9 % likely unpaid in 30 days, Medium from 15 %"),
        (0.35, "High", "35.0 % likely unpaid in 30 days, High from 35 %"),
        (1.0, "High", "100.0 % likely unpaid in 30 days, High from 35 %"),
    ],
)
def test_the_tier_decides_and_says_so(risk, segment, why) -> None:
    assert RiskTiers().assign(risks(risk)).iloc[0].tolist() == ["C0000", segment, why, segment]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(0, 0.5), st.floats(0.01, 0.5), st.lists(st.floats(0, 1), min_size=1))
def test_a_higher_risk_never_lowers_the_tier(medium_from, more, values) -> None:
    policy = RiskTiers(medium_from=medium_from, high_from=medium_from + more)
    assert policy.assign(risks(*sorted(values)))["segment"].map(RANK).is_monotonic_increasing


def test_a_reached_threshold_in_whole_percent_always_reads_as_reached() -> None:
    for percent in range(1, 100):
        policy = RiskTiers(medium_from=0, high_from=percent / 100)
        assert policy.assign(risks(percent / 100))["why"][0].startswith(f"{percent}.0 % ")


def test_whole_and_numpy_numbers_print_alike() -> None:
    assert (
        repr(RiskTiers(medium_from=0))
        == repr(RiskTiers(medium_from=np.float64(0)))
        == "RiskTiers(medium_from=0.0)"
    )


@pytest.mark.parametrize("value", ["0.1", True, None, float("nan"), float("inf")])
def test_thresholds_are_numbers(value) -> None:
    with pytest.raises(
        UsageError, match=r"RiskTiers: medium_from is not a number\. Given: .*Allowed: a number"
    ):
        RiskTiers(medium_from=value)


def test_thresholds_are_probabilities() -> None:
    with pytest.raises(UsageError, match=r"RiskTiers: a threshold is out of range.*Allowed: 0 to 1"):
        RiskTiers(high_from=35)


def test_thresholds_are_ordered() -> None:
    with pytest.raises(UsageError, match=r"RiskTiers: the thresholds are not ordered.*Do: raise high_from"):
        RiskTiers(medium_from=0.5)
