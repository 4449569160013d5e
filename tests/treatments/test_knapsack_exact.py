from __future__ import annotations

import pytest
from hypothesis import given, settings

from arseg.treatments.knapsack import knapsack_of
from arseg.treatments.knapsack_exact import solve_exactly
from oracle.day import best_value, teams, works


@settings(max_examples=100, deadline=None, derandomize=True)
@given(works(), teams())
def test_the_exact_answer_is_the_best_of_all(work, capacity) -> None:
    sack = knapsack_of(work, capacity)
    place, proven = solve_exactly(sack)
    assert proven
    assert sack.value[place >= 0].sum() == pytest.approx(best_value(work, capacity), abs=1e-6)
