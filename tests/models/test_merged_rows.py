from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models.merged_rows import merge_rows, sample_items, take_items
from arseg.schema import DataError


@pytest.fixture(scope="module", name="book")
def _book(draw) -> object:
    return draw(500, seed=2)


def same(left, right) -> bool:
    parts = ("features", "event", "duration", "weight", "keys")
    return all(np.array_equal(getattr(left, p), getattr(right, p), equal_nan=True) for p in parts)


def test_no_order_of_rows_shows(book) -> None:
    order = np.random.default_rng(0).permutation(500)
    weight = np.random.default_rng(1).random(500)
    left = merge_rows(book.X, book.y, weight)
    assert same(left, merge_rows(book.X.iloc[order], book.y.iloc[order], weight[order]))


def test_a_row_twice_is_one_row_of_double_weight(book) -> None:
    twice = merge_rows(pd.concat([book.X, book.X]), pd.concat([book.y, book.y]), None)
    assert same(twice, merge_rows(book.X, book.y, np.full(500, 2.0)))


def test_a_row_of_no_weight_is_no_row(book) -> None:
    weight = (np.arange(500) % 3 > 0).astype(float)
    some = merge_rows(book.X[weight > 0], book.y[weight > 0], None)
    assert same(some, merge_rows(book.X, book.y, weight))


def test_rows_of_one_feature_and_two_outcomes_stay_two() -> None:
    X = pd.DataFrame({"days_past_due": [0, 0], "terms_days": 30, "key_day": 20000})
    assert len(merge_rows(X, pd.DataFrame({"event": [1, 0], "duration": 5}), None).event) == 2
    assert len(merge_rows(X, pd.DataFrame({"event": 1, "duration": [5, 6]}), None).event) == 2


def test_missing_values_are_equal() -> None:
    X = pd.DataFrame({"days_past_due": [0, 0], "terms_days": np.nan, "key_day": 20000})
    assert merge_rows(X, pd.DataFrame({"event": [1, 1], "duration": 5}), None).weight.tolist() == [2.0]


def test_the_checks_of_the_door_are_made(book) -> None:
    with pytest.raises(DataError, match="X and y differ in length"):
        merge_rows(book.X, book.y.iloc[:-1], None)


def test_a_sample_has_about_so_many_rows_and_the_weight_of_all(draw) -> None:
    book = draw(8000, seed=6)
    items = merge_rows(book.X, book.y, None)
    few = sample_items(items, 2000, seed=0)
    assert 1850 < len(few.event) < 2150
    assert few.weight.sum() == pytest.approx(8000, rel=0.05)


def test_a_sample_keeps_every_rare_leaver(draw) -> None:
    book = draw(3000, seed=6)
    items = merge_rows(book.X, book.y, None)
    few = sample_items(items, 400, seed=0)
    for cause in (2, 3):
        assert (few.event == cause).sum() == (items.event == cause).sum()
        np.testing.assert_array_equal(few.weight[few.event == cause], 1.0)


def test_up_to_the_limit_nothing_is_left_out(book) -> None:
    items = merge_rows(book.X, book.y, None)
    assert sample_items(items, 500, seed=0) is items


def test_more_rare_leavers_than_the_limit_leave_some_of_the_others() -> None:
    X = pd.DataFrame({"days_past_due": np.arange(1000), "terms_days": 30, "key_day": 20000})
    y = pd.DataFrame({"event": np.where(np.arange(1000) < 600, 3, 1), "duration": 5})
    few = sample_items(merge_rows(X, y, None), 300, seed=0)
    assert (few.event == 3).sum() == 600
    assert 10 < (few.event == 1).sum() < 60


def test_rows_are_taken_with_all_that_they_know(book) -> None:
    items = merge_rows(book.X, book.y, None)
    kept = np.arange(len(items.event)) % 2 == 0
    np.testing.assert_array_equal(take_items(items, kept).keys, items.keys[kept])
