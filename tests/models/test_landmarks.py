from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models.landmarks import check_fit, check_weight, feature_names, read_features
from arseg.schema import DataError


@pytest.fixture(name="X")
def _frame() -> pd.DataFrame:
    return pd.DataFrame({"days_past_due": [1, 2], "terms_days": [30, 30], "key_day": [20000, 20000]})


@pytest.mark.parametrize("weight", [[1.0], [1.0, -1.0], [1.0, np.nan], [1.0, np.inf], [0.0, 0.0]])
def test_impossible_weights_are_refused(weight) -> None:
    with pytest.raises(DataError, match="sample_weight does not fit the rows"):
        check_weight(weight, 2)


def test_features_come_in_the_order_asked(X) -> None:
    assert read_features(X, ["terms_days", "days_past_due"]).tolist() == [[30.0, 1.0], [30.0, 2.0]]


def test_nullable_columns_become_nan(X) -> None:
    limits = pd.array([5.0, None], dtype="Float64")
    assert np.isnan(read_features(X.assign(credit_limit=limits), ["credit_limit"])).tolist() == [
        [False],
        [True],
    ]


def test_all_missing_columns_are_named_at_once(X) -> None:
    with pytest.raises(DataError, match=r"X lacks columns \['balance', 'age'\]"):
        read_features(X, ["balance", "age", "key_day"])


def test_text_is_refused(X) -> None:
    with pytest.raises(DataError, match=r"columns of X are not numbers. Given: \['industry'\]"):
        read_features(X.assign(industry="food"), ["industry"])


def test_infinity_is_refused(X) -> None:
    with pytest.raises(DataError, match=r"columns of X are infinite. Given: \['balance'\]"):
        read_features(X.assign(balance=np.inf), ["key_day", "balance"])


def test_an_item_without_a_place_in_time_is_refused(X) -> None:
    with pytest.raises(DataError, match=r"partly empty. Given: \['days_past_due'\].*place the item in time"):
        read_features(X.assign(days_past_due=[np.nan, 1.0]), X.columns)


def test_a_name_that_stands_twice_is_refused(X) -> None:
    with pytest.raises(DataError, match=r"columns of X stand twice. Given: \['key_day'\]"):
        feature_names(pd.concat([X, X[["key_day"]]], axis=1))


def test_sides_of_different_length_are_refused(X) -> None:
    with pytest.raises(DataError, match=r"X and y differ in length. Given: 2 and 1 rows"):
        check_fit(X, pd.DataFrame({"event": [1], "duration": [3]}), None)
