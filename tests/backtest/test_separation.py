from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.intervals import draw_customers
from arseg.backtest.judged_items import RISING, judge_items
from arseg.backtest.separation import separate
from oracle.judged import draw_frames

FRAMES = draw_frames(customers=60)
JUDGED = judge_items(FRAMES["items"], FRAMES["outcomes"], FRAMES["customers"])
LEVEL = JUDGED.segments(FRAMES["rows"], "drawn")
DRAWN = draw_customers(len(JUDGED.customers), draws=300, seed=1)


def _share(level: int, age: int, date: pd.Timestamp | None = None) -> float:
    inside = (level == LEVEL) & JUDGED.items[f"came_{age}"].notna()
    if date is not None:
        inside &= JUDGED.items["key_date"] == date
    own = JUDGED.items[inside]
    return float(np.average(own[f"came_{age}"], weights=own["balance"]))


def test_a_difference_is_that_of_the_two_shares_and_its_interval_holds_it() -> None:
    pairs, _ = separate(JUDGED, {"drawn": LEVEL}, DRAWN)
    assert len(pairs) == 3 * 3
    for row in pairs.to_dict("records"):
        age = int(row["measure"].removeprefix("unpaid_"))
        places = RISING.index(row["higher"]), RISING.index(row["lower"])
        assert places[0] > places[1]
        assert row["difference"] == pytest.approx(_share(places[0], age) - _share(places[1], age))
        assert row["low"] < row["difference"] < row["high"]
        assert row["separated"] == (row["low"] > 0)
    assert pairs["separated"].any()


def test_customers_who_differ_in_nothing_are_not_separated() -> None:
    rng = np.random.default_rng(4)
    lot = rng.integers(0, 3, len(JUDGED.customers))[JUDGED.customer]
    pairs, _ = separate(JUDGED, {"lot": lot}, draw_customers(len(JUDGED.customers), draws=300, seed=2))
    assert not pairs["separated"].any()


def test_violations_are_neighbours_in_the_wrong_order_on_a_key_date() -> None:
    upside_down = 2 - LEVEL
    _, order = separate(JUDGED, {"drawn": LEVEL, "upside down": upside_down}, DRAWN)
    for row in order.to_dict("records"):
        age, turn = int(row["measure"].removeprefix("unpaid_")), row["policy"] != "drawn"
        rises: dict[tuple[pd.Timestamp, int], float] = {}
        for date in JUDGED.dates:
            shares = [_share(level, age, date) for level in ((2, 1, 0) if turn else (0, 1, 2))]
            rises |= {(date, place): shares[place + 1] - shares[place] for place in (0, 1)}
        assert row["compared"] == len(rises)
        assert row["violated"] == sum(rise < 0 for rise in rises.values())
        assert row["worst"] == pytest.approx(min(*rises.values(), 0.0))
        assert row["certain"] <= row["violated"]
    turned = order[order["policy"] == "upside down"]
    assert (turned["certain"] > 0).any()


def test_a_policy_with_one_segment_has_no_order_to_violate() -> None:
    pairs, order = separate(JUDGED, {"one": np.zeros_like(LEVEL)}, DRAWN)
    assert pairs["difference"].isna().all()
    assert (order[["compared", "violated", "certain"]] == 0).all(axis=None)
