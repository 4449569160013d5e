from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.models.leaving_time import Shape, has_left, median_time
from arseg.models.merged_rows import merge_rows


def items(event, duration, weight=None) -> object:
    X = pd.DataFrame({"days_past_due": 0, "terms_days": 30, "key_day": 20000, "n": range(len(event))})
    return merge_rows(X, pd.DataFrame({"event": event, "duration": duration}), weight)


def test_half_have_left_at_the_predicted_day() -> None:
    for distribution in ("normal", "logistic"):
        assert Shape(distribution, 0.7).left_by(np.log([20.0]), 20) == pytest.approx(0.5)


def test_the_normal_shape_is_lognormal_in_days() -> None:
    """One sigma above the predicted log of days: Phi(1) = 0.8413."""
    assert Shape("normal", 0.5).left_by(np.array([3.0]), np.exp(3.5)) == pytest.approx(0.8413, abs=1e-4)


def test_the_logistic_shape_is_loglogistic_in_days() -> None:
    """One scale above: e / (1 + e)."""
    assert Shape("logistic", 0.5).left_by(np.array([3.0]), np.exp(3.5)) == pytest.approx(0.7311, abs=1e-4)


def test_nobody_has_left_on_day_0() -> None:
    assert Shape("normal", 0.5).left_by(np.array([3.0]), 0) == 0


def test_the_loss_is_that_of_the_day_or_of_being_open() -> None:
    shape, line = Shape("logistic", 1.0), np.log([10.0, 10.0])
    book = items([1, 0], [4, 20])
    ordered = np.argsort(book.duration)
    day, open_ = 4 / 14 - 3 / 13, 1 - 20 / 30
    assert ordered.size == 2
    assert shape.loss(line, book) == pytest.approx(-(np.log(day) + np.log(open_)) / 2)


def test_the_loss_weighs_its_rows() -> None:
    shape = Shape("normal", 1.0)
    heavy, single = items([1, 0], [4, 20], [1.0, 1e-9]), items([1], [4])
    assert shape.loss(np.full(2, 2.0), heavy) == pytest.approx(shape.loss(np.full(1, 2.0), single), abs=1e-6)


def test_the_median_counts_weights_and_leavers_only() -> None:
    assert median_time(items([1, 1, 1, 0], [3, 10, 30, 200])) == 10
    assert median_time(items([1, 1, 1, 0], [3, 10, 30, 200], [1, 1, 5, 9])) == 30


def test_a_book_without_leavers_has_the_median_of_all() -> None:
    assert median_time(items([1, 1, 1], [400, 500, 600])) == 500


def test_beyond_a_year_is_still_open() -> None:
    assert sorted(has_left(items([1, 1, 0], [365, 366, 20])).tolist()) == [False, False, True]
