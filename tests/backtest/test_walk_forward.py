from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.plan import Plan
from arseg.backtest.walk_forward import Fold, Walk, walk_forward
from arseg.ledger import Ledger, observe_outcomes
from arseg.models import DiscreteHazard, KaplanMeierByTerms, same_size
from arseg.schema import DataError

PLAN = Plan(landmarks=6, fewest_events=20, refit_every=2)
KEY_DATE = dt.date(2025, 6, 30)


@pytest.fixture(scope="module")
def walk(small_ledger: Ledger) -> Walk:
    return Walk(small_ledger, PLAN)


def test_training_rows_are_open_items_of_past_month_ends_with_outcomes_known_by_then(walk: Walk) -> None:
    X, y = walk.training(KEY_DATE)
    assert len(X) == len(y)
    assert list(y.columns) == ["event", "duration"]
    last = (KEY_DATE - dt.date(1970, 1, 1)).days
    assert (X["key_day"] < last).all()
    reach = X["key_day"] + y["duration"].to_numpy()
    assert (reach <= last - PLAN.settle_lag_days).all(), "nothing is followed into the settle lag"


def test_training_equals_the_outcomes_observed_from_each_landmark(walk: Walk, small_ledger: Ledger) -> None:
    _, y = walk.training(KEY_DATE)
    until = KEY_DATE - dt.timedelta(days=PLAN.settle_lag_days)
    marks = [mark.key_date for mark in walk.landmarks(KEY_DATE) if mark.key_date < until]
    parts = [observe_outcomes(small_ledger, day, observed_on=KEY_DATE, until=until) for day in marks]
    expected = pd.concat(parts)[["event", "duration"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(y.reset_index(drop=True), expected, check_dtype=False)


@pytest.mark.parametrize("plan", [PLAN, replace(PLAN, embargo="measured", window="expanding")])
def test_training_does_not_change_when_the_future_does(
    small_book: Any, make_ledger: Callable[..., Ledger], poison: Callable[..., Any], plan: Plan
) -> None:
    poisoned = poison(small_book, np.random.default_rng(5), KEY_DATE)
    walks = [Walk(make_ledger(**book), plan) for book in (small_book, poisoned)]
    before, after = (walk.training(KEY_DATE) for walk in walks)
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert walks[0].embargo(KEY_DATE) == walks[1].embargo(KEY_DATE)


def test_an_expanding_window_holds_every_month_end_and_a_rolling_one_the_last(walk: Walk) -> None:
    expanding = replace(walk, plan=replace(PLAN, window="expanding"))
    every = [mark.key_date for mark in expanding.landmarks(KEY_DATE)]
    assert every[0] < dt.date(2024, 4, 1)
    assert len(every) > PLAN.landmarks
    assert [mark.key_date for mark in walk.landmarks(KEY_DATE)] == every[-PLAN.landmarks :]


def test_a_measured_embargo_is_kept_free_of_labels(small_ledger: Ledger, walk: Walk) -> None:
    measured = Walk(small_ledger, replace(PLAN, embargo="measured", settle_lag_days=3))
    for mark in walk.landmarks(KEY_DATE):
        measured.keep(mark)
    embargo = measured.embargo(KEY_DATE)
    assert embargo.days > 3, "the fixture posts within ten days"
    X, y = measured.training(KEY_DATE)
    reach = X["key_day"] + y["duration"].to_numpy()
    assert (reach <= (KEY_DATE - dt.date(1970, 1, 1)).days - embargo.days).all()


def test_models_are_refitted_as_often_as_the_plan_says(walk: Walk) -> None:
    days = [dt.date(2025, month, day) for month, day in ((3, 31), (4, 30), (5, 31), (6, 30))]
    folds = [
        fold for fold in walk_forward(walk, {"km": KaplanMeierByTerms()}, days) if isinstance(fold, Fold)
    ]
    assert [fold.fitted_on for fold in folds] == [days[0], days[0], days[2], days[2]]
    assert [fold.key_date for fold in folds] == days


def test_the_model_handed_in_stays_unfitted(walk: Walk) -> None:
    model = KaplanMeierByTerms()
    next(iter(walk_forward(walk, {"km": model}, [KEY_DATE])))
    assert vars(model) == vars(KaplanMeierByTerms())


def test_a_key_date_without_history_is_a_reason_and_not_a_fold(walk: Walk) -> None:
    fold = next(iter(walk_forward(walk, {"km": KaplanMeierByTerms()}, [dt.date(2024, 2, 29)])))
    assert isinstance(fold, DataError)
    with pytest.raises(DataError, match="too little is known on 2024-02-29 to train a model"):
        walk.training(dt.date(2024, 2, 29))


def test_a_landmark_is_built_once(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = walk.landmark(KEY_DATE)

    def refuse(*_: object) -> Callable[..., Any]:
        raise AssertionError

    monkeypatch.setattr(sys.modules[Walk.__module__], "take_snapshots", refuse)
    assert walk.landmark(KEY_DATE) is mark


def test_month_ends_that_are_gone_through_are_those_that_are_built_and_none_is_kept(
    small_ledger: Ledger,
) -> None:
    days = [dt.date(2025, 5, 31), dt.date(2025, 4, 30)]
    walk = Walk(small_ledger, PLAN, blocks=["item"])
    seen = list(walk.each([*days, days[0]]))
    assert [mark.key_date for mark in seen] == sorted(days)
    assert walk._built == {}
    built = [walk.landmark(day) for day in sorted(days)]
    for one, other in zip(seen, built, strict=True):
        assert one is not other
        pd.testing.assert_frame_equal(one.features.matrix(), other.features.matrix(), check_exact=True)


def test_a_fold_was_asked_once_for_all_who_read_it(walk: Walk) -> None:
    (fold,) = walk_forward(walk, {"km": KaplanMeierByTerms()}, [KEY_DATE])
    assert isinstance(fold, Fold)
    assert fold.said.model is fold.models["km"]
    pd.testing.assert_frame_equal(fold.said.matrix, fold.features.matrix())


def test_a_refit_of_a_large_book_has_the_size_that_the_fit_before_it_found(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(same_size, "SETTLED_ROWS", 1)
    days = [dt.date(2025, 6, 30), dt.date(2025, 7, 31)]
    every = replace(walk, plan=replace(PLAN, refit_every=1))
    folds = [
        fold
        for fold in walk_forward(every, {"model": DiscreteHazard(trees=9)}, days)
        if isinstance(fold, Fold)
    ]
    first, second = (fold.models["model"] for fold in folds)
    assert isinstance(first, DiscreteHazard)
    assert isinstance(second, DiscreteHazard)
    assert first.sizes_ == {}
    found = {cause: hazard.size for cause, hazard in first.hazards_.items() if hazard.size is not None}
    assert second.sizes_ == found != {}
