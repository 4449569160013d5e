from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.treatments.allocation_capacity import Capacity
from arseg.treatments.assignment_balance import desks, gini, variation
from arseg.treatments.knapsack import knapsack_of

amounts = st.lists(st.floats(0, 1e6), min_size=1, max_size=8).map(np.array)


def test_a_row_per_collector_with_minutes_customers_and_own_customers() -> None:
    work = pd.DataFrame(
        {
            "customer_id": list("ABC"),
            "minutes": [10.0, 20.0, 5.0],
            "expected_value": 5.0,
            "owner": ["c0", "c1", ""],
        }
    )
    capacity = Capacity(("c0", "c1", "c2"), 1)
    frame = desks(knapsack_of(work, capacity), np.array([0, 0, 1]), capacity, np.array([1.0, 2.0, 3.0]))
    assert frame["collector"].tolist() == ["c0", "c1", "c2"]
    assert frame["used_minutes"].tolist() == [30.0, 5.0, 0.0]
    assert frame["full"].tolist() == [0.5, 5 / 60, 0.0]
    assert frame["customers"].tolist() == [2, 1, 0]
    assert frame["own_customers"].tolist() == [1, 0, 0]


@given(amounts)
def test_gini_is_half_the_mean_difference_over_the_mean(values) -> None:
    mean = values.mean()
    pairs = np.abs(values[:, None] - values[None, :]).mean()
    assert gini(values) == pytest.approx(pairs / (2 * mean) if values.sum() > 0 else 0.0, abs=1e-9)


@given(amounts, st.floats(0.1, 10))
def test_variation_does_not_depend_on_the_unit(values, factor) -> None:
    assert variation(values * factor) == pytest.approx(variation(values), abs=1e-9)
