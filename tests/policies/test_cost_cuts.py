from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from arseg.policies import Effort, RiskTiers, cuts_from_cost
from arseg.schema import UsageError

CALL, MAIL = Effort(lift=0.2, minutes=12), Effort(lift=0.05, cost=0.4)


def test_cuts_are_where_the_dearer_treatment_pays() -> None:
    cuts = cuts_from_cost(amount=250, minute_cost=0.5, high=CALL, medium=MAIL)
    assert cuts == pytest.approx((0.4 / (0.05 * 250), (6 - 0.4) / (0.15 * 250)))
    assert RiskTiers(*cuts).high_from == cuts.high_from


def test_what_low_gets_is_subtracted() -> None:
    low = Effort(lift=0.01, cost=0.1)
    cuts = cuts_from_cost(amount=250, minute_cost=0.5, high=CALL, medium=MAIL, low=low)
    assert cuts.medium_from == pytest.approx(0.3 / (0.04 * 250))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.floats(50, 5000),
    st.floats(0.1, 2),
    st.floats(0.01, 0.2),
    st.floats(0.01, 0.5),
    st.floats(1, 30),
    st.floats(0, 2),
)
def test_on_either_side_of_a_cut_the_segment_worth_most_is_the_one_assigned(
    amount, minute_cost, lift, more, minutes, cost
) -> None:
    efforts = (Effort(), Effort(lift=lift, cost=cost), Effort(lift=lift + more, minutes=minutes))
    try:
        cuts = cuts_from_cost(amount=amount, minute_cost=minute_cost, high=efforts[2], medium=efforts[1])
    except UsageError:
        assume(False)
    risk = np.linspace(0, 1, 101)
    risk = risk[(abs(risk - cuts.medium_from) > 1e-9) & (abs(risk - cuts.high_from) > 1e-9)]
    worth = np.array([e.lift * amount * risk - e.cost - e.minutes * minute_cost for e in efforts])
    assigned = (risk >= cuts.medium_from).astype(int) + (risk >= cuts.high_from)
    np.testing.assert_allclose(worth[assigned, np.arange(len(risk))], worth.max(axis=0), atol=1e-9)


def test_dearer_minutes_and_smaller_amounts_raise_the_cuts() -> None:
    usual = cuts_from_cost(amount=250, minute_cost=0.5, high=CALL, medium=MAIL)
    short = cuts_from_cost(amount=250, minute_cost=1.0, high=CALL, medium=MAIL)
    small = cuts_from_cost(amount=100, minute_cost=0.5, high=CALL, medium=MAIL)
    assert short.high_from > usual.high_from
    assert small.high_from > usual.high_from
    assert small.medium_from > usual.medium_from


def test_a_treatment_that_never_pays_says_from_which_amount_it_would() -> None:
    with pytest.raises(UsageError, match=r"High pays at no probability.*an amount above 37\.33"):
        cuts_from_cost(amount=20, minute_cost=0.5, high=CALL, medium=MAIL)


def test_a_medium_that_is_nowhere_best_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"Medium is nowhere the best.*Medium pays from 0\.4, but High from 0\.02667"
    ):
        cuts_from_cost(amount=250, minute_cost=0.5, high=CALL, medium=Effort(lift=0.05, cost=5))


def test_a_dearer_treatment_brings_in_more() -> None:
    with pytest.raises(UsageError, match=r"High does not take more and bring in more.*\+0 lift"):
        cuts_from_cost(amount=250, minute_cost=0.5, high=Effort(lift=0.05, cost=9), medium=MAIL)


@pytest.mark.parametrize(("amount", "minute_cost"), [(0, 0.5), (-1, 0.5), (250, -0.5)])
def test_amounts_and_minutes_cost_something(amount, minute_cost) -> None:
    with pytest.raises(UsageError, match="amount or the cost of a minute is out of range"):
        cuts_from_cost(amount=amount, minute_cost=minute_cost, high=CALL, medium=MAIL)


@pytest.mark.parametrize("wrong", [{"lift": 20}, {"cost": -1}, {"minutes": -1}])
def test_an_effort_is_in_range(wrong) -> None:
    with pytest.raises(UsageError, match="Effort: a value is out of range"):
        Effort(**wrong)
