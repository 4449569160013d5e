from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info

from arseg.models import DiscreteHazard
from arseg.models.threads import threads
from arseg.side_by_side import side_by_side


def _openmp() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "openmp"}


def _blas() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


@pytest.fixture(name="boosters", autouse=True)
def _boosters() -> None:
    import xgboost

    assert xgboost.__version__


def test_who_asks_for_two_gets_two_though_the_environment_says_one_and_afterwards_it_says_one_again() -> None:
    before, algebra = _openmp(), _blas()
    assert before == {1}
    with threads(2):
        assert _openmp() == {2}
        assert _blas() == algebra
    assert _openmp() == before


def test_who_asks_for_one_changes_nothing() -> None:
    with threads(2), threads(1):
        assert _openmp() == {2}


def test_beside_other_work_nobody_gets_more_than_the_environment_says() -> None:
    def asked(_: int) -> set[int]:
        with threads(2):
            return _openmp()

    assert list(side_by_side(asked, range(3))) == [{1}, {1}, {1}]


def test_a_fit_that_fails_leaves_the_threads_as_they_were() -> None:
    with pytest.raises(ZeroDivisionError), threads(2):
        _ = 1 / 0
    assert _openmp() == {1}


def test_a_model_says_the_same_whatever_threads_it_was_taught_and_asked_with() -> None:
    rng = np.random.default_rng(5)
    rows = 4000
    X = pd.DataFrame(rng.normal(size=(rows, 6)), columns=list("abcdef")).assign(
        terms_days=30.0,
        days_past_due=rng.integers(-30, 90, rows).astype("float64"),
        key_day=rng.choice([20000.0, 20031.0, 20061.0], rows),
    )
    y = pd.DataFrame({"event": rng.choice([0, 1, 1, 2, 3], rows), "duration": rng.integers(1, 120, rows)})
    one, two = (DiscreteHazard(trees=20, jobs=jobs).fit(X, y) for jobs in (1, 2))
    said = [model.predict_cumulative_incidence(X, [7, 90]) for model in (one, two)]
    np.testing.assert_array_equal(*said)
