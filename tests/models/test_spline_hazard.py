from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import horizon_log_loss, mean_log_loss
from arseg.models import KaplanMeierByTerms, SplineHazard, aalen_johansen
from arseg.schema import UsageError

TIMES = [7, 14, 30, 60, 90]


@pytest.fixture(scope="module", name="train")
def _train(draw) -> object:
    return draw(3000, seed=1)


@pytest.fixture(scope="module", name="test")
def _test(draw) -> object:
    return draw(2000, seed=99)


@pytest.fixture(scope="module", name="model")
def _model(train) -> SplineHazard:
    return SplineHazard().fit(train.X, train.y)


@pytest.fixture(scope="module", name="predicted")
def _predicted(model, test) -> np.ndarray:
    return model.predict_cumulative_incidence(test.X, TIMES)


def explained(predicted, book) -> np.ndarray:
    """R2 of the true incidence against the marginal one, per cause (science 3.5)."""
    truth = book.truth[:, :, np.array(TIMES) - 1]
    spread = ((truth - truth.mean(axis=0)) ** 2).mean(axis=(0, 2))
    return 1 - ((predicted - truth) ** 2).mean(axis=(0, 2)) / spread


def loss(incidence, book) -> float:
    y = book.y.assign(followed_days=book.followed_days)
    return mean_log_loss(horizon_log_loss(y, incidence, TIMES, horizons=TIMES))


def plain(rows, seed=0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Items of one age whose hazards are 3 % a day to be paid and 0.5 % to be written off."""
    rng = np.random.default_rng(seed)
    day = rng.geometric(0.035, rows)
    followed = rng.integers(60, 200, rows)
    event = np.where(day <= followed, rng.choice([1, 3], rows, p=[6 / 7, 1 / 7]), 0)
    key_day = rng.integers(19000, 19700, rows)
    X = pd.DataFrame({"days_past_due": -20, "terms_days": 30, "key_day": key_day})
    return X, pd.DataFrame({"event": event, "duration": np.minimum(day, followed)})


def test_the_known_truth_is_recovered(predicted, test) -> None:
    paid, credited, written_off = explained(predicted, test)
    assert paid > 0.88
    assert credited > 0.4
    assert written_off > 0.7


def test_it_beats_the_curves_by_terms(predicted, train, test) -> None:
    curves = KaplanMeierByTerms().fit(train.X, train.y).predict_cumulative_incidence(test.X, TIMES)
    assert loss(predicted, test) < loss(curves, test) - 0.02


def test_predictions_are_calibrated_in_the_large(predicted, test) -> None:
    truth = test.truth[:, :, np.array(TIMES) - 1]
    np.testing.assert_allclose(predicted.mean(axis=0), truth.mean(axis=0), atol=0.02)


def test_a_small_book_is_not_overfitted(draw, test) -> None:
    small = draw(400, seed=8)
    found = SplineHazard().fit(small.X, small.y).predict_cumulative_incidence(test.X, TIMES)
    assert explained(found, test)[0] > 0.7


def test_without_features_it_is_the_life_table() -> None:
    X, y = plain(4000)
    days = np.arange(1, 121)
    found = SplineHazard(columns=0).fit(X, y).predict_cumulative_incidence(X, days).mean(axis=0)
    np.testing.assert_allclose(found, aalen_johansen(y)[:, :120], atol=0.015)


def test_constant_hazards_are_recovered() -> None:
    """F_paid(t) = 6/7 (1 - 0.965^t)."""
    X, y = plain(4000)
    found = SplineHazard().fit(X, y).predict_cumulative_incidence(X, TIMES)[:, 0].mean(axis=0)
    np.testing.assert_allclose(found, 6 / 7 * (1 - 0.965 ** np.array(TIMES)), atol=0.02)


def test_many_features_that_tell_nothing_cost_little(train, test, predicted) -> None:
    rng = np.random.default_rng(0)
    noise = {f"noise_{n}": rng.normal(size=5000) for n in range(40)}
    left, right = (
        book.X.assign(**{name: values[part] for name, values in noise.items()})
        for book, part in ((train, slice(3000)), (test, slice(3000, 5000)))
    )
    found = SplineHazard().fit(left, train.y).predict_cumulative_incidence(right, TIMES)
    assert loss(found, test) < loss(predicted, test) + 0.01


def test_a_sample_of_the_survived_rows_gives_nearly_the_same(train, test, predicted) -> None:
    sampled = SplineHazard(row_limit=1000).fit(train.X, train.y)
    found = sampled.predict_cumulative_incidence(test.X, TIMES)
    np.testing.assert_allclose(found.mean(axis=0), predicted.mean(axis=0), atol=0.02)


def test_a_sample_of_the_items_gives_nearly_the_same(train, test, predicted) -> None:
    sampled = SplineHazard(item_limit=1200).fit(train.X, train.y)
    found = sampled.predict_cumulative_incidence(test.X, TIMES)
    np.testing.assert_allclose(found.mean(axis=0), predicted.mean(axis=0), atol=0.03)


def test_a_fit_is_the_same_for_any_order_of_rows(train) -> None:
    order = np.random.default_rng(0).permutation(600)
    left, right = (
        SplineHazard(item_limit=400, row_limit=3000).fit(train.X.iloc[rows], train.y.iloc[rows])
        for rows in (np.arange(600), order)
    )
    assert left.to_dict() == right.to_dict()


def test_a_rare_cause_keeps_its_rates(draw) -> None:
    book = draw(300, seed=4)
    rare = int((book.y["event"] == 2).sum())
    model = SplineHazard().fit(book.X, book.y)
    assert rare < 20
    assert model.lines_[2].time == ()
    assert max(model.lines_[2].rates.daily) > 0


def test_a_cause_has_no_more_features_than_a_tenth_of_its_events(model, train) -> None:
    for cause, line in model.lines_.items():
        assert len(line.places) <= (train.y["event"] == cause).sum() / 10


def test_a_cause_unseen_in_training_is_never_predicted() -> None:
    X, y = plain(500)
    found = SplineHazard().fit(X, y).predict_cumulative_incidence(X.iloc[:50], [365])
    assert found[:, 1].max() == 0


def test_a_tiny_book_is_fitted(draw, test) -> None:
    tiny = draw(25, seed=8)
    found = SplineHazard().fit(tiny.X, tiny.y).predict_cumulative_incidence(test.X, TIMES)
    assert np.isfinite(found).all()


def test_a_column_that_tells_the_outcome_does_not_stop_it(train) -> None:
    X, y = train.X.iloc[:500], train.y.iloc[:500]
    told = X.assign(told=y["event"] == 1)
    assert np.isfinite(SplineHazard().fit(told, y).predict_cumulative_incidence(told, TIMES)).all()


def test_batches_do_not_show(model, test, predicted, monkeypatch) -> None:
    monkeypatch.setattr("arseg.models.person_period._ITEMS_AT_ONCE", 700)
    found = model.predict_cumulative_incidence(test.X, TIMES)
    np.testing.assert_allclose(found, predicted, atol=1e-12)


def test_a_late_customer_is_predicted_late(model, test) -> None:
    asked = test.X.iloc[:200].assign(days_past_due=-5, cleared_count_12m=50.0)
    soon, late = (
        model.predict_cumulative_incidence(asked.assign(cleared_days_late_mean_12m=mean), [14])[:, 0]
        for mean in (1.0, 25.0)
    )
    assert (soon > late + 0.1).all()


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"columns": -1}, "columns"),
        ({"item_limit": 0}, "item_limit"),
        ({"row_limit": 0}, "row_limit"),
        ({"keep_share": 0.0}, "keep_share"),
    ],
)
def test_a_parameter_out_of_range_is_refused(parameters, named) -> None:
    with pytest.raises(UsageError, match=rf"SplineHazard are out of range: \['{named}'\]"):
        SplineHazard(**parameters)
