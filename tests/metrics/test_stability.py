from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.metrics import migration_matrix, population_stability_index
from arseg.schema import DataError


def test_the_index_equals_the_sum_by_hand() -> None:
    reference, current = np.repeat([1, 2], [50, 50]), np.repeat([1, 2], [80, 20])
    wanted = 0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5)
    assert population_stability_index(reference, current, bins=2) == pytest.approx(wanted)


def test_the_index_of_one_distribution_is_small_and_of_a_shift_large() -> None:
    rng = np.random.default_rng(0)
    reference = rng.normal(size=5000)
    assert population_stability_index(reference, rng.normal(size=5000)) < 0.01
    assert population_stability_index(reference, rng.normal(1, 1, size=5000)) > 0.25


def test_the_index_does_not_depend_on_a_monotone_scale() -> None:
    rng = np.random.default_rng(1)
    reference, current = rng.normal(size=1000), rng.normal(0.3, 1, size=800)
    left = population_stability_index(reference, current)
    assert population_stability_index(np.exp(reference), np.exp(current)) == pytest.approx(left, abs=0.01)


def test_an_empty_bin_stays_finite_and_missing_values_are_left_out() -> None:
    found = population_stability_index([1, 2, 3, 4, np.nan], [9, 9, np.nan])
    assert found > 1
    assert np.isfinite(found)


def test_a_side_without_values_is_refused() -> None:
    with pytest.raises(DataError, match="a side is empty"):
        population_stability_index([1, 2], [np.nan])


def test_migration_counts_the_customers_of_both_dates() -> None:
    before = pd.Series({"a": "High", "b": "High", "c": "Low", "gone": "Low"})
    after = pd.Series({"c": "Low", "b": "Medium", "a": "High", "new": "High"})
    found = migration_matrix(before, after)
    assert found.index.tolist() == found.columns.tolist() == ["High", "Medium", "Low"]
    assert found.loc["High"].tolist() == [0.5, 0.5, 0.0]
    assert found.loc["Low"].tolist() == [0.0, 0.0, 1.0]
    assert found.loc["Medium"].isna().all()


def test_other_names_follow_the_segments() -> None:
    before = pd.Series({"a": "Watch", "b": "Low"})
    found = migration_matrix(before, pd.Series({"a": "Low", "b": "Exit"}))
    assert found.columns.tolist() == ["High", "Medium", "Low", "Exit", "Watch"]
    np.testing.assert_allclose(found.sum(axis=1), [0, 0, 1, 0, 1])


def test_a_customer_that_stands_twice_is_refused() -> None:
    twice = pd.Series(["High", "Low"], index=["a", "a"])
    with pytest.raises(DataError, match="a customer stands twice"):
        migration_matrix(twice, twice)
