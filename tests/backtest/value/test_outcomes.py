from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.value.estimators import doubly_robust
from arseg.backtest.value.logged import Logged
from arseg.backtest.value.outcomes import cross_fit, fold_of, least_variance_weight
from arseg.schema import DataError, UsageError

from .conftest import call_the_risky, draw_log


def test_all_decisions_of_a_customer_are_in_one_fold() -> None:
    customer = np.repeat(np.arange(30), 4)
    fold = fold_of(customer, folds=5, seed=1)
    assert np.ptp(fold.reshape(30, 4), axis=1).max() == 0
    assert np.bincount(fold).tolist() == [24] * 5


@pytest.mark.parametrize("kind", ["linear", "boosted"])
def test_no_decision_is_spoken_of_by_a_model_that_saw_its_customer(kind: str) -> None:
    logged, state, _ = draw_log(1, customers=60)
    before = cross_fit(logged, state, kind=kind, folds=3, seed=4)  # type: ignore[arg-type]
    changed = logged.reward.copy()
    changed[logged.customer == 7] += 1000.0
    other = Logged(
        logged.customer, logged.action, logged.propensity, changed, logged.actions, logged.components
    )
    after = cross_fit(other, state, kind=kind, folds=3, seed=4)  # type: ignore[arg-type]
    fold = fold_of(logged.customer, folds=3, seed=4)
    same_fold = fold == fold[logged.customer == 7][0]
    assert after[same_fold] == pytest.approx(before[same_fold])
    assert np.abs(after[~same_fold] - before[~same_fold]).max() > 1


@pytest.mark.parametrize(("kind", "close"), [("linear", 0.25), ("boosted", 0.35)])
def test_the_models_find_what_each_action_brings(kind: str, close: float) -> None:
    logged, state, _ = draw_log(2, customers=800)
    expected = cross_fit(logged, state, kind=kind)[:, :, 0].mean(axis=0)  # type: ignore[arg-type]
    assert expected[1:] - expected[0] == pytest.approx([1.25, 3.125], abs=close)


def test_unknown_state_is_no_reason_to_be_silent() -> None:
    logged, state, _ = draw_log(2, customers=60)
    third = np.arange(len(state)) % 3 == 0
    holes = state.assign(risk=state["risk"].mask(third), never=np.nan)
    for kind in ("linear", "boosted"):
        assert np.isfinite(cross_fit(logged, holes, kind=kind)).all()  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_answers() -> None:
    logged, state, _ = draw_log(2, customers=60)
    one, two = (cross_fit(logged, state, seed=3) for _ in range(2))
    assert one.tobytes() == two.tobytes()


def test_least_variance_weights_are_those_of_the_paper() -> None:
    logged, state, _ = draw_log(2, customers=60)
    target = call_the_risky(state)
    weight = least_variance_weight(logged, target)
    chosen = target[np.arange(len(logged)), logged.action]
    raw = chosen * (1 - logged.taken) / logged.taken**2
    assert weight == pytest.approx(raw / raw.mean())


def test_a_model_fitted_for_least_variance_has_less_of_it() -> None:
    errors: dict[str, list[float]] = {"plain": [], "least": []}
    for seed in range(40):
        chance = np.random.default_rng(seed)
        rare = chance.random(600) < 0.5
        call = np.where(rare, 0.05, 0.5)
        action = (chance.random(600) < call).astype(np.int64)
        reward = np.where(rare, 10.0, 0.0) * action + chance.normal(size=600)
        chances = np.column_stack([1 - call, call])
        logged = Logged(np.arange(600), action, chances, reward[:, None], ("none", "call"), ("cash",))
        always = np.tile([0.0, 1.0], (600, 1))
        # A model that cannot tell the two kinds apart has to choose where to be wrong.
        blind = pd.DataFrame({"nothing": np.zeros(600)})
        for name, weight in (("plain", None), ("least", least_variance_weight(logged, always))):
            outcomes = cross_fit(logged, blind, kind="linear", weight=weight, seed=seed)
            errors[name].append(doubly_robust(logged, always, outcomes).mean() - 10 * rare.mean())
    assert np.std(errors["least"]) < 0.8 * np.std(errors["plain"])


def test_what_does_not_fit_is_refused() -> None:
    logged, state, _ = draw_log(1, customers=4)
    with pytest.raises(DataError, match="the customers do not fill the folds"):
        cross_fit(logged, state, folds=5)
    with pytest.raises(DataError, match="the state does not fit the decisions"):
        cross_fit(logged, state.head(3), folds=2)
    with pytest.raises(UsageError, match="there is no outcome model 'deep'"):
        cross_fit(logged, state, kind="deep")  # type: ignore[arg-type]
