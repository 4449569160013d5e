from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from arseg.models.late_classifier import BoostedClassifier
from arseg.models.scorecard import Scorecard
from arseg.schema import UsageError


def by_hand(**parameters: object) -> tuple[Scorecard, pd.DataFrame, pd.Series]:
    """Fit 10 bad of 100 rows at 10 days and 40 bad of 100 at 60."""
    X = pd.DataFrame({"days": np.repeat([10.0, 60.0], 100)})
    y = pd.Series([1] * 10 + [0] * 90 + [1] * 40 + [0] * 60)
    plain = {"smoothing": 0.0, "min_events": 0.0}
    return Scorecard(**{**plain, **parameters}).fit(X, y), X, y


def test_one_feature_has_the_points_by_hand() -> None:
    card, X, _ = by_hand()
    # Odds of the book 150:50. Weights of evidence ln(9/3) and ln(1.5/3); with one feature of two bins the
    # card tells each bin's own odds: intercept ln 3, coefficient 1.
    factor = 20 / math.log(2)
    base = 600 + factor * (math.log(3) - math.log(50))
    assert base == pytest.approx(518.8, abs=0.05)
    assert factor * math.log(3) == pytest.approx(31.7, abs=0.05)
    assert factor * math.log(0.5) == pytest.approx(-20)
    assert card.points(X.iloc[[0, 100]]).tolist() == [519 + 32, 519 - 20]
    np.testing.assert_allclose(card.predict_probability(X.iloc[[0, 100]]), [0.1, 0.4], atol=1e-7)


def test_the_table_is_read_line_by_line() -> None:
    card, _, _ = by_hand()
    table = card.table()
    assert table.columns.tolist() == ["feature", "bin", "share", "bad_rate", "woe", "iv", "points"]
    assert table["feature"].tolist() == ["base", "days", "days", "days"]
    assert table["bin"].tolist() == ["every row", "up to 10", "over 10", "missing"]
    assert table["points"].tolist() == [519, 32, -20, 0]
    np.testing.assert_allclose(table["share"], [1, 0.5, 0.5, 0])
    np.testing.assert_allclose(table["bad_rate"], [0.25, 0.1, 0.4, np.nan])
    np.testing.assert_allclose(table["woe"], [0, math.log(3), -math.log(2), 0], atol=1e-7)
    # Shares of good 0.6 and 0.4, of bad 0.2 and 0.8.
    np.testing.assert_allclose(table["iv"], [0, 0.4 * math.log(3), 0.4 * math.log(2), 0], atol=1e-7)


def test_twice_the_odds_are_twenty_points_more() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=3000), "z": rng.normal(size=3000)})
    y = pd.Series((rng.random(3000) < 1 / (1 + np.exp(1 - X["x"] + X["z"]))).astype(int))
    card = Scorecard().fit(X, y)
    p = card.predict_probability(X)
    exact = 600 + 20 * np.log2((1 - p) / p / 50)
    # Each of the three lines is rounded to a whole point.
    assert np.abs(card.points(X) - exact).max() <= 1.5
    other = Scorecard(base_points=0, base_odds=1, double_odds=100).fit(X, y)
    np.testing.assert_array_equal(other.predict_probability(X), p)
    assert np.abs(other.points(X) - 100 * np.log2((1 - p) / p)).max() <= 1.5


def test_a_row_is_explained_by_points_that_add_up() -> None:
    rng = np.random.default_rng(5)
    X = pd.DataFrame({"x": rng.normal(size=2000), "z": rng.gamma(2, 1, 2000), "name": 0.0})
    y = pd.Series((rng.random(2000) < 1 / (1 + np.exp(2 - X["x"] - X["z"] / 2))).astype(int))
    X.loc[7, "z"] = np.nan
    card = Scorecard().fit(X, y)
    for place in (0, 7, 19):
        told = card.explain(X.iloc[place])
        assert told.index[0] == "base"
        assert set(told.index[1:]) == {"x", "z"}
        assert told.iloc[1:].is_monotonic_increasing
        assert told.sum() == card.points(X.iloc[[place]])[0]


def test_a_row_may_carry_text_beside_its_features() -> None:
    card, X, _ = by_hand()
    row = pd.Series({"customer_id": "c1", "days": 60.0})
    assert card.explain(row).to_dict() == {"base": 519, "days": -20}
    assert card.points(X.assign(customer_id="c1").iloc[[100]]).tolist() == [499]


def test_a_feature_that_says_nothing_stays_off_the_card() -> None:
    card, _, _ = by_hand(min_iv=2.0)
    assert card.table()["feature"].tolist() == ["base"]
    assert card.points(pd.DataFrame({"other": [1.0, 2.0]})).tolist() == [519, 519]
    np.testing.assert_allclose(card.predict_probability(pd.DataFrame({"other": [1.0]})), 0.25)


def test_of_two_alike_the_stronger_stays() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=2000)
    X = pd.DataFrame({"blurred": x + rng.normal(0, 0.4, 2000), "clear": x})
    y = pd.Series((rng.random(2000) < 1 / (1 + np.exp(1 - 2 * x))).astype(int))
    assert Scorecard().fit(X, y).table()["feature"].unique().tolist() == ["base", "clear"]


def test_a_card_has_at_most_the_features_asked_for_the_strongest_first() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(3000, 4)), columns=list("abcd"))
    odds = -1 + X @ [0.4, 1.2, 0.8, 0.6]
    y = pd.Series((rng.random(3000) < 1 / (1 + np.exp(-odds))).astype(int))
    assert Scorecard(max_features=2).fit(X, y).table()["feature"].unique().tolist() == ["base", "b", "c"]


def test_a_declared_direction_is_kept_against_the_data() -> None:
    card, X, _ = by_hand(monotone={"days": -1})
    # More days may only be safer: the rows say the contrary, so that nothing is left to say.
    assert card.table()["feature"].tolist() == ["base"]
    right, _, _ = by_hand(monotone={"days": 1})
    np.testing.assert_allclose(right.predict_probability(X)[[0, 100]], [0.1, 0.4], atol=1e-7)


def test_points_never_rise_along_a_risk_that_rises() -> None:
    rng = np.random.default_rng(2)
    X = pd.DataFrame({"days": rng.integers(-30, 200, 3000).astype(float), "other": rng.normal(size=3000)})
    y = pd.Series((rng.random(3000) < 1 / (1 + np.exp(2 - X["days"] / 60))).astype(int))
    card = Scorecard().fit(X, y)
    walk = pd.DataFrame({"days": np.arange(-60.0, 400), "other": 0.0})
    assert (np.diff(card.points(walk)) <= 0).all()
    assert np.ptp(card.points(walk)) > 40


def test_the_card_ranks_as_well_as_the_booster() -> None:
    def draw(rows, seed) -> tuple[pd.DataFrame, pd.Series]:
        rng = np.random.default_rng(seed)
        X = pd.DataFrame(
            {
                "oldest_days_past_due": rng.integers(-30, 120, rows).astype(float),
                "on_time_share": rng.beta(4, 2, rows),
                "balance": rng.lognormal(8, 1, rows),
                "promises": rng.integers(0, 5, rows).astype(float),
                "noise": rng.normal(size=rows),
            }
        )
        odds = -1.5 + X["oldest_days_past_due"] / 40 - 4 * (X["on_time_share"] - 0.6) + 0.3 * X["promises"]
        y = pd.Series((rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int))
        return X.mask(rng.random(X.shape) < 0.05), y

    X, y = draw(4000, 0)
    unseen, truth = draw(20_000, 1)
    card, booster = (
        roc_auc_score(truth, kind().fit(X, y).predict_probability(unseen))
        for kind in (Scorecard, BoostedClassifier)
    )
    assert card > 0.75
    assert abs(card - booster) < 0.02


def test_a_card_survives_its_dictionary_to_the_last_point() -> None:
    card, X, _ = by_hand(double_odds=30.0)
    again = Scorecard.from_dict(json.loads(json.dumps(card.to_dict())))
    pd.testing.assert_frame_equal(again.table(), card.table())
    np.testing.assert_array_equal(again.points(X), card.points(X))
    assert repr(again) == "Scorecard(min_events=0.0, smoothing=0.0, double_odds=30.0)"


@pytest.mark.parametrize("asked", ["points", "table", "explain"])
def test_an_unfitted_card_says_so(asked) -> None:
    row = pd.DataFrame({"days": [1.0]})
    arguments = {"points": (row,), "table": (), "explain": (row.iloc[0],)}[asked]
    with pytest.raises(UsageError, match=r"Scorecard\(\) is not fitted"):
        getattr(Scorecard(), asked)(*arguments)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("prebins", 1), ("min_share", 0.6), ("smoothing", -1), ("base_odds", 0), ("max_bins", 1)],
)
def test_a_parameter_out_of_its_range_is_refused(parameter, value) -> None:
    with pytest.raises(UsageError, match=f"Scorecard: {parameter} is out of its range"):
        Scorecard(**{parameter: value})
