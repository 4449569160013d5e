"""What paths of contacts bring, against the model's own predictions and a desk whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from arseg.models import DiscreteHazard
from arseg.models.contact_contrast import Touch, contrasts
from arseg.schema import UsageError
from oracle.desks import DAYS, HALF_LIFE, Desk, draw_desk

CALL: Touch = (0, "call", "firm")
ALONE: Touch = (0, "none", "none")


@pytest.fixture(scope="module", name="seen")
def _seen() -> Desk:
    return draw_desk(6000)


@pytest.fixture(scope="module", name="model")
def _model(seen: Desk) -> DiscreteHazard:
    return DiscreteHazard(trees=40).fit(seen.X, seen.y, contacts=seen.log)


def gains(
    model: DiscreteHazard, X: pd.DataFrame, paths: Sequence[Sequence[Touch]], **how: object
) -> np.ndarray:
    found = np.zeros((len(X), len(paths), 3))
    for part in contrasts(model, X, paths, **how):  # type: ignore[arg-type]
        found[part.rows] = part.gains
    return found


def test_it_is_the_practices_course_with_the_contacts_stock_on_the_hazard(
    seen: Desk, model: DiscreteHazard
) -> None:
    late = seen.X["days_past_due"].to_numpy() > 0
    X, days, effect = seen.X[late][:300], np.arange(1, 31), model.contact_
    assert effect is not None
    found = gains(model, X, [[(5, "call", "firm")]], horizon=30)[:, 0]
    incidence = model.predict_cumulative_incidence(X, days)
    open_before = np.column_stack([np.ones(len(X)), 1 - incidence.sum(axis=1)[:, :-1]])
    hazard = np.diff(incidence, prepend=0, axis=2) / open_before[:, None]
    push = (effect.stock_of("call", "firm") - effect.stock_of("none", "none")) @ effect.coefficients[:-1]
    stock = np.where(days > 5, 2.0 ** (-(days - 6) / effect.half_life), 0.0)
    paid = 1 - (1 - hazard[:, 0]) ** np.exp(push * stock)
    survival = np.cumprod((1 - paid) * (1 - hazard[:, 1] - hazard[:, 2]), axis=1)
    before = np.column_stack([np.ones(len(X)), survival[:, :-1]])
    told = (before * paid).sum(axis=1) - incidence[:, 0, -1]
    # Within an interval the prediction's days lie on a line, and the contrast's stock is a mean.
    assert found[:, 0] == pytest.approx(told, abs=8e-3)
    assert found[:, 0].mean() == pytest.approx(told.mean(), rel=0.05)
    assert np.corrcoef(found[:, 0], told)[0, 1] > 0.98
    assert found[:, 2] == pytest.approx((before * hazard[:, 2]).sum(axis=1) - incidence[:, 2, -1], abs=2e-3)


def test_the_effect_may_come_from_another_model(seen: Desk, model: DiscreteHazard) -> None:
    plain = DiscreteHazard(trees=40).fit(seen.X, seen.y)
    found = gains(plain, seen.X[:200], [[CALL]], effect=model.contact_)
    assert found == pytest.approx(gains(model, seen.X[:200], [[CALL]]), abs=1e-9)


def test_the_gain_of_a_call_is_the_true_one(seen: Desk, model: DiscreteHazard) -> None:
    late = seen.X["days_past_due"].to_numpy() > 0
    found = gains(model, seen.X[late], [[CALL]], horizon=DAYS)[:, 0].mean(axis=0)
    day = np.arange(1, DAYS + 1)
    rate = 0.05 * np.exp(-0.8 * seen.X["slow"].to_numpy()[late, None])
    age = seen.X["days_past_due"].to_numpy()[late, None] + day
    lost = np.where(age > 20, 0.005, 0.0)
    days = []
    for boost in (0.8 * 2.0 ** (-(day - 1) / HALF_LIFE), np.zeros(DAYS)):
        survival = np.cumprod(np.exp(-rate * np.exp(boost)) * (1 - lost), axis=1)
        days.append(np.column_stack([np.ones(len(rate)), survival[:, :-1]]).sum(axis=1).mean())
    assert days[0] - days[1] < -2
    assert found[1] == pytest.approx(days[0] - days[1], rel=0.25)


def test_to_be_left_alone_is_what_all_is_compared_with(seen: Desk, model: DiscreteHazard) -> None:
    found = gains(model, seen.X[:200], [[ALONE], [CALL]])
    assert (found[:, 0] == 0).all()
    late = seen.X[:200]["days_past_due"].to_numpy() > 0
    assert (found[late, 1, 0] > 0).all()
    assert (found[late, 1, 1] < 0).all()


def test_a_contact_does_nothing_to_what_is_not_yet_due(seen: Desk, model: DiscreteHazard) -> None:
    early = seen.X["days_past_due"].to_numpy() < 0
    assert (gains(model, seen.X[early][:50], [[CALL]]) == 0).all()


def test_more_calls_bring_more(seen: Desk, model: DiscreteHazard) -> None:
    late = seen.X["days_past_due"].to_numpy() > 0
    twice = [CALL, (9, "call", "firm")]
    found = gains(model, seen.X[late][:100], [[CALL], twice])
    assert found[:, 1, 0].mean() > found[:, 0, 0].mean()
    assert found[:, 1, 1].mean() < found[:, 0, 1].mean()


def test_the_slopes_say_what_another_effect_would_bring(seen: Desk, model: DiscreteHazard) -> None:
    X, effect = seen.X[:100], model.contact_
    assert effect is not None
    (part,) = contrasts(model, X, [[CALL]])
    try:
        for place in range(len(effect.coefficients)):
            moved = effect.coefficients.copy()
            moved[place] += 0.002
            model.contact_ = replace(effect, coefficients=moved)
            change = gains(model, X, [[CALL]])[part.rows] - part.gains
            assert part.slopes[place] * 0.002 == pytest.approx(change, rel=0.05, abs=1e-5)
    finally:
        model.contact_ = effect


def test_the_items_do_not_know_of_each_other(seen: Desk, model: DiscreteHazard) -> None:
    together = gains(model, seen.X[:5000], [[CALL]])
    alone = gains(model, seen.X[4500:4600], [[CALL]])
    assert together[4500:4600] == pytest.approx(alone, abs=1e-6)


def test_a_model_without_a_log_says_that_it_cannot(seen: Desk) -> None:
    plain = DiscreteHazard(trees=5).fit(seen.X[:500], seen.y[:500])
    with pytest.raises(UsageError, match=r"cannot say what contacts do\..*learnt with a log of contacts"):
        next(contrasts(plain, seen.X[:5], [[CALL]]))


@pytest.mark.parametrize("day", [-1, 60])
def test_a_contact_lies_within_the_horizon(seen: Desk, model: DiscreteHazard, day: int) -> None:
    with pytest.raises(UsageError, match=r"does not lie within the horizon\. Given: days .* 0 to 59"):
        next(contrasts(model, seen.X[:5], [[(day, "call", "firm")]]))
