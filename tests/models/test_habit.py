from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models import DiscreteHazard, habit

X = pd.DataFrame(
    {"cleared_days_late_mean_12m": [20.0, np.nan, -4.0, 7.0], "cleared_count_12m": [15.0, 0.0, 5.0, np.nan]}
)


def test_what_is_unknown_counts_for_nothing() -> None:
    mean, count = habit.shown(X)
    assert mean.tolist() == [20.0, 0.0, -4.0, 0.0]
    assert count.tolist() == [15.0, 0.0, 5.0, 0.0]
    assert habit.shown(pd.DataFrame({"other": [1.0]}))[1].tolist() == [0.0]


def test_the_books_mean_is_a_ratio_of_sums() -> None:
    assert habit.book_mean(X, np.ones(4)) == pytest.approx((15 * 20 - 5 * 4) / 20)
    assert habit.book_mean(X, np.array([1.0, 1, 3, 1])) == pytest.approx((15 * 20 - 3 * 5 * 4) / 30)
    assert habit.book_mean(X.iloc[[1]], np.ones(1)) == 0.0


def test_the_habit_lies_between_the_customers_mean_and_the_books() -> None:
    found = habit.shrunk(X, 10.0, prior_count=5.0)
    assert found.tolist() == [17.5, 10.0, 3.0, 10.0]
    assert habit.shrunk(X, 10.0, prior_count=0.0)[0] == 20.0


def test_the_default_model_learns_that_late_payers_pay_late_from_few_invoices() -> None:
    """Each customer pays exactly its own habit after due; 300 items are enough to see it."""
    rng = np.random.default_rng(3)
    usual = rng.integers(0, 40, 300)
    age = rng.integers(-30, 0, 300)
    rows = pd.DataFrame(
        {
            "days_past_due": age.astype(float),
            "terms_days": 30.0,
            "key_day": 20000.0 + rng.integers(0, 28, 300),
            "cleared_days_late_mean_12m": usual.astype(float),
            "cleared_count_12m": 40.0,
        }
    )
    y = pd.DataFrame({"event": 1, "duration": usual - age + rng.integers(0, 3, 300)})
    y["duration"] = y["duration"].clip(lower=1)
    model = DiscreteHazard().fit(rows, y)
    new = rows.iloc[[0, 0]].assign(days_past_due=-5.0, cleared_days_late_mean_12m=[2.0, 35.0])
    prompt, late = 1 - model.predict_cumulative_incidence(new, [20]).sum(axis=1)[:, 0]
    assert prompt < 0.2
    assert late > 0.8
