from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from arseg.treatments.allocation_capacity import Capacity, Collector
from arseg.treatments.assignment import place_work
from arseg.treatments.assignment_exchange import fill_days
from arseg.treatments.assignment_handover import hand_over
from arseg.treatments.knapsack import Knapsack, knapsack_of
from arseg.treatments.knapsack_price import price_minutes
from oracle.day import teams, works


def keeps_every_rule(sack: Knapsack, place: np.ndarray) -> bool:
    taken = np.flatnonzero(place >= 0)
    return bool(
        sack.eligible[sack.group[taken], place[taken]].all()
        and len(set(sack.customer[taken])) == len(taken)
        and (np.bincount(place[taken], sack.minutes[taken], len(sack.room)) <= sack.room + 1e-6).all()
        and (np.bincount(place[taken], minlength=len(sack.room)) <= sack.slots).all()
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(works(8), teams())
def test_hand_overs_never_lose_value_or_break_a_rule(work, capacity) -> None:
    sack = knapsack_of(work, capacity)
    prices = price_minutes(sack)
    before = fill_days(sack, prices, place_work(sack, prices))
    place = hand_over(sack, prices, before)
    assert sack.value[place >= 0].sum() >= sack.value[before >= 0].sum() - 1e-9
    assert keeps_every_rule(sack, place)


@pytest.mark.parametrize("counted", [False, True])
def test_a_large_day_gains_and_keeps_every_rule(*, counted: bool) -> None:
    rng = np.random.default_rng(5)
    count = 1500
    work = pd.DataFrame(
        {
            "customer_id": [f"C{number:04d}" for number in range(count)],
            "minutes": rng.uniform(4, 25, count),
            "expected_value": rng.lognormal(4, 1, count),
            "language": rng.choice(["en", "es", "de"], count),
        }
    )
    team = [
        Collector(f"{name}{n}", hours=5, languages=spoken, max_customers=30 if counted else None)
        for n in range(2)
        for name, spoken in (("Ana", ("en", "es")), ("Ben", ("en", "de")), ("Eva", ("en",)))
    ]
    sack = knapsack_of(work, Capacity(tuple(team)))
    prices = price_minutes(sack)
    before = place_work(sack, prices)
    place = hand_over(sack, prices, before)
    assert sack.value[place >= 0].sum() > sack.value[before >= 0].sum()
    assert keeps_every_rule(sack, place)
    assert np.array_equal(place, hand_over(sack, prices, before))


def test_dear_minutes_go_to_what_only_they_can_do() -> None:
    """Ana alone speaks Spanish. Her English case of 200 goes to Ben, who drops 150, and she does the Spanish one of 190."""
    small = [(f"S{number:02d}", 2.0, 10.0, "es") for number in range(25)]
    rows = [("A", 60.0, 200.0, "en"), ("B", 60.0, 190.0, "es"), ("C", 60.0, 150.0, "en"), *small]
    work = pd.DataFrame(rows, columns=["customer_id", "minutes", "expected_value", "language"])
    team = (Collector("Ana", 110 / 60, languages=("en", "es")), Collector("Ben", 1.0, languages=("en",)))
    sack = knapsack_of(work, Capacity(team))
    prices = price_minutes(sack)
    place = np.array([0, -1, 1] + [0] * 25)
    assert np.array_equal(fill_days(sack, prices, place), place), "no exchange within a day gains"
    assert hand_over(sack, prices, place)[:3].tolist() == [1, 0, -1]
