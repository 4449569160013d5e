from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.logged import Logged
from arseg.backtest.value.support import bounds, effective, judge_support, largest_imbalance, worst_case
from arseg.schema import DataError

from .conftest import call_the_risky, draw_log


def thresholds(customers: int = 500) -> tuple[Logged, np.ndarray]:
    """Return the log of a rule that leaves nothing to chance, and another such rule."""
    chance = np.random.default_rng(1)
    age = chance.uniform(0, 90, customers)
    done = (age > 30).astype(np.int64)
    other = (age > 15).astype(np.int64)
    cash = chance.uniform(0, 1, (customers, 1))
    log = Logged(np.arange(customers), done, np.eye(2)[done], cash, ("none", "call"), ("share",))
    return log, np.eye(2)[other]


def test_a_policy_that_history_has_tried_is_identified() -> None:
    logged, state, _ = draw_log(1)
    verdict = judge_support(logged, call_the_risky(state), state)
    assert verdict.identified, str(verdict)
    assert str(verdict) == "identified"
    assert verdict.support_gap == 0
    assert verdict.checks["passed"].all()


def test_a_rule_that_leaves_nothing_to_chance_says_nothing_of_another() -> None:
    log, other = thresholds()
    verdict = judge_support(log, other)
    assert not verdict.identified
    assert verdict.support_gap == pytest.approx((log.propensity != other).any(axis=1).mean())
    assert "hardly ever made" in verdict.reasons[0]


def test_the_rule_itself_is_known() -> None:
    log, _ = thresholds()
    assert judge_support(log, log.propensity).identified


def test_few_customers_are_no_evidence_however_many_their_decisions() -> None:
    logged, state, _ = draw_log(1, customers=20, each=200)
    verdict = judge_support(logged, call_the_risky(state))
    assert any("effective customers, at least 50" in reason for reason in verdict.reasons)


def test_weights_that_do_not_average_one_betray_wrong_propensities() -> None:
    logged, state, _ = draw_log(1, customers=600)
    wrong = np.full_like(logged.propensity, 1 / 3)
    other = Logged(logged.customer, logged.action, wrong, logged.reward, logged.actions, logged.components)
    verdict = judge_support(other, call_the_risky(state), state)
    assert any("not 1" in reason or "standard deviations" in reason for reason in verdict.reasons)


def test_one_decision_that_carries_it_all_is_refused() -> None:
    logged, state, _ = draw_log(1)
    chances = logged.propensity.copy()
    chances[0] = np.full(3, 1e-4)
    chances[0, (logged.action[0] + 1) % 3] = 1 - 2e-4
    other = Logged(logged.customer, logged.action, chances, logged.reward, logged.actions, logged.components)
    target = call_the_risky(state)
    target[0] = np.eye(3)[logged.action[0]]
    assert any("carries" in reason for reason in judge_support(other, target).reasons)


def test_propensities_that_were_estimated_badly_are_named() -> None:
    logged, state, _ = draw_log(1)
    verdict = judge_support(logged, call_the_risky(state), slope=0.4)
    assert any("calibration slope 0.40" in reason for reason in verdict.reasons)


def test_effective_size_counts_equal_weights_fully_and_one_weight_once() -> None:
    assert effective(np.ones(7)) == pytest.approx(7)
    assert effective([5.0, 0, 0]) == pytest.approx(1)
    assert effective([0.0]) == 0


def test_imbalance_is_in_standard_deviations_and_knows_what_is_unknown() -> None:
    state = pd.DataFrame({"a": [0.0, 2.0], "b": [np.nan, np.nan], "c": [1.0, 1.0]})
    assert largest_imbalance(state, np.array([1.0, 1.0])) == 0
    assert largest_imbalance(state, np.array([0.0, 1.0])) == pytest.approx(1.0)


def test_bounds_hold_the_truth_where_points_do_not() -> None:
    log, other = thresholds(4000)
    low, high = (end.mean(axis=0) for end in bounds(log, other, lowest=np.zeros(1), highest=np.ones(1)))
    gap = judge_support(log, other).support_gap
    assert high[0] - low[0] == pytest.approx(gap)
    assert low[0] < 0.5 < high[0]


def test_bounds_with_full_support_are_the_self_normalised_estimate() -> None:
    from arseg.backtest.value.estimators import snips

    logged, state, _ = draw_log(1)
    target = call_the_risky(state)
    low, high = bounds(logged, target, lowest=np.full(2, -99.0), highest=np.full(2, 99.0))
    assert low == pytest.approx(high)
    assert low.mean(axis=0) == pytest.approx(snips(logged, target).mean(axis=0))


def test_without_any_belief_only_what_was_done_alike_is_known() -> None:
    log, other = thresholds(4000)
    low, high = (end.mean() for end in worst_case(log, other, lowest=np.zeros(1), highest=np.ones(1)))
    alike = log.propensity[:, 1] == other[:, 1]
    assert low == pytest.approx((log.reward[:, 0] * alike).mean())
    assert high - low == pytest.approx(1 - alike.mean())


def test_bounds_that_believe_less_are_wider() -> None:
    logged, state, _ = draw_log(1)
    target, ends = (
        call_the_risky(state),
        {"lowest": logged.reward.min(axis=0), "highest": logged.reward.max(axis=0)},
    )
    narrow, wide = (made(logged, target, **ends) for made in (bounds, worst_case))
    assert (wide[0].mean(axis=0) <= narrow[0].mean(axis=0)).all()
    assert (wide[1].mean(axis=0) >= narrow[1].mean(axis=0)).all()


def test_a_range_upside_down_is_refused() -> None:
    log, other = thresholds(50)
    with pytest.raises(DataError, match="a range is upside down"):
        bounds(log, other, lowest=np.ones(1), highest=np.zeros(1))
