from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from arseg.treatments.allocation_capacity import Capacity
from arseg.treatments.assignment import place_work
from arseg.treatments.assignment_exchange import fill_days
from arseg.treatments.knapsack import knapsack_of
from arseg.treatments.knapsack_price import price_minutes
from oracle.day import teams, works


@settings(max_examples=100, deadline=None, derandomize=True)
@given(works(8), teams())
def test_exchanges_never_lose_value_or_break_a_rule(work, capacity) -> None:
    sack = knapsack_of(work, capacity)
    prices = price_minutes(sack)
    before = place_work(sack, prices)
    place = fill_days(sack, prices, before)
    taken = np.flatnonzero(place >= 0)
    assert sack.value[taken].sum() >= sack.value[before >= 0].sum() - 1e-9
    assert sack.eligible[sack.group[taken], place[taken]].all()
    assert len(set(sack.customer[taken])) == len(taken)
    assert (np.bincount(place[taken], sack.minutes[taken], len(sack.room)) <= sack.room + 1e-6).all()
    assert (np.bincount(place[taken], minlength=len(sack.room)) <= sack.slots).all()


@pytest.mark.parametrize(
    ("minutes", "value", "done"),
    [
        ([30.0, 40.0], [30.0, 50.0], [1]),
        ([30.0, 30.0, 50.0], [30.0, 30.0, 70.0], [2]),
        ([35.0, 30.0, 30.0], [36.0, 30.0, 30.0], [1, 2]),
    ],
    ids=["one for one", "two for one", "one for two"],
)
def test_something_is_taken_out_for_something_better(minutes, value, done) -> None:
    names = [f"C{i}" for i in range(len(minutes))]
    work = pd.DataFrame({"customer_id": names, "minutes": minutes, "expected_value": value})
    sack = knapsack_of(work, Capacity(("Ana",), 1))
    worse = np.full(len(minutes), -1)
    worse[[i for i in range(len(minutes)) if i not in done]] = 0
    place = fill_days(sack, price_minutes(sack), worse)
    assert np.flatnonzero(place >= 0).tolist() == done
