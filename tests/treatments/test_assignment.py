from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings

from arseg.treatments.allocation_capacity import Capacity
from arseg.treatments.assignment import place_work
from arseg.treatments.knapsack import knapsack_of
from arseg.treatments.knapsack_price import price_minutes
from oracle.day import teams, works


@settings(max_examples=100, deadline=None, derandomize=True)
@given(works(8), teams())
def test_every_placing_keeps_days_numbers_and_who_can(work, capacity) -> None:
    sack = knapsack_of(work, capacity)
    place = place_work(sack, price_minutes(sack))
    taken = np.flatnonzero(place >= 0)
    assert sack.eligible[sack.group[taken], place[taken]].all()
    assert len(set(sack.customer[taken])) == len(taken)
    assert (np.bincount(place[taken], sack.minutes[taken], len(sack.room)) <= sack.room + 1e-6).all()
    assert (np.bincount(place[taken], minlength=len(sack.room)) <= sack.slots).all()


def test_customers_go_to_their_owners_where_there_is_time() -> None:
    owners = ["c1", "c1", "c1", "c0", "", ""]
    work = pd.DataFrame(
        {"customer_id": list("ABCDEF"), "minutes": 10.0, "expected_value": 5.0, "owner": owners}
    )
    sack = knapsack_of(work, Capacity(("c0", "c1"), 1))
    place = place_work(sack, price_minutes(sack))
    assert place.tolist()[:4] == [1, 1, 1, 0]
    assert np.bincount(place).tolist() == [3, 3]
