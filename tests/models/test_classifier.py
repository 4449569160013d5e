from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from arseg.models.classifier import (
    Classifier,
    admit,
    all_classifiers,
    check_labels,
    check_monotone,
    check_number,
    make_classifier,
)
from arseg.models.expert_bands import PUBLISHED_FACTORS
from arseg.schema import DataError, UsageError

COLUMNS = [factor.column for factor in PUBLISHED_FACTORS]
# What is declared answers without a fit and takes no column that is not declared.
DECLARED = {"ExpertScore"}


@dataclass(frozen=True)
class Customers:
    X: pd.DataFrame
    y: pd.Series


def draw_customers(rows, seed=0) -> Customers:
    """Draw customers whose risk rises along five features, one of them often unknown."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "on_time_share": rng.beta(4, 2, rows).round(2),
            "credit_score_change": rng.normal(0, 15, rows).round(),
            "credit_utilisation": rng.gamma(2, 0.3, rows).round(2),
            "industry_late_rate": rng.uniform(0.1, 0.7, rows).round(2),
            "account_age_days": rng.integers(10, 4000, rows).astype(float),
        },
        index=[f"c{row:06}" for row in range(rows)],
    )
    odds = 1.5 - 5 * X["on_time_share"] + 1.2 * X["credit_utilisation"] - 0.02 * X["credit_score_change"]
    y = pd.Series((rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int), index=X.index)
    return Customers(X.mask(rng.random(X.shape) < 0.1), y)


@pytest.fixture(scope="module", name="book")
def _book() -> Customers:
    return draw_customers(1500)


@pytest.fixture(scope="module", params=all_classifiers(), ids=lambda kind: kind.__name__)
def kind(request) -> type[Classifier]:
    return request.param


@pytest.fixture(scope="module", name="fitted")
def _fitted(kind, book) -> Classifier:
    return kind().fit(book.X, book.y)


@pytest.fixture(scope="module", name="predicted")
def _predicted(fitted, book) -> np.ndarray:
    return fitted.predict_probability(book.X)


def test_every_classifier_keeps_the_protocol(fitted) -> None:
    assert isinstance(fitted, Classifier)


def test_a_row_has_one_probability(predicted, book) -> None:
    assert predicted.shape == (len(book.X),)
    assert predicted.dtype == np.float64
    assert 0 <= predicted.min() <= predicted.max() <= 1


def test_the_mean_probability_is_the_share_of_bad_rows(fitted, predicted, book) -> None:
    # A declared score is drawn towards what was declared.
    near = 0.03 if type(fitted).__name__ in DECLARED else 0.01
    assert predicted.mean() == pytest.approx(book.y.mean(), abs=near)


def test_bad_rows_are_told_from_good_ones(predicted, book) -> None:
    assert predicted[book.y == 1].mean() > predicted[book.y == 0].mean() + 0.05


def test_a_row_is_predicted_the_same_alone_and_among_others(fitted, predicted, book) -> None:
    np.testing.assert_allclose(fitted.predict_probability(book.X.iloc[[17]]), predicted[17], atol=1e-9)


def test_no_row_gives_no_prediction(fitted, book) -> None:
    assert fitted.predict_probability(book.X.iloc[:0]).shape == (0,)


def test_the_order_of_rows_does_not_matter(kind, predicted, book) -> None:
    order = np.random.default_rng(0).permutation(len(book.X))
    other = kind().fit(book.X.iloc[order], book.y.iloc[order])
    np.testing.assert_allclose(other.predict_probability(book.X), predicted, atol=1e-9)


def test_the_order_of_rows_does_not_matter_under_uneven_weights(kind, book) -> None:
    weight = np.random.default_rng(1).random(len(book.X))
    order = np.random.default_rng(0).permutation(len(book.X))
    one = kind().fit(book.X, book.y, weight)
    other = kind().fit(book.X.iloc[order], book.y.iloc[order], weight[order])
    np.testing.assert_allclose(one.predict_probability(book.X), other.predict_probability(book.X), atol=1e-6)


def test_the_order_of_columns_at_prediction_does_not_matter(fitted, predicted, book) -> None:
    np.testing.assert_array_equal(fitted.predict_probability(book.X[book.X.columns[::-1]]), predicted)


def test_an_unknown_column_at_prediction_changes_nothing_or_is_refused(fitted, predicted, book) -> None:
    wider = book.X.assign(unknown=1.0)
    if type(fitted).__name__ in DECLARED:
        with pytest.raises(DataError, match=r"columns that no factor declares.*\['unknown'\]"):
            fitted.predict_probability(wider)
    else:
        np.testing.assert_array_equal(fitted.predict_probability(wider), predicted)


def test_rows_twice_are_rows_of_double_weight(kind, book) -> None:
    weighted = kind().fit(book.X, book.y, np.full(len(book.X), 2.0))
    twice = kind().fit(pd.concat([book.X, book.X]), pd.concat([book.y, book.y]))
    np.testing.assert_allclose(
        weighted.predict_probability(book.X), twice.predict_probability(book.X), atol=1e-9
    )


def test_some_rows_thrice_are_rows_of_triple_weight(kind, book) -> None:
    weight = 1.0 + 2.0 * (np.arange(len(book.X)) % 4 == 0)
    repeated = book.X.index.repeat(weight.astype(int))
    weighted = kind().fit(book.X, book.y, weight)
    told = kind().fit(book.X.loc[repeated], book.y.loc[repeated])
    np.testing.assert_allclose(
        weighted.predict_probability(book.X), told.predict_probability(book.X), atol=1e-9
    )


def test_rows_of_no_weight_are_no_rows(kind, book) -> None:
    weight = (np.arange(len(book.X)) % 3 > 0).astype(float)
    few = kind().fit(book.X[weight > 0], book.y[weight > 0])
    all_rows = kind().fit(book.X, book.y, weight)
    np.testing.assert_allclose(
        few.predict_probability(book.X), all_rows.predict_probability(book.X), atol=1e-9
    )


def test_booleans_are_ones_and_zeros(kind, predicted, book) -> None:
    told = kind().fit(book.X, book.y.astype(bool))
    np.testing.assert_array_equal(told.predict_probability(book.X), predicted)


def test_a_refit_gives_the_same_bytes(kind, fitted, book) -> None:
    assert json.dumps(kind().fit(book.X, book.y).to_dict()) == json.dumps(fitted.to_dict())


def test_a_fit_leaves_its_rows_as_they_were(kind, book) -> None:
    X, y = book.X.copy(), book.y.copy()
    kind().fit(X, y)
    pd.testing.assert_frame_equal(X, book.X)
    pd.testing.assert_series_equal(y, book.y)


def test_a_classifier_survives_its_dictionary(kind, fitted, predicted, book) -> None:
    again = kind.from_dict(json.loads(json.dumps(fitted.to_dict(), allow_nan=False)))
    assert repr(again) == repr(fitted)
    np.testing.assert_array_equal(again.predict_probability(book.X), predicted)
    assert json.dumps(again.to_dict()) == json.dumps(fitted.to_dict())


def test_missing_features_are_predicted(fitted, book) -> None:
    assert np.isfinite(fitted.predict_probability(book.X.assign(**dict.fromkeys(COLUMNS, np.nan)))).all()


def test_features_far_from_the_learnt_ones_are_predicted(fitted, book) -> None:
    assert np.isfinite(fitted.predict_probability(book.X * 1e6)).all()


def test_a_column_that_is_nowhere_known_can_be_learnt_from(kind, book) -> None:
    X = book.X.assign(industry_late_rate=np.nan)
    assert np.isfinite(kind().fit(X, book.y).predict_probability(X)).all()


def test_a_missing_label_is_refused(kind, book) -> None:
    y = book.y.astype(float)
    y.iloc[3] = np.nan
    with pytest.raises(DataError, match=r"y has missing values. Given: 1 rows"):
        kind().fit(book.X, y)


@pytest.mark.parametrize("label", [0, 1])
def test_a_single_label_is_refused_with_the_reason(kind, book, label) -> None:
    with pytest.raises(DataError, match="only one label, and from one label nothing can be told apart"):
        kind().fit(book.X, book.y * 0 + label)


def test_a_label_without_weight_is_no_label(kind, book) -> None:
    with pytest.raises(DataError, match="y has only one label"):
        kind().fit(book.X, book.y, (book.y == 0).astype(float))


def test_rows_that_do_not_match_their_labels_are_refused(kind, book) -> None:
    with pytest.raises(DataError, match="X and y are not the same rows"):
        kind().fit(book.X, book.y.iloc[:-1])
    with pytest.raises(DataError, match="X and y are not the same rows"):
        kind().fit(book.X, book.y.iloc[::-1])


def test_a_missing_column_is_named(kind, book) -> None:
    model = kind(**({} if kind.__name__ in DECLARED else {"monotone": {"on_time_share": -1}}))
    with pytest.raises(DataError, match=r"X lacks columns \['on_time_share'\]"):
        model.fit(book.X.drop(columns="on_time_share"), book.y)


def test_text_and_infinite_features_are_refused(kind, book) -> None:
    with pytest.raises(DataError, match=r"columns of X are not numbers. Given: \['on_time_share'\]"):
        kind().fit(book.X.assign(on_time_share="high"), book.y)
    with pytest.raises(DataError, match=r"columns of X are infinite. Given: \['on_time_share'\]"):
        kind().fit(book.X.assign(on_time_share=np.inf), book.y)


def test_an_unfitted_classifier_says_so_unless_it_is_declared(kind, book) -> None:
    if kind.__name__ in DECLARED:
        assert np.isfinite(kind().predict_probability(book.X)).all()
        return
    for asked in (lambda: kind().predict_probability(book.X), lambda: kind().to_dict()):
        with pytest.raises(UsageError, match=rf"{kind.__name__}\(\) is not fitted"):
            asked()


def test_a_dictionary_of_another_model_is_refused(kind, fitted) -> None:
    with pytest.raises(DataError, match="the stored model is of another kind"):
        kind.from_dict(fitted.to_dict() | {"model": "Oracle"})


def test_a_stored_parameter_that_is_unknown_is_refused(kind, fitted) -> None:
    with pytest.raises(UsageError, match=f"there is no parameter of {kind.__name__} of that name"):
        kind.from_dict(fitted.to_dict() | {"parameters": {"depth": 3}})


@pytest.mark.parametrize("labels", [[0, 2], [0.5, 1], ["yes", "no"], [-1, 1]])
def test_a_label_is_zero_or_one(labels) -> None:
    with pytest.raises(DataError, match="y is not made of 0 and 1"):
        check_labels(pd.Series(labels))


def test_a_column_that_stands_twice_is_refused() -> None:
    X = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], columns=["a", "a"])
    with pytest.raises(DataError, match=r"columns of X stand twice. Given: \['a'\]"):
        admit(X, pd.Series([0, 1]), None)


@pytest.mark.parametrize("way", [0, 2, True, "up"])
def test_a_direction_is_one_or_minus_one(way) -> None:
    with pytest.raises(UsageError, match="Scorecard: a direction is unknown"):
        check_monotone({"a": way}, model="Scorecard")


@pytest.mark.parametrize("value", [-1, 2, float("nan"), "1", True, None])
def test_a_number_out_of_its_range_is_refused(value) -> None:
    with pytest.raises(UsageError, match=r"share is out of its range.*a number from 0 to 1"):
        check_number(value, name="share", low=0, high=1)


def test_a_classifier_is_made_as_it_is_declared() -> None:
    made = make_classifier("BoostedClassifier", {"trees": 40, "group": "customer_id"})
    assert repr(made) == "BoostedClassifier(trees=40, group='customer_id')"


def test_unknown_names_are_met_with_the_near_ones() -> None:
    with pytest.raises(UsageError, match=r"no classifier of that name.*write 'Scorecard'"):
        make_classifier("ScoreCard", {})
    with pytest.raises(UsageError, match=r"no parameter of Scorecard of that name.*write 'min_iv'"):
        make_classifier("Scorecard", {"min_vi": 1})
    with pytest.raises(UsageError, match="no parameter of Scorecard of that name"):
        make_classifier("Scorecard", {"lines_": ()})
