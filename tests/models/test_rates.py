from __future__ import annotations

import numpy as np
import pytest

from arseg.models.grid import ROW_COLUMNS
from arseg.models.rates import Rates, fit_rates


def draw(count: int, seed: int = 0, **columns: object) -> np.ndarray:
    matrix = np.zeros((count, len(ROW_COLUMNS) + 1), dtype=np.float32)
    rng = np.random.default_rng(seed)
    given = {
        "interval_length": 1,
        "interval_due_age": rng.integers(-20, 60, count),
        "interval_past_habit": 0,
    } | columns
    for name, value in given.items():
        matrix[:, ROW_COLUMNS.index(name) + 1] = value
    return matrix


def test_rates_are_events_by_exposure_within_each_age() -> None:
    matrix = draw(
        20_000, interval_due_age=np.repeat([-3, 100], 10_000), interval_length=np.repeat([1, 30], 10_000)
    )
    happened = np.random.default_rng(1).random(20_000) < 0.3
    rates = fit_rates(matrix, np.ones(20_000), happened)
    found = rates.hazard(matrix)
    assert found[0] == pytest.approx(happened[:10_000].mean(), rel=0.01)
    assert -np.log1p(-found[-1]) / 30 == pytest.approx(happened[10_000:].mean() / 30, rel=0.02)


def test_a_band_that_nobody_was_followed_into_takes_the_books_rate() -> None:
    matrix = draw(5000, interval_due_age=0)
    happened = np.random.default_rng(1).random(5000) < 0.1
    rates = fit_rates(matrix, np.ones(5000), happened)
    unseen = draw(1, interval_due_age=120)
    assert rates.hazard(unseen)[0] == pytest.approx(happened.mean(), rel=0.05)


def test_the_hazard_of_an_interval_grows_with_its_length() -> None:
    matrix = draw(2, interval_due_age=5, interval_length=np.array([1, 10]))
    rates = Rates((0.1,) * 12)
    np.testing.assert_allclose(rates.hazard(matrix), [0.1, 1 - 0.9**10])


def test_a_cause_that_never_came_has_no_rate() -> None:
    matrix = draw(100)
    assert fit_rates(matrix, np.ones(100), np.zeros(100, dtype=bool)).hazard(matrix).max() == 0


def test_a_weight_of_two_is_the_row_twice() -> None:
    matrix, happened = draw(300), np.arange(300) % 7 == 0
    weight = np.where(np.arange(300) % 2, 2.0, 1.0)
    twice = np.repeat(np.arange(300), weight.astype(int))
    one = fit_rates(matrix, weight, happened).hazard(matrix)
    other = fit_rates(matrix[twice], np.ones(len(twice)), happened[twice]).hazard(matrix)
    np.testing.assert_allclose(one, other)
