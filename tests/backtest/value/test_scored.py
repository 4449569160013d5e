"""Scores by the name of their estimator."""

from __future__ import annotations

import numpy as np
import pytest

from arseg.backtest.value.decisions import DecisionLog
from arseg.backtest.value.estimators import doubly_robust, snips
from arseg.backtest.value.outcomes import cross_fit
from arseg.backtest.value.scored import ESTIMATORS, HEADLINE, Outcomes, require_estimators
from arseg.schema import UsageError

from .conftest import call_the_risky, draw_log


def made() -> tuple[DecisionLog, np.ndarray]:
    logged, state, _ = draw_log(4, customers=60)
    log = DecisionLog(logged, state, state, propensities_logged=True, slope=None)
    return log, call_the_risky(state)


def test_a_name_stands_for_its_estimator_and_its_model() -> None:
    log, target = made()
    outcomes = Outcomes(log, "linear", 2)
    models = cross_fit(log.logged, log.state, kind="linear", seed=2)
    assert outcomes.score("SNIPS", target) == pytest.approx(snips(log.logged, target))
    assert outcomes.score("DR", target) == pytest.approx(doubly_robust(log.logged, target, models))


def test_models_are_fitted_once_for_all_estimators_and_policies() -> None:
    log, target = made()
    outcomes = Outcomes(log, "linear")
    outcomes.score("DM", target)
    fitted = outcomes.plain()
    outcomes.score("SNDR", log.logged.propensity)
    assert outcomes.plain() is fitted


def test_every_estimator_scores_every_decision() -> None:
    log, target = made()
    outcomes = Outcomes(log, "linear")
    shapes = {name: outcomes.score(name, target).shape for name in ESTIMATORS}
    assert set(shapes.values()) == {log.logged.reward.shape}
    assert ESTIMATORS[0] == HEADLINE


def test_what_is_none_of_them_is_named() -> None:
    require_estimators(ESTIMATORS)
    with pytest.raises(UsageError, match="there is no estimator 'TMLE'"):
        require_estimators(("SNDR", "TMLE"))
