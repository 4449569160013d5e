from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings

from arseg.treatments.allocation_capacity import Capacity
from arseg.treatments.assignment import place_work
from arseg.treatments.assignment_settle import settle
from arseg.treatments.knapsack import Knapsack, knapsack_of
from arseg.treatments.knapsack_price import price_minutes
from oracle.day import teams, works


def sack_of(owners: list[str], minutes: list[float], hours: float = 1.0) -> Knapsack:
    ids = [f"C{i}" for i in range(len(owners))]
    # Values that differ: customers that are alike would be handed to the first.
    value = [10.0 + i for i in range(len(owners))]
    work = pd.DataFrame({"customer_id": ids, "minutes": minutes, "expected_value": value, "owner": owners})
    return knapsack_of(work, Capacity(("c0", "c1"), hours))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(works(8), teams())
def test_handing_round_changes_nobodys_rules_and_no_value(work, capacity) -> None:
    sack = knapsack_of(work, capacity)
    before = place_work(sack, price_minutes(sack))
    place = settle(sack, before)
    taken = np.flatnonzero(place >= 0)
    assert np.isclose(sack.value[taken].sum(), sack.value[before >= 0].sum())
    assert sack.eligible[sack.group[taken], place[taken]].all()
    assert len(set(sack.customer[taken])) == len(taken)
    assert (np.bincount(place[taken], sack.minutes[taken], len(sack.room)) <= sack.room + 1e-6).all()
    assert (np.bincount(place[taken], minlength=len(sack.room)) <= sack.slots).all()
    assert (place[taken] == sack.owner[taken]).sum() >= (before == sack.owner)[before >= 0].sum()


def test_work_moves_to_its_owner_where_there_is_room() -> None:
    sack = sack_of(["c0", "c1"], [10.0, 10.0])
    assert settle(sack, np.array([1, 0])).tolist() == [0, 1]


def test_full_days_trade_work_of_like_length() -> None:
    sack = sack_of(["c0", "c1", "", ""], [30.0, 30.0, 30.0, 30.0])
    assert settle(sack, np.array([1, 0, 1, 0])).tolist()[:2] == [0, 1]


def test_work_moves_from_the_fullest_day_to_the_emptiest() -> None:
    sack = sack_of(["", "", "", "c0"], [10.0, 10.0, 10.0, 10.0])
    place = settle(sack, np.zeros(4, dtype="int64"))
    assert np.bincount(place).tolist() == [2, 2]
    assert place[3] == 0


def test_among_customers_that_are_alike_the_first_are_served() -> None:
    work = pd.DataFrame({"customer_id": list("ABC"), "minutes": 10.0, "expected_value": 5.0})
    sack = knapsack_of(work, Capacity(("c0",), 0.4))
    assert settle(sack, np.array([-1, 0, 0])).tolist() == [0, 0, -1]
