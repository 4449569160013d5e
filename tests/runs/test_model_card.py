"""The card of a model: what it learnt from, how good it was, what it cannot know, and until when."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.runs.journal import Run
from arseg.runs.known_rows import Known
from arseg.runs.model_card import CARD, PAGE, keep_card, make_card, observed_window, overdue
from arseg.schema import DataError

DAYS = (dt.date(2026, 4, 30), dt.date(2026, 5, 31))


@pytest.fixture(name="trained")
def _trained(run: Run) -> Run:
    """Return a run whose training stage left what a card reads."""
    part = {"name": "KaplanMeierByTerms", "parameters": {}}
    told = {"asked": part, "chosen": part, "model": "KaplanMeierByTerms()", "why": "the only one"}
    run.save("selection", {**told, "compared": [], "notes": ["a <b>note</b>"], "fell_back": False})
    window = observed_window(known())
    run.save("known", {"window": window, "reads": ["days_past_due", "terms_days"]})
    meanings = {"days_past_due": "key date minus due date", "terms_days": "terms", "balance": "open"}
    run.save(
        "dictionary",
        pd.DataFrame(
            {"name": meanings.keys(), "meaning": meanings.values(), "unit": "days", "block": "item"}
        ),
    )
    run.save("present", ["invoices", "postings", "disputes"])
    run.save("what_counts", {"horizon": 30, "importance": [], "effects": {}})
    (run.work / "model").mkdir()
    return run


def known() -> Known:
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "key_date": pd.to_datetime(["2026-08-31", "2026-09-30", "2026-09-30", "2026-09-30"]),
            "followed_days": [50, 20, 20, 20],
        }
    )
    y = pd.DataFrame({"event": [1, 0, 1, 3], "duration": [3, 20, 5, 9]})
    return Known(pd.DataFrame({"days_past_due": [1.0] * 4}), y, rows)


def result(rows: int = 400, *, followed: int = 90) -> Any:
    """Return a backtest in outline: two key dates, forty customers, every tenth item disputed."""
    rng = np.random.default_rng(5)
    keys = {
        "invoice_id": [f"i{row}" for row in range(rows)],
        "key_date": [pd.Timestamp(DAYS[row % 2]) for row in range(rows)],
    }
    items = pd.DataFrame({**keys, "customer_id": [f"C{row % 40}" for row in range(rows)]})
    items = items.assign(balance=100.0, late_day=rng.choice([30, 50], rows), p_unpaid_30=0.25)
    outcomes = pd.DataFrame(
        {**keys, "event": rng.integers(0, 2, rows), "duration": 9, "followed_days": followed}
    )
    return SimpleNamespace(
        items=items,
        outcomes=outcomes,
        key_dates=DAYS,
        observed_on=dt.date(2026, 10, 31),
        horizon_days=90,
        accuracy=pd.DataFrame(
            {"model": ["a"], "horizon": [0], "rows": [9], "customers": [4], "log_loss": [np.nan]}
        ),
        calibration=pd.DataFrame({"group": [0], "expected": [0.1], "observed": [0.2]}),
    )


def walk(found: Any, *, disputes: bool = True) -> Any:
    def landmark(day: dt.date) -> Any:
        own = found.items[found.items["key_date"] == pd.Timestamp(day)]
        number = own["invoice_id"].str[1:].astype(int)
        items = own[["invoice_id"]].assign(item_part_paid=0.0)
        if disputes:
            items = items.assign(item_disputed=(number % 10 == 0).astype(float))
        return SimpleNamespace(features=SimpleNamespace(items=items, key_date=day))

    return SimpleNamespace(
        landmark=landmark,
        plan=SimpleNamespace(draws=50, seed=1),
        ledger=SimpleNamespace(name="demo", content_hash="ab" * 32),
    )


def test_the_window_counts_rows_customers_days_and_events() -> None:
    assert observed_window(known()) == {
        "rows": 4,
        "drawn_from": 4,
        "customers": 3,
        "key_dates": 2,
        "first_key_date": dt.date(2026, 8, 31),
        "last_key_date": dt.date(2026, 9, 30),
        "followed_days_most": 50,
        "followed_days_half": 20,
        "events": {"paid": 2, "credited": 0, "written off": 1},
        "still_open": 1,
    }


def test_a_model_that_learnt_nothing_has_an_empty_window() -> None:
    nothing = Known(pd.DataFrame(), pd.DataFrame(columns=["event", "duration"]), known().rows[:0])
    window = observed_window(nothing)
    assert (window["rows"], window["customers"], window["first_key_date"]) == (0, 0, None)


def test_the_card_says_where_the_model_comes_from_and_until_when_it_may_be_used(trained: Run) -> None:
    found = result()
    card = make_card(trained, walk(found), found)
    assert (card["model"], card["chosen_because"]) == ("KaplanMeierByTerms()", "the only one")
    assert (card["key_date"], card["valid_until"]) == (dt.date(2026, 10, 31), dt.date(2027, 1, 31))
    assert card["data"]["ledger_hash"] == "ab" * 32
    assert card["data"]["rows"] == 4
    assert [each["name"] for each in card["features"]] == ["days_past_due", "terms_days"]
    assert card["features_offered"] == 3


def test_measures_come_with_intervals_of_customers_by_horizon_and_by_state(trained: Run) -> None:
    found = result()
    told = make_card(trained, walk(found), found)["backtest"]
    whole = {row["measure"]: row for row in told["measures"]}
    unpaid = (found.outcomes["event"] == 0).mean()
    assert whole["observed"]["value"] == pytest.approx(unpaid)
    assert whole["observed"]["low"] < unpaid < whole["observed"]["high"]
    assert whole["gap"]["value"] == pytest.approx(unpaid - 0.25)
    assert (whole["gap"]["items"], whole["gap"]["customers"]) == (400, 40)
    assert {row["group"] for row in told["by_horizon"]} == {"30 days", "46 to 60 days"}
    states = {(row["group"], row["items"]) for row in told["by_state"]}
    assert states == {("in dispute", 40), ("not in dispute", 360)}, "none was partly paid"
    few = [row for row in told["by_state"] if row["group"] == "in dispute" and row["measure"] == "gap"]
    assert few[0]["low"] is None, "four customers give no interval"
    assert told["log_loss"][0]["log_loss"] is None


def test_a_state_that_the_book_does_not_know_is_not_told(trained: Run) -> None:
    found = result()
    assert make_card(trained, walk(found, disputes=False), found)["backtest"]["by_state"] == []


def test_a_backtest_in_which_nothing_was_followed_long_enough_still_gives_a_card(trained: Run) -> None:
    found = result(followed=20)
    card = make_card(trained, walk(found), found)
    assert card["backtest"]["measures"] == []
    keep_card(trained, card)
    assert "No item was followed long enough" in (trained.to_publish / PAGE).read_text(encoding="utf-8")


def test_the_card_is_published_and_goes_with_the_model_and_no_run_id_is_in_it(trained: Run) -> None:
    found = result()
    keep_card(trained, make_card(trained, walk(found), found))
    for name in (CARD, PAGE):
        content = (trained.to_publish / name).read_bytes()
        assert content == (trained.work / "model" / name).read_bytes()
        assert trained.run_id.encode() not in content
    again = json.loads((trained.to_publish / CARD).read_text(encoding="utf-8"))
    assert again["valid_until"] == "2027-01-31"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-10-31", ""),
        ("2027-01-31", ""),
        (dt.date(2027, 2, 1), "OVERDUE: M() may be used until 2027-01-31; 2027-02-01 is 1 day later"),
    ],
)
def test_a_model_past_its_use_is_called_overdue(day: str | dt.date, said: str) -> None:
    assert overdue({"model": "M()", "valid_until": "2027-01-31"}, day) == said


def test_a_card_without_an_end_is_refused() -> None:
    with pytest.raises(DataError, match="does not say until when the model may be used"):
        overdue({"model": "M()"}, "2026-10-31")
