"""Estimators against figures computed by hand, against each other, and against known truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from arseg.backtest.value.estimators import (
    clustered_error,
    direct,
    doubly_robust,
    ips,
    on_policy,
    optimistic_dr,
    self_normalised_dr,
    snips,
    switch_dr,
    weights,
)
from arseg.backtest.value.logged import Logged
from arseg.backtest.value.outcomes import cross_fit
from arseg.schema import DataError

from .conftest import call_the_risky, draw_log

# Four rounds as in an Open Bandit log: two actions, logged propensities, click or none.
LOG = Logged(
    customer=np.array([0, 1, 2, 3]),
    action=np.array([0, 1, 0, 1]),
    propensity=np.array([[0.8, 0.2], [0.5, 0.5], [0.4, 0.6], [0.75, 0.25]]),
    reward=np.array([[1.0], [0.0], [1.0], [1.0]]),
    actions=("A", "B"),
    components=("click",),
)
TARGET = np.array([[0.4, 0.6], [0.5, 0.5], [0.8, 0.2], [0.5, 0.5]])
OUTCOMES = np.array([[[0.5], [0.25]], [[0.5], [0.5]], [[0.75], [0.0]], [[0.25], [0.5]]])

WithModel = Callable[[Logged, Any, Any], Any]
WITH_MODEL: dict[str, WithModel] = {
    "direct": direct,
    "doubly_robust": doubly_robust,
    "self_normalised_dr": self_normalised_dr,
    "switch_dr": switch_dr,
    "optimistic_dr": optimistic_dr,
}


def test_weights_are_target_over_logged_probability() -> None:
    assert weights(LOG, TARGET).tolist() == [0.5, 1.0, 2.0, 2.0]


def test_the_textbook_estimates_come_out_as_computed_by_hand() -> None:
    # Weights are a half, one, two and two; rewards one, none, one and one.
    assert ips(LOG, TARGET).mean() == pytest.approx((0.5 + 0 + 2 + 2) / 4)
    assert snips(LOG, TARGET).mean() == pytest.approx(4.5 / 5.5)
    # q(x, pi) = .4*.5+.6*.25, .5, .8*.75, .5*.25+.5*.5
    model = np.array([0.35, 0.5, 0.6, 0.375])
    assert direct(LOG, TARGET, OUTCOMES)[:, 0] == pytest.approx(model)
    # residuals: 1-.5, 0-.5, 1-.75, 1-.5
    left = np.array([0.5, -0.5, 0.25, 0.5])
    weighted = np.array([0.25, -0.5, 0.5, 1.0])
    assert doubly_robust(LOG, TARGET, OUTCOMES)[:, 0] == pytest.approx(model + weighted)
    assert self_normalised_dr(LOG, TARGET, OUTCOMES).mean() == pytest.approx(model.mean() + 1.25 / 5.5)
    assert switch_dr(LOG, TARGET, OUTCOMES, tau=1.0)[:, 0] == pytest.approx([0.6, 0.0, 0.6, 0.375])
    # lambda w / (w^2 + lambda) with lambda 1: .4, .5, .4, .4
    shrunk = np.array([0.4, 0.5, 0.4, 0.4]) * left
    assert optimistic_dr(LOG, TARGET, OUTCOMES, shrink=1.0)[:, 0] == pytest.approx(model + shrunk)


def test_switch_and_shrinkage_end_at_the_direct_method_and_at_doubly_robust() -> None:
    model, robust = (made(LOG, TARGET, OUTCOMES) for made in (direct, doubly_robust))
    assert switch_dr(LOG, TARGET, OUTCOMES, tau=0.0) == pytest.approx(model)
    assert switch_dr(LOG, TARGET, OUTCOMES, tau=np.inf) == pytest.approx(robust)
    assert optimistic_dr(LOG, TARGET, OUTCOMES, shrink=0.0) == pytest.approx(model)
    assert optimistic_dr(LOG, TARGET, OUTCOMES, shrink=np.inf) == pytest.approx(robust)
    assert optimistic_dr(LOG, TARGET, OUTCOMES, shrink=1e12) == pytest.approx(robust)


@pytest.mark.parametrize("name", [name for name in WITH_MODEL if name != "direct"])
def test_a_perfect_model_leaves_nothing_to_correct(name: str) -> None:
    perfect = np.repeat(LOG.reward[:, None, :], 2, axis=1)
    assert WITH_MODEL[name](LOG, TARGET, perfect) == pytest.approx(direct(LOG, TARGET, perfect))


def test_the_policy_in_force_is_worth_what_came_in() -> None:
    logged, state, _ = draw_log(3)
    for psi in (ips(logged, logged.propensity), snips(logged, logged.propensity)):
        assert psi.mean(axis=0) == pytest.approx(on_policy(logged).mean(axis=0))
    outcomes = cross_fit(logged, state, kind="linear")
    robust = doubly_robust(logged, logged.propensity, outcomes).mean(axis=0)
    assert robust == pytest.approx(on_policy(logged).mean(axis=0), abs=0.1)


@pytest.mark.parametrize("name", ["ips", "snips", *WITH_MODEL])
def test_every_estimator_is_centred_on_the_truth(name: str) -> None:
    errors = []
    for seed in range(40):
        logged, state, mean = draw_log(seed, customers=120)
        target = call_the_risky(state)
        truth = (target * mean).sum(axis=1).mean()
        if name in WITH_MODEL:
            outcomes = cross_fit(logged, state.assign(high=state["risk"] > 0), kind="linear", seed=seed)
            psi = WITH_MODEL[name](logged, target, outcomes)
        else:
            psi = (ips if name == "ips" else snips)(logged, target)
        errors.append(psi[:, 0].mean() - truth)
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(40) + 0.02


def test_intervals_by_customer_cover_and_those_by_row_do_not() -> None:
    by_customer, by_row = [], []
    for seed in range(120):
        logged, state, _ = draw_log(seed, customers=100, each=10)
        psi = snips(logged, call_the_risky(state))[:, :1]
        # Mean of level and risk is 0; effects: half none, half 1.5 times the call's, as the policy mixes them.
        truth = 3 + 0.5 * (0.1 * 1.5 + 0.8 * 3.75) + 0.5 * (0.1 * 1.0 + 0.1 * 2.5)
        miss = abs(psi.mean() - truth)
        by_customer.append(miss < 1.96 * clustered_error(psi, logged.customer)[0])
        by_row.append(miss < 1.96 * clustered_error(psi, np.arange(len(logged)))[0])
    assert np.mean(by_customer) > 0.89
    assert np.mean(by_row) < np.mean(by_customer) - 0.05


def test_the_error_of_one_row_a_customer_is_the_textbook_error_of_a_mean() -> None:
    values = np.random.default_rng(1).normal(size=(50, 2))
    assert clustered_error(values, np.arange(50)) == pytest.approx(values.std(axis=0, ddof=1) / np.sqrt(50))


def test_the_error_does_not_change_when_each_decision_is_told_twice() -> None:
    logged, state, _ = draw_log(1, customers=60)
    psi = snips(logged, call_the_risky(state))
    twice = clustered_error(np.vstack([psi, psi]), np.r_[logged.customer, logged.customer])
    assert twice == pytest.approx(clustered_error(psi, logged.customer))


def test_one_customer_has_no_error() -> None:
    assert np.isnan(clustered_error(np.ones((3, 1)), [0, 0, 0])).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match="the target policy does not fit the decisions"):
        weights(LOG, TARGET[:3])
    with pytest.raises(DataError, match="the target policy does not sum to 1"):
        weights(LOG, TARGET * 0.9)
    with pytest.raises(DataError, match="the outcome model does not fit the decisions"):
        direct(LOG, TARGET, OUTCOMES[:, :1])
    with pytest.raises(DataError, match="the outcome model does not fit the decisions"):
        direct(LOG, TARGET, np.where(OUTCOMES > 0.4, np.nan, OUTCOMES))
