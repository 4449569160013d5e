from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import horizon_log_loss, mean_log_loss
from arseg.models import CustomerMeanDelay, DiscreteHazard, KaplanMeierByTerms
from arseg.models.row_order import row_keys
from arseg.schema import DataError, UsageError

TIMES = [7, 14, 30, 60, 90, 180]


@pytest.fixture(scope="module", name="train")
def _train(draw) -> object:
    return draw(6000, seed=1)


@pytest.fixture(scope="module", name="test")
def _test(draw) -> object:
    return draw(2500, seed=99)


@pytest.fixture(scope="module", name="model")
def _model(train) -> DiscreteHazard:
    return DiscreteHazard().fit(train.X, train.y)


@pytest.fixture(scope="module", name="predicted")
def _predicted(model, test) -> np.ndarray:
    return model.predict_cumulative_incidence(test.X, TIMES)


def explained(predicted, book) -> np.ndarray:
    """R2 of the true incidence against the marginal one, per cause (science 3.5)."""
    truth = book.truth[:, :, np.array(TIMES) - 1]
    spread = ((truth - truth.mean(axis=0)) ** 2).mean(axis=(0, 2))
    return 1 - ((predicted - truth) ** 2).mean(axis=(0, 2)) / spread


def test_the_known_truth_is_recovered(predicted, test) -> None:
    paid, credited, written_off = explained(predicted, test)
    assert paid > 0.9
    assert credited > 0.5
    assert written_off > 0.8


def test_it_beats_both_baselines(predicted, train, test) -> None:
    y = test.y.assign(followed_days=test.followed_days)

    def loss(incidence) -> float:
        return mean_log_loss(horizon_log_loss(y, incidence, TIMES, horizons=TIMES[:5]))

    others = [
        loss(kind().fit(train.X, train.y).predict_cumulative_incidence(test.X, TIMES))
        for kind in (KaplanMeierByTerms, CustomerMeanDelay)
    ]
    assert loss(predicted) < min(others) - 0.01


def test_predictions_are_calibrated_in_the_large(predicted, test) -> None:
    truth = test.truth[:, :, np.array(TIMES) - 1]
    np.testing.assert_allclose(predicted.mean(axis=0), truth.mean(axis=0), atol=0.02)


def test_a_sample_of_the_survived_rows_gives_nearly_the_same(draw, test) -> None:
    book = draw(20_000, seed=1)
    whole, sampled = (
        DiscreteHazard(trees=60, row_limit=n).fit(book.X, book.y).predict_cumulative_incidence(test.X, TIMES)
        for n in (10**6, 50_000)
    )
    assert (explained(sampled, test) > explained(whole, test) - [0.02, 0.1, 0.02]).all()
    np.testing.assert_allclose(sampled.mean(axis=0), whole.mean(axis=0), atol=0.02)


def test_a_sampled_book_is_cut_by_the_fine_grid_and_a_stored_model_knows(draw, test) -> None:
    book = draw(500, seed=3)
    sampled, plain = (DiscreteHazard(row_limit=n, trees=20).fit(book.X, book.y) for n in (10, 10**6))
    assert sampled.fine_
    assert not plain.fine_
    again = DiscreteHazard.from_dict(sampled.to_dict())
    found = [one.predict_cumulative_incidence(test.X[:99], TIMES) for one in (sampled, again)]
    np.testing.assert_array_equal(*found)


def test_the_sample_does_not_depend_on_the_order_of_rows(draw) -> None:
    book = draw(500, seed=3)
    order = np.random.default_rng(0).permutation(len(book.X))
    left, right = (
        DiscreteHazard(row_limit=10, trees=20).fit(book.X.iloc[rows], book.y.iloc[rows])
        for rows in (np.arange(len(order)), order)
    )
    assert left.to_dict() == right.to_dict()


def test_the_sample_depends_on_the_seed(draw) -> None:
    book = draw(500, seed=3)
    left, right = (DiscreteHazard(row_limit=10, trees=20, seed=s).fit(book.X, book.y) for s in (0, 1))
    assert left.to_dict()["state"] != right.to_dict()["state"]


def test_batches_do_not_show(model, test, predicted, monkeypatch) -> None:
    monkeypatch.setattr("arseg.models.person_period._ITEMS_AT_ONCE", 700)
    np.testing.assert_array_equal(model.predict_cumulative_incidence(test.X, TIMES), predicted)


def test_a_small_book_is_not_overfitted(draw, test) -> None:
    small = draw(400, seed=8)
    found = DiscreteHazard().fit(small.X, small.y).predict_cumulative_incidence(test.X, TIMES)
    assert explained(found, test)[0] > 0.6


def test_a_tiny_book_is_fitted(draw, test) -> None:
    tiny = draw(25, seed=8)
    found = DiscreteHazard().fit(tiny.X, tiny.y).predict_cumulative_incidence(test.X, TIMES)
    assert np.isfinite(found).all()


def test_a_feature_without_a_value_is_fitted(train) -> None:
    X = train.X.iloc[:300].assign(credit_limit=np.nan)
    assert DiscreteHazard(trees=3).fit(X, train.y.iloc[:300]).features_[-1] == "credit_limit"


def test_a_cause_unseen_in_training_is_never_predicted(train) -> None:
    y = train.y.iloc[:500].assign(event=(train.y["event"] == 1).astype(int))
    found = DiscreteHazard(trees=10).fit(train.X.iloc[:500], y)
    assert found.predict_cumulative_incidence(train.X.iloc[:50], [365])[:, 1:].max() == 0


def test_contributions_stand_per_feature_and_time(model, test) -> None:
    parts = model.contributions(test.X.iloc[:40])
    assert parts.columns.tolist() == [*test.X.columns, "time"]
    assert parts.index.equals(test.X.index[:40])
    assert np.isfinite(parts.to_numpy()).all()
    assert not parts["key_day"].any()


def test_a_slow_payer_is_named_as_such(model, test) -> None:
    asked = test.X.iloc[:200].assign(days_past_due=0, cleared_count_12m=20.0)
    slow, quick = (
        model.contributions(asked.assign(cleared_days_late_mean_12m=mean))[
            "cleared_days_late_mean_12m"
        ].mean()
        for mean in (40.0, 2.0)
    )
    assert slow < 0 < quick


def test_contributions_of_nothing_are_nothing(model, test) -> None:
    assert model.contributions(test.X.iloc[:0]).shape == (0, test.X.shape[1] + 1)


def test_contributions_refuse_a_horizon_beyond_a_year(model, test) -> None:
    with pytest.raises(DataError, match="does not extrapolate"):
        model.contributions(test.X, horizon=400)


@pytest.mark.parametrize(
    "parameters",
    [{"trees": 0}, {"leaves": 1}, {"learning_rate": 0.0}, {"keep_share": 1.5}, {"row_limit": 0}, {"jobs": 0}],
)
def test_parameters_out_of_range_are_refused(parameters) -> None:
    with pytest.raises(UsageError, match=rf"out of range: \['{next(iter(parameters))}'\]"):
        DiscreteHazard(**parameters)


def test_a_model_prints_as_it_was_written() -> None:
    assert repr(DiscreteHazard()) == "DiscreteHazard()"
    assert repr(DiscreteHazard(leaves=31, seed=2)) == "DiscreteHazard(leaves=31, seed=2)"


def test_equal_rows_hold_one_side(draw) -> None:
    book = draw(200, seed=2)
    X, y = pd.concat([book.X, book.X]), pd.concat([book.y, book.y])
    assert len(np.unique(row_keys(X.to_numpy(dtype=float)))) == len(book.X)
    assert DiscreteHazard(trees=5).fit(X, y).hazards_.keys() == {1, 2, 3}
