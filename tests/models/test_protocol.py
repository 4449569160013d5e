from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from arseg.models import (
    TimeToPayment,
    all_models,
    check_target,
    check_times,
    load_model,
    make_model,
    save_model,
)
from arseg.schema import CAUSES, DataError, UsageError

TIMES = [1, 7, 30, 45, 90, 365]
CLOCKS = ["days_past_due", "terms_days", "key_day"]


@pytest.fixture(scope="module", name="book")
def _book(draw) -> object:
    return draw(600, seed=5)


@pytest.fixture(scope="module", params=all_models(), ids=lambda kind: kind.__name__)
def kind(request) -> type[TimeToPayment]:
    return request.param


@pytest.fixture(scope="module", name="fitted")
def _fitted(kind, book) -> TimeToPayment:
    return kind().fit(book.X, book.y)


@pytest.fixture(scope="module", name="predicted")
def _predicted(fitted, book) -> np.ndarray:
    return fitted.predict_cumulative_incidence(book.X, TIMES)


def test_every_model_keeps_the_protocol(fitted) -> None:
    assert isinstance(fitted, TimeToPayment)
    assert fitted.causes_ == CAUSES


def test_incidence_has_one_value_per_row_cause_and_time(predicted, book) -> None:
    assert predicted.shape == (len(book.X), 3, len(TIMES))


def test_incidence_never_falls_in_time(predicted) -> None:
    assert (np.diff(predicted, axis=2) >= 0).all()


def test_incidence_is_a_probability(predicted) -> None:
    assert predicted.min() >= 0
    assert predicted.max() <= 1


def test_causes_sum_to_at_most_one(predicted) -> None:
    assert predicted.sum(axis=1).max() <= 1 + 1e-12


def test_incidence_of_a_day_does_not_depend_on_the_other_days_asked(fitted, predicted, book) -> None:
    alone = fitted.predict_cumulative_incidence(book.X, [30])
    np.testing.assert_allclose(alone[:, :, 0], predicted[:, :, TIMES.index(30)], atol=1e-12)


def test_a_row_is_predicted_the_same_alone_and_among_others(fitted, predicted, book) -> None:
    alone = fitted.predict_cumulative_incidence(book.X.iloc[[17]], TIMES)
    np.testing.assert_allclose(alone[0], predicted[17], atol=1e-9)


def test_no_row_gives_no_prediction(fitted, book) -> None:
    assert fitted.predict_cumulative_incidence(book.X.iloc[:0], TIMES).shape == (0, 3, len(TIMES))


def test_the_order_of_rows_does_not_matter(kind, predicted, book) -> None:
    order = np.random.default_rng(0).permutation(len(book.X))
    other = kind().fit(book.X.iloc[order], book.y.iloc[order])
    np.testing.assert_allclose(other.predict_cumulative_incidence(book.X, TIMES), predicted, atol=1e-6)


def test_the_order_of_columns_at_prediction_does_not_matter(fitted, predicted, book) -> None:
    turned = book.X[book.X.columns[::-1]].assign(unknown=1.0)
    np.testing.assert_array_equal(fitted.predict_cumulative_incidence(turned, TIMES), predicted)


def test_rows_twice_are_rows_of_double_weight(kind, book) -> None:
    weighted = kind().fit(book.X, book.y, np.full(len(book.X), 2.0))
    twice = kind().fit(pd.concat([book.X, book.X]), pd.concat([book.y, book.y]))
    left, right = (m.predict_cumulative_incidence(book.X, TIMES) for m in (weighted, twice))
    np.testing.assert_allclose(left, right, atol=2e-3 if kind.__name__ == "DiscreteHazard" else 1e-9)


def test_rows_of_no_weight_are_no_rows(kind, book) -> None:
    weight = (np.arange(len(book.X)) % 3 > 0).astype(float)
    few = kind().fit(book.X[weight > 0], book.y[weight > 0]).predict_cumulative_incidence(book.X, TIMES)
    all_rows = kind().fit(book.X, book.y, weight).predict_cumulative_incidence(book.X, TIMES)
    np.testing.assert_allclose(few, all_rows, atol=2e-3 if kind.__name__ == "DiscreteHazard" else 1e-9)


def test_a_refit_gives_the_same_bytes(kind, fitted, book) -> None:
    assert json.dumps(kind().fit(book.X, book.y).to_dict()) == json.dumps(fitted.to_dict())


def test_a_model_survives_its_dictionary(kind, fitted, predicted, book) -> None:
    again = kind.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert repr(again) == repr(fitted)
    np.testing.assert_array_equal(again.predict_cumulative_incidence(book.X, TIMES), predicted)
    assert again.to_dict() == fitted.to_dict()


def test_a_model_survives_its_folder(fitted, predicted, book, tmp_path) -> None:
    save_model(fitted, tmp_path)
    np.testing.assert_array_equal(load_model(tmp_path).predict_cumulative_incidence(book.X, TIMES), predicted)


def test_the_clocks_alone_suffice(kind, book) -> None:
    found = kind().fit(book.X[CLOCKS], book.y).predict_cumulative_incidence(book.X[CLOCKS], TIMES)
    assert np.isfinite(found).all()


def test_missing_features_are_predicted(fitted, book) -> None:
    empty = book.X.assign(cleared_days_late_mean_12m=np.nan, terms_days=np.nan)
    assert np.isfinite(fitted.predict_cumulative_incidence(empty, TIMES)).all()


def test_items_far_from_their_due_date_are_predicted(fitted, book) -> None:
    far = book.X.iloc[:3].assign(days_past_due=[-400, 900, 4000])
    assert np.isfinite(fitted.predict_cumulative_incidence(far, TIMES)).all()


@pytest.mark.parametrize("column", ["event", "duration"])
def test_a_missing_target_is_refused(kind, book, column) -> None:
    y = book.y.astype(float)
    y.iloc[3, y.columns.get_loc(column)] = np.nan
    with pytest.raises(DataError, match=r"y has missing values. Given: 1 rows"):
        kind().fit(book.X, y)


def test_a_missing_column_is_named(fitted, book) -> None:
    with pytest.raises(DataError, match=r"X lacks columns \['days_past_due'\]"):
        fitted.predict_cumulative_incidence(book.X.drop(columns="days_past_due"), TIMES)


def test_the_missing_clocks_are_named_at_the_fit(kind, book) -> None:
    with pytest.raises(DataError, match=r"X lacks columns \['terms_days', 'key_day'\]"):
        kind().fit(book.X.drop(columns=["terms_days", "key_day"]), book.y)


def test_an_unfitted_model_says_so(kind, book) -> None:
    with pytest.raises(UsageError, match=rf"{kind.__name__}\(\) is not fitted"):
        kind().predict_cumulative_incidence(book.X, TIMES)


def test_an_unfitted_model_is_not_stored(kind, tmp_path) -> None:
    with pytest.raises(UsageError, match=rf"{kind.__name__}\(\) is not fitted"):
        save_model(kind(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_model_refuses_to_extrapolate(fitted, book) -> None:
    with pytest.raises(DataError, match=r"a model does not extrapolate. Given: 366 days"):
        fitted.predict_cumulative_incidence(book.X, [30, 366])


def test_a_dictionary_of_another_model_is_refused(kind, fitted) -> None:
    with pytest.raises(DataError, match="the stored model is of another kind"):
        kind.from_dict(fitted.to_dict() | {"model": "Oracle"})


@pytest.mark.parametrize("times", [[], [0], [30, 30], [30, 7], [7.5], [[7]], ["7"], [True]])
def test_times_are_increasing_whole_days(times) -> None:
    with pytest.raises(DataError, match="times are not increasing whole days"):
        check_times(times)


def test_a_year_is_within_reach() -> None:
    assert check_times(np.array([1, 365], dtype=np.int16)).tolist() == [1, 365]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ({"event": [1]}, "exactly the columns"),
        ({"event": [1], "duration": [2], "followed_days": [9]}, "exactly the columns"),
        ({"event": [4], "duration": [2]}, "unknown event"),
        ({"event": [-1], "duration": [2]}, "unknown event"),
        ({"event": [1], "duration": [0]}, "below one day"),
        ({"event": [1], "duration": [1.5]}, "duration is not whole"),
        ({"event": [0, 0], "duration": [5, 6]}, "no item left the book"),
        ({"event": [], "duration": []}, "no item left the book"),
    ],
)
def test_an_impossible_target_is_refused(y, message) -> None:
    with pytest.raises(DataError, match=message):
        check_target(pd.DataFrame(y))


def test_a_model_is_made_as_it_is_declared() -> None:
    assert repr(make_model("DiscreteHazard", {"trees": 40, "seed": 3})) == "DiscreteHazard(trees=40, seed=3)"


def test_an_unknown_model_names_the_near_one() -> None:
    with pytest.raises(UsageError, match=r"no model of that name.*write 'DiscreteHazard'"):
        make_model("DiscreteHazards", {})


def test_an_unknown_parameter_names_the_near_one() -> None:
    with pytest.raises(UsageError, match=r"no parameter of DiscreteHazard of that name.*write 'trees'"):
        make_model("DiscreteHazard", {"tree": 40})


def test_a_fitted_attribute_is_no_parameter() -> None:
    with pytest.raises(UsageError, match="no parameter of KaplanMeierByTerms"):
        make_model("KaplanMeierByTerms", {"curves_": None})
