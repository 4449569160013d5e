from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.contact_errors import DESK, contact_chances, contact_errors, turned_out
from arseg.backtest.intervals import draw_customers
from arseg.backtest.judged_items import judge_items
from oracle.judged import draw_frames

DAY = pd.Timestamp("2025-01-31")


def _one(**item: Any) -> tuple[float, float]:
    """Return whether the customer of one item turned out good, and bad."""
    return _book([item])


def _book(items: list[dict[str, Any]]) -> tuple[float, float]:
    rows = [
        {"invoice_id": f"i{n}", "customer_id": "a", "key_date": DAY, "balance": 1.0, "p_unpaid_30": 0.1}
        | {"days_past_due": -10, "event": 1, "duration": 5, "followed_days": 90}
        | item
        for n, item in enumerate(items)
    ]
    frame = pd.DataFrame(rows).assign(late_day=lambda all_: np.maximum(30, 30 - all_["days_past_due"]))
    customers = pd.DataFrame({"customer_id": ["a"], "key_date": [DAY]})
    good, bad = turned_out(judge_items(frame, frame, customers))
    return good.item(), bad.item()


def test_whoever_pays_on_the_due_day_is_on_time_and_a_day_later_is_not() -> None:
    assert _one(duration=10) == (1.0, 0.0)
    assert _one(duration=11) == (0.0, 0.0)


def test_what_is_open_at_the_end_of_its_due_day_is_late_whatever_comes() -> None:
    assert _one(days_past_due=0, duration=1)[0] == 0.0


def test_one_item_missed_is_enough_and_one_not_due_yet_says_nothing() -> None:
    assert _book([{"duration": 5}, {"duration": 12}])[0] == 0.0
    assert (
        _book([{"duration": 5}, {"days_past_due": -60, "event": 0, "duration": 20, "followed_days": 20}])[0]
        == 1.0
    )
    assert np.isnan(_one(days_past_due=-60, event=0, duration=20, followed_days=20)[0])


def test_a_write_off_is_no_payment_and_unpaid_60_days_after_due_is_bad() -> None:
    assert _one(event=3, duration=5) == (0.0, 1.0)
    assert _one(duration=70) == (0.0, 0.0)
    assert _one(duration=71) == (0.0, 1.0)
    assert _one(days_past_due=60, duration=1) == (0.0, 1.0)


def test_what_was_not_followed_to_60_days_after_due_is_not_known_unless_another_item_tells() -> None:
    short = {"event": 0, "duration": 30, "followed_days": 30}
    assert np.isnan(_one(**short)[1])
    assert _book([short, {"days_past_due": 65, "duration": 2}])[1] == 1.0
    assert np.isnan(_book([short, {"duration": 3}])[1])


FRAMES = draw_frames(customers=40)
JUDGED = judge_items(FRAMES["items"], FRAMES["outcomes"], FRAMES["customers"])
LEVEL = JUDGED.segments(FRAMES["rows"], "drawn")
DRAWN = draw_customers(len(JUDGED.customers), draws=200, seed=1)


def _contacts() -> pd.DataFrame:
    own = JUDGED.items[["key_date", "invoice_id"]].copy()
    own["day"] = np.random.default_rng(1).integers(-20, 60, len(own))
    return own.sample(frac=0.5, random_state=1)


def test_rates_count_customers_once_per_key_date() -> None:
    good, bad = turned_out(JUDGED)
    errors = contact_errors(JUDGED, {"drawn": LEVEL}, DRAWN, _contacts()).set_index(["policy", "error"])
    segment = FRAMES["rows"].set_index(["customer_id", "key_date"])["segment"].to_dict()
    soon = _contacts()[lambda made: made["day"].between(1, 30)].merge(
        JUDGED.items, on=["key_date", "invoice_id"]
    )
    touched = set(zip(soon["customer_id"], soon["key_date"], strict=True))
    expected = {
        ("drawn", "over"): [0, 0],
        ("drawn", "under"): [0, 0],
        (DESK, "over"): [0, 0],
        (DESK, "under"): [0, 0],
    }
    for place, who in enumerate(JUDGED.customers):
        for at, day in enumerate(JUDGED.dates):
            for turned, error, wrong in ((good, "over", "High"), (bad, "under", "Low")):
                if turned[place, at] == 1:
                    erred = ((who, day) in touched) == (error == "over")
                    expected["drawn", error][0] += segment[who, day] == wrong
                    expected[DESK, error][0] += erred
                    expected["drawn", error][1] += 1
                    expected[DESK, error][1] += 1
    for key, (top, bottom) in expected.items():
        assert (errors.loc[key, "numerator"], errors.loc[key, "denominator"]) == (top, bottom)
        assert errors.loc[key, "value"] == pytest.approx(top / bottom)


def test_without_a_log_of_contacts_the_desk_has_no_row() -> None:
    assert set(contact_errors(JUDGED, {"drawn": LEVEL}, DRAWN)["policy"]) == {"drawn"}


def test_a_segment_that_was_contacted_more_is_said_to_look_better_than_it_is() -> None:
    every_high = JUDGED.items.loc[LEVEL == 2, ["key_date", "invoice_id"]].assign(day=3)
    chances, notes = contact_chances(JUDGED, {"drawn": LEVEL}, DRAWN, every_high)
    shares = chances.set_index("segment")["value"]
    assert (shares["High"], shares["Low"]) == (1.0, 0.0)
    said = "drawn: 100% of High were contacted within 30 days and 0% of Low; where contact helps, they differ less here"
    assert notes == (f"{said} than they would have if left alone",)
    _, none = contact_chances(JUDGED, {"turned": 2 - LEVEL}, DRAWN, every_high)
    assert none == ()
