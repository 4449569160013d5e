from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.design import learn_design
from arseg.backtest.value.propensity import _chances, _fit, estimate_propensities
from arseg.schema import DataError

from .conftest import draw_log


def test_estimated_propensities_are_those_of_the_desk() -> None:
    logged, state, _ = draw_log(1, customers=1500)
    found = estimate_propensities(state, logged.action, logged.customer, actions=3)
    assert found.chances.sum(axis=1) == pytest.approx(1.0)
    assert np.abs(found.chances - logged.propensity).mean() < 0.015
    assert found.slope == pytest.approx(1.0, abs=0.1)
    assert found.largest_gap < 0.06


def test_the_logit_is_that_of_statsmodels() -> None:
    from statsmodels.discrete.discrete_model import MNLogit

    logged, state, _ = draw_log(4, customers=300)
    design = learn_design(state.to_numpy()).columns(state.to_numpy())
    theirs = MNLogit(logged.action, design).fit(disp=False).predict(design)
    ours = _chances(design, _fit(design, logged.action, 3))
    assert np.abs(ours - theirs).max() < 2e-3


def test_a_model_without_the_reason_of_the_choice_is_not_calibrated_within_it() -> None:
    logged, state, _ = draw_log(1, customers=600)
    blind = estimate_propensities(state[["size"]], logged.action, logged.customer, actions=3)
    high = (state["risk"] > 1).to_numpy()
    assert abs(blind.chances[high, 2].mean() - (logged.action[high] == 2).mean()) > 0.1


def test_unknown_is_a_state_of_its_own() -> None:
    chance = np.random.default_rng(3)
    known = chance.random(4000) < 0.5
    action = (chance.random(4000) < np.where(known, 0.2, 0.7)).astype(np.int64)
    state = pd.DataFrame({"score": np.where(known, 1.0, np.nan) * chance.normal(size=4000)})
    found = estimate_propensities(state, action, np.arange(4000), actions=2)
    assert found.chances[known, 1].mean() == pytest.approx(0.2, abs=0.03)
    assert found.chances[~known, 1].mean() == pytest.approx(0.7, abs=0.03)


def test_nothing_is_known_of_what_was_never_done() -> None:
    with pytest.raises(DataError, match="an action was never taken"):
        estimate_propensities(pd.DataFrame({"a": [1.0, 2.0]}), np.array([0, 0]), np.array([0, 1]), actions=2)
