from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from arseg.models.expert_bands import Band, Factor
from arseg.models.expert_score import ExpertScore
from arseg.schema import DataError, UsageError

OLDEST = Factor(
    "oldest item",
    "days",
    60,
    "rising",
    (Band(0, below=1), Band(1, at_least=1, below=31), Band(3, at_least=31)),
)
HABIT = Factor("on time", "share", 40, "falling", (Band(5, below=0.5), Band(0, at_least=0.5)))
TWO = (OLDEST, HABIT)
X = pd.DataFrame(
    {"days": [0.0, 10.0, 40.0, np.nan, 40.0], "share": [0.9, 0.9, 0.2, 0.9, np.nan]}, index=list("abcde")
)


def test_the_score_is_the_weighted_sum_by_hand() -> None:
    # 60 x 0, 1/3, 1, 1/2, 1 and 40 x 0, 0, 1, 0, 1/2.
    assert ExpertScore(TWO).score(X).tolist() == [0, 20, 100, 30, 80]


def test_points_by_factor_add_up_to_the_score() -> None:
    points = ExpertScore(TWO).points(X)
    assert points.columns.tolist() == ["oldest item", "on time"]
    assert points.loc["b"].tolist() == [20, 0]
    np.testing.assert_allclose(points.sum(axis=1), ExpertScore(TWO).score(X))


def test_a_row_is_explained_the_riskiest_factor_first() -> None:
    told = ExpertScore(TWO).explain(X.loc["e"])
    assert told.index.tolist() == ["oldest item", "on time"]
    assert told["band"].tolist() == ["from 31", "unknown"]
    assert told["points"].tolist() == [60, 20]
    assert told["weight"].tolist() == [60, 40]


def test_without_a_fit_the_declared_rates_are_told() -> None:
    # Tens run straight in log-odds: their middles stand at 5 % and 95 % of the way from 1 % to 50 %.
    low, high = np.log(0.01 / 0.99), 0.0
    odds = low + np.array([0.05, 0.25, 0.95]) * (high - low)
    found = ExpertScore(TWO).predict_probability(X.loc[["a", "b", "c"]])
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-odds)))


def test_a_fit_mixes_what_was_seen_with_what_was_declared() -> None:
    score = ExpertScore(TWO, prior_count=30)
    b, c = score.predict_probability(X.loc[["b", "c"]])
    # As many bad rows as declared, so that the line stays; one of them is moved from b to c.
    rows = X.loc[["b", "b", "c", "c"]].reset_index(drop=True)
    weight = [100 * b - 1, 101 - 100 * b, 50 * c + 1, 49 - 50 * c]
    score.fit(rows, pd.Series([1, 0, 1, 0]), weight)
    wanted = [(100 * b - 1 + 30 * b) / 130, (50 * c + 1 + 30 * c) / 80]
    np.testing.assert_allclose(score.predict_probability(X.loc[["b", "c"]]), wanted, rtol=1e-9)


def test_the_declared_line_is_shifted_to_the_level_of_the_book() -> None:
    score = ExpertScore(TWO, prior_count=1e-6)
    rows = X.loc[["b"] * 1000 + ["c"] * 10].reset_index(drop=True)
    before = score.predict_probability(X.loc[["a", "c"]])
    score.fit(rows, pd.Series([1] * 300 + [0] * 700 + [1] * 8 + [0] * 2))
    unseen, _ = score.predict_probability(X.loc[["a", "c"]])
    # Nobody had the score of a: its ten keeps the line, higher by what the book shows.
    assert unseen > 5 * before[0]
    assert unseen < 0.3


def test_the_probability_never_falls_as_the_score_rises() -> None:
    rows = X.loc[["b"] * 100 + ["c"] * 100].reset_index(drop=True)
    score = ExpertScore(TWO).fit(rows, pd.Series([1] * 90 + [0] * 10 + [1] * 5 + [0] * 95))
    found = score.predict_probability(X)
    order = np.argsort(score.score(X))
    assert (np.diff(found[order]) >= 0).all()
    # Against the declared direction both tens pool, with those between them.
    assert found[1] == found[2]


def test_many_rows_outweigh_what_was_declared() -> None:
    rows = X.loc[["a"] * 5000 + ["c"] * 5000].reset_index(drop=True)
    y = pd.Series(([1] * 1000 + [0] * 4000) + ([1] * 2000 + [0] * 3000))
    found = ExpertScore(TWO).fit(rows, y).predict_probability(X.loc[["a", "c"]])
    np.testing.assert_allclose(found, [0.2, 0.4], atol=0.01)


def test_a_score_without_a_fit_is_stored_too() -> None:
    score = ExpertScore(TWO, worst_rate=0.3)
    again = ExpertScore.from_dict(json.loads(json.dumps(score.to_dict())))
    assert again.factors == TWO
    assert repr(again) == repr(score)
    np.testing.assert_array_equal(again.predict_probability(X), score.predict_probability(X))


def test_the_columns_that_count_are_named() -> None:
    assert ExpertScore(TWO).columns == ["days", "share"]


def test_undeclared_columns_are_refused_and_missing_ones_named() -> None:
    with pytest.raises(DataError, match=r"no factor declares.*Given: \['balance'\].*X\[model.columns\]"):
        ExpertScore(TWO).score(X.assign(balance=1.0))
    with pytest.raises(DataError, match=r"X lacks columns \['share'\]"):
        ExpertScore(TWO).score(X[["days"]])


@pytest.mark.parametrize("weight", [39, 41, 39.999])
def test_weights_sum_to_a_hundred(weight) -> None:
    other = Factor("on time", "share", weight, "falling", HABIT.bands)
    with pytest.raises(UsageError, match=r"the weights do not sum to 100.*together"):
        ExpertScore((OLDEST, other))


def test_a_factor_and_a_column_stand_once() -> None:
    half = Factor("half", "days", 50, "rising", OLDEST.bands)
    for other, what in ((Factor("half", "share", 50, "falling", HABIT.bands), "factor"), (half, "factor")):
        with pytest.raises(UsageError, match=rf"ExpertScore: a {what} stands twice"):
            ExpertScore((half, other))
    with pytest.raises(UsageError, match=r"ExpertScore: a column stands twice. Given: \['days'\]"):
        ExpertScore((half, Factor("other", "days", 50, "rising", OLDEST.bands)))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"best_rate": 0.5, "worst_rate": 0.5}, "the best rate is not below the worst"),
        ({"best_rate": 0.0}, "best_rate is out of its range"),
        ({"worst_rate": 1.0}, "worst_rate is out of its range"),
        ({"prior_count": 0}, "prior_count is out of its range"),
    ],
)
def test_rates_are_probabilities_in_order(parameters, message) -> None:
    with pytest.raises(UsageError, match=f"ExpertScore: {message}"):
        ExpertScore(TWO, **parameters)
