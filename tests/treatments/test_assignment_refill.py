from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.treatments.assignment_refill import refill

rows = st.lists(
    st.lists(
        st.tuples(st.sampled_from([2.0, 5.0, 7.25, 8.0, 12.5]), st.sampled_from([1.0, 3.0, 9.5, 20.0])),
        min_size=1,
        max_size=2,
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(rows, st.sampled_from([0.0, 4.0, 12.5, 20.0, 31.75]))
def test_the_room_is_filled_as_well_as_by_trying_everything(customers, room) -> None:
    customer = np.array([i for i, options in enumerate(customers) for _ in options], dtype="int64")
    minutes = np.array([m for options in customers for m, _ in options])
    value = np.array([v for options in customers for _, v in options])
    chosen = refill(minutes, value, customer, room)
    best = max(
        sum(one[1] for one in way if one)
        for way in product(*([None, *options] for options in customers))
        if sum(one[0] for one in way if one) <= room + 1e-9
    )
    assert minutes[chosen].sum() <= room + 1e-9
    assert len(set(customer[chosen])) == len(chosen)
    assert value[chosen].sum() == pytest.approx(best)


def test_minutes_off_the_grid_are_rounded_up_so_no_day_runs_over() -> None:
    third = np.full(3, 10 / 3)
    assert len(refill(third, np.ones(3), np.arange(3), 10.0)) == 2
    assert len(refill(third, np.ones(3), np.arange(3), 10.02)) == 3
