from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import horizon_log_loss, mean_log_loss
from arseg.models import AcceleratedFailureTime, KaplanMeierByTerms
from arseg.models.accelerated import band_shares
from arseg.models.merged_rows import merge_rows
from arseg.schema import UsageError

TIMES = [7, 14, 30, 60, 90]


def lognormal(rows, seed=0, sigma=0.8) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Items whose log of days is normal around 3 + 0.7 x, followed for 40 to 200 days."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    days = np.ceil(np.exp(3 + 0.7 * x + sigma * rng.normal(size=rows)))
    followed = rng.integers(40, 200, rows)
    age = rng.integers(-30, 30, rows)
    X = pd.DataFrame({"days_past_due": age, "terms_days": 30, "key_day": 20000, "x": x})
    y = pd.DataFrame({"event": days <= followed, "duration": np.minimum(days, followed)})
    return X, y.astype(int)


@pytest.fixture(scope="module", name="model")
def _model() -> AcceleratedFailureTime:
    return AcceleratedFailureTime().fit(*lognormal(4000))


def test_the_truth_of_a_lognormal_book_is_recovered(model) -> None:
    """P(T <= t) = Phi((ln t - 3 - 0.7 x) / 0.8)."""
    from scipy.stats import norm

    X = lognormal(1)[0].loc[[0, 0, 0]].assign(x=[-1.0, 0.0, 1.0], days_past_due=0)
    found = model.predict_cumulative_incidence(X, TIMES)[:, 0]
    truth = norm.cdf((np.log(TIMES) - 3 - 0.7 * X[["x"]].to_numpy()) / 0.8)
    np.testing.assert_allclose(found, truth, atol=0.08)


def test_it_learns_at_all(model) -> None:
    """Science 3.3: guarded or started far off, it never does."""
    X, _ = lognormal(500, seed=5)
    found = model.predict_cumulative_incidence(X, [30])[:, 0, 0]
    assert np.corrcoef(found.argsort().argsort(), (-X["x"]).argsort().argsort())[0, 1] > 0.9


@pytest.mark.parametrize("sigma", [0.5, 1.8])
def test_the_spread_is_chosen_on_rows_held_out(sigma) -> None:
    shape = AcceleratedFailureTime().fit(*lognormal(2500, sigma=sigma)).shape_
    # A logistic of scale s spreads like a normal of 1.8 s.
    spread = shape.scale * (1.8 if shape.distribution == "logistic" else 1.0)
    assert sigma / 1.6 < spread < sigma * 1.6


def test_open_items_are_not_taken_for_paid_ones() -> None:
    """Half of the items are never paid; the other half within ten days: at 100 days 50 % are open."""
    rng = np.random.default_rng(0)
    X, _ = lognormal(1000)
    paid = np.arange(1000) % 2 == 0
    duration = np.where(paid, rng.integers(1, 11, 1000), 100)
    y = pd.DataFrame({"event": paid.astype(int), "duration": duration})
    found = AcceleratedFailureTime().fit(X.assign(x=0.0), y).predict_cumulative_incidence(X, [99])
    assert found[:, 0].mean() == pytest.approx(0.5, abs=0.12)


def test_the_shares_of_causes_are_those_of_each_band() -> None:
    """40 paid soon and 10 credited late, book 80 to 20; a band mixes in 20 rows of the book."""
    X = lognormal(50)[0]
    y = pd.DataFrame({"event": [1] * 40 + [2] * 10, "duration": [5] * 40 + [50] * 10})
    items = merge_rows(X, y, None)
    edges, shares = band_shares(np.where(items.event == 1, 0.0, 1.0), items)
    assert edges[0] == 0.0
    np.testing.assert_allclose(shares[0], [(40 + 16) / 60, 4 / 60, 0])
    np.testing.assert_allclose(shares[-1], [16 / 30, 14 / 30, 0])


def test_shares_sum_to_one() -> None:
    X, y = lognormal(400)
    y.iloc[::10, 0] = 3
    model = AcceleratedFailureTime(trees=5).fit(X, y)
    np.testing.assert_allclose(np.sum(model.shares_, axis=1), 1)


def test_late_causes_are_predicted_for_slow_items() -> None:
    X, y = lognormal(2000)
    slow = (y["duration"] > 60) & (y["event"] == 1)
    y = y.assign(event=y["event"] + 2 * slow)
    asked = X.iloc[[0, 0]].assign(x=[-2.0, 2.0])
    found = AcceleratedFailureTime().fit(X, y).predict_cumulative_incidence(asked, [365])
    written_off = found[:, 2, 0] / found.sum(axis=1)[:, 0]
    assert written_off[1] > written_off[0] + 0.2


def test_a_cause_unseen_in_training_is_never_predicted(model) -> None:
    X, _ = lognormal(50, seed=3)
    assert model.predict_cumulative_incidence(X, [365])[:, 1:].max() == 0


def test_its_horizon_log_loss_is_near_the_curves_by_terms(draw) -> None:
    """One hump for spiky books (science 3.2): worse than the curves where they have rows, not by much."""
    train, test = draw(3000, seed=1), draw(1500, seed=99)
    y = test.y.assign(followed_days=test.followed_days)
    losses = [
        mean_log_loss(
            horizon_log_loss(
                y,
                kind().fit(train.X, train.y).predict_cumulative_incidence(test.X, TIMES),
                TIMES,
                horizons=TIMES,
            )
        )
        for kind in (AcceleratedFailureTime, KaplanMeierByTerms)
    ]
    assert losses[0] < losses[1] + 0.03


@pytest.mark.parametrize("leavers", [1, 19, 25])
def test_a_tiny_book_is_fitted(leavers) -> None:
    X, y = lognormal(60)
    y = y.assign(event=(np.arange(60) < leavers).astype(int))
    found = AcceleratedFailureTime().fit(X, y).predict_cumulative_incidence(X, TIMES)
    assert np.isfinite(found).all()


def test_a_book_that_nobody_left_within_the_year_is_fitted() -> None:
    X, y = lognormal(30)
    y = y.assign(event=1, duration=400)
    found = AcceleratedFailureTime().fit(X, y).predict_cumulative_incidence(X, [365])
    assert 0 <= found[:, 0].max() <= 0.6


def test_the_booster_is_stored_as_text_that_xgboost_wrote(model) -> None:
    written = json.loads(model.to_dict()["state"]["booster"])
    assert written["learner"]["objective"]["name"] == "survival:aft"


def test_key_day_is_no_feature(model) -> None:
    X, _ = lognormal(40, seed=2)
    left, right = (model.predict_cumulative_incidence(X.assign(key_day=day), TIMES) for day in (9000, 20000))
    np.testing.assert_array_equal(left, right)


def test_a_second_fit_forgets_the_first() -> None:
    first, second = lognormal(300), lognormal(300, seed=7)
    again = AcceleratedFailureTime(trees=5).fit(*first)
    again.predict_cumulative_incidence(first[0], TIMES)
    again.fit(*second)
    fresh = AcceleratedFailureTime(trees=5).fit(*second)
    left, right = (model.predict_cumulative_incidence(first[0], TIMES) for model in (again, fresh))
    np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"trees": 0}, "trees"),
        ({"leaves": 1}, "leaves"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"jobs": 0}, "jobs"),
    ],
)
def test_a_parameter_out_of_range_is_refused(parameters, named) -> None:
    with pytest.raises(UsageError, match=rf"AcceleratedFailureTime are out of range: \['{named}'\]"):
        AcceleratedFailureTime(**parameters)
