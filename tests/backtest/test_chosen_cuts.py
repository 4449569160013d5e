from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.backtest.chosen_cuts import CostCuts, ShareCuts
from arseg.policies import Effort, RiskTiers, cuts_from_cost
from arseg.schema import DataError, UsageError

HIGH, MEDIUM = Effort(lift=0.2, minutes=12), Effort(lift=0.05, cost=0.4)


def test_cost_cuts_are_those_of_the_median_balance_of_who_owes() -> None:
    scores = pd.DataFrame({"open_balance": [0.0, 100.0, 250.0, 900.0]})
    cuts = cuts_from_cost(amount=250, minute_cost=0.5, high=HIGH, medium=MEDIUM)
    chosen = CostCuts(0.5, HIGH, MEDIUM).choose(scores)
    assert isinstance(chosen, RiskTiers)
    assert (chosen.medium_from, chosen.high_from) == pytest.approx(tuple(cuts), abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 999), min_size=1, max_size=60, unique=True),
    st.floats(0.05, 0.45),
    st.floats(0.05, 0.45),
)
def test_share_cuts_give_the_shares_asked_for(risks: list[int], high: float, medium: float) -> None:
    names = [f"c{number:02d}" for number in range(len(risks))]
    scores = pd.DataFrame({"customer_id": names, "p_unpaid_30": np.array(risks) / 1000})
    segments = ShareCuts(high, medium).choose(scores).assign(scores)["segment"]
    assert (segments == "High").sum() == max(round(high * len(risks)), 1)
    assert (segments != "Low").sum() == max(round((high + medium) * len(risks)), 1)


def test_a_book_in_which_all_are_alike_still_gets_tiers() -> None:
    scores = pd.DataFrame({"customer_id": ["a", "b"], "p_unpaid_30": [0.0, 0.0]})
    assert ShareCuts(0.1, 0.2).choose(scores).assign(scores)["segment"].isin(["Medium", "Low"]).all()


@pytest.mark.parametrize(("high", "medium"), [(0.0, 0.2), (0.5, 0.5), (0.2, -0.1)])
def test_shares_that_leave_nobody_low_are_refused(high: float, medium: float) -> None:
    with pytest.raises(UsageError, match="the shares are out of range"):
        ShareCuts(high, medium)


def test_an_empty_book_has_no_cuts() -> None:
    empty = pd.DataFrame({"open_balance": [], "p_unpaid_30": []}, dtype="float64")
    for rule in (CostCuts(0.5, HIGH, MEDIUM), ShareCuts(0.1, 0.2)):
        with pytest.raises(DataError, match="no customer to choose cuts by"):
            rule.choose(empty)
