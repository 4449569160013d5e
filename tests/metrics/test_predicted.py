from __future__ import annotations

import numpy as np
import pytest

from arseg.metrics.predicted import Incidence
from arseg.schema import DataError

GOOD = np.full((2, 3, 2), 0.2)


def test_a_cause_and_a_day_are_found_by_name() -> None:
    values = np.arange(12).reshape(2, 3, 2) / 40
    read = Incidence.read(values, [7, 30], rows=2)
    assert read.causes == (1, 2, 3)
    assert read.at(2, 30).tolist() == [3 / 40, 9 / 40]


def test_what_has_not_left_by_any_cause_survives() -> None:
    np.testing.assert_allclose(Incidence.read(GOOD, [7, 30], rows=2).survival, 0.4)


def test_rounding_beyond_one_is_let_pass_and_clipped() -> None:
    assert Incidence.read([[[0.5 + 1e-8], [0.5]]], [7], rows=1).survival.tolist() == [[0.0]]


@pytest.mark.parametrize("shape", [(3, 3, 2), (2, 3, 1), (2, 4, 2), (2, 0, 2)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match=r"the incidence does not fit the rows and times"):
        Incidence.read(np.zeros(shape), [7, 30], rows=2)


@pytest.mark.parametrize("value", [np.nan, -0.1, 0.7])
def test_what_is_no_probability_is_refused(value: float) -> None:
    values = GOOD.copy()
    values[1, 0, 1] = value
    with pytest.raises(DataError, match=r"missing or are no probabilities. Given: 1 rows"):
        Incidence.read(values, [7, 30], rows=2)


@pytest.mark.parametrize("times", [[30, 7], [7, 7], [0, 7], [1.5, 7], []])
def test_times_that_do_not_increase_are_refused(times: list) -> None:
    with pytest.raises(DataError, match=r"times are not increasing whole days"):
        Incidence.read(GOOD, times, rows=2)


@pytest.mark.parametrize(("cause", "day"), [(1, 14), (0, 7), (4, 7)])
def test_what_was_not_predicted_is_refused(cause: int, day: int) -> None:
    with pytest.raises(DataError, match=rf"not predicted. Given: cause {cause} by day {day}"):
        Incidence.read(GOOD, [7, 30], rows=2).at(cause, day)
