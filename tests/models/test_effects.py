"""What a model makes of its columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models import DiscreteHazard, KaplanMeierByTerms
from arseg.models.effects import effect, importance, what_if
from arseg.schema import DataError


@pytest.fixture(scope="module", name="model")
def _model(draw) -> DiscreteHazard:
    book = draw(4000, seed=1)
    return DiscreteHazard(trees=40).fit(book.X, book.y)


@pytest.fixture(scope="module", name="X")
def _rows(draw) -> pd.DataFrame:
    return draw(1200, seed=2).X


def test_a_slower_habit_makes_an_item_riskier(model, X) -> None:
    due = X[(X["days_past_due"] > -10) & (X["days_past_due"] < 3)]
    said = what_if(model, due, {"cleared_days_late_mean_12m": 45.0})
    prompt = due["cleared_days_late_mean_12m"] < 5
    assert said["difference"][prompt].mean() > 0.1
    assert (said["difference"] == said["unpaid_changed"] - said["unpaid"]).all()
    assert list(said.index) == list(due.index)


def test_no_change_changes_nothing(model, X) -> None:
    assert (what_if(model, X[:50], {})["difference"] == 0).all()


def test_the_columns_that_count_come_first_and_an_unused_one_moves_nothing(model, X) -> None:
    found = importance(model, X, seed=1)
    assert {"days_past_due", "cleared_days_late_mean_12m"} <= set(found["column"][:3])
    plain = KaplanMeierByTerms().fit(X[:300], _target(300))
    moved = importance(plain, X[:300]).set_index("column")["moved"]
    assert moved["balance"] == 0
    assert moved["days_past_due"] > 0


def _target(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame({"event": 1, "duration": random.integers(1, 90, rows)})


def test_importance_is_the_same_for_the_same_seed(model, X) -> None:
    one, other = (importance(model, X[:100], seed=3, repeats=1) for _ in range(2))
    assert one.equals(other)


def test_the_effect_of_a_habit_rises_and_stays_within_what_was_seen(model, X) -> None:
    due = X[(X["days_past_due"] > -10) & (X["days_past_due"] < 3)]
    said = effect(model, due, "cleared_days_late_mean_12m", points=8)
    known = due["cleared_days_late_mean_12m"].dropna()
    assert said["value"].between(known.min(), known.max()).all()
    assert said["unpaid"].iloc[-1] > said["unpaid"].iloc[0] + 0.1
    assert (said["low"] <= said["unpaid"]).all()
    assert (said["unpaid"] <= said["high"] + 0.2).all()
    assert said["items"].sum() == len(known)


def test_a_column_of_two_values_has_two_points(model, X) -> None:
    assert effect(model, X.assign(run_weekday=[0, 1] * 600), "run_weekday")["value"].tolist() == [0, 1]


def test_what_is_not_there_is_refused(model, X) -> None:
    with pytest.raises(DataError, match="mood"):
        what_if(model, X, {"mood": 1.0})
    with pytest.raises(DataError, match="mood"):
        effect(model, X, "mood")
    with pytest.raises(DataError, match=r"column balance has no values\. Given: NaN throughout"):
        effect(model, X.assign(balance=np.nan), "balance")
    with pytest.raises(DataError, match="a model does not extrapolate"):
        what_if(model, X, {}, horizon=366)
