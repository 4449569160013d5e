"""Logged decisions, what was known when they were made, and what came of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.ledger import Ledger, observe_decisions, take_snapshot
from arseg.schema import DECISIONS, DataError

DAY = dt.date(2025, 3, 31)
Make = Callable[..., Ledger]


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def decided(action: str = "call", day: int = 0, customer: str = "A", **more: Any) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "key_date": on(day),
        "policy": "desk",
        "segment": "High",
        "treatment": action,
        "propensity": 0.25,
        "known_on": on(day),
        **more,
    }


def invoice(name: str, due: int, amount: int = 100, customer: str = "A", issued: int = -60) -> dict[str, Any]:
    return {
        "invoice_id": name,
        "customer_id": customer,
        "document_date": on(issued),
        "due_date": on(due),
        "amount": amount,
        "known_on": on(issued),
    }


def posting(
    name: str, day: int, amount: int = 100, kind: str = "payment", known: int | None = None
) -> dict[str, Any]:
    return {
        "invoice_id": name,
        "kind": kind,
        "amount": amount,
        "value_date": on(day),
        "known_on": on(day if known is None else known),
    }


def row(ledger: Ledger, **more: Any) -> dict[str, Any]:
    (found,) = observe_decisions(ledger, **{"horizon_days": 28, **more}).to_dict("records")
    return found


def test_the_state_is_what_the_evening_knew(make_ledger: Make) -> None:
    ledger = make_ledger(
        [
            invoice("A1", -30),
            invoice("A2", -10, 300),
            invoice("A3", 5),
            invoice("A4", -20),
            invoice("B1", -9, customer="B"),
        ],
        # A4 was paid a week ago and A1 too, but of A1 nobody knew.
        [posting("A4", -7), posting("A1", -7, known=1)],
        assignments=[decided()],
        complete_to=on(99),
    )
    found = row(ledger)
    assert list(found) == list(DECISIONS.names)
    assert (found["action"], found["propensity"], found["policy"]) == ("call", 0.25, "desk")
    assert (found["open_balance"], found["overdue_balance"], found["due_soon_balance"]) == (500, 400, 100)
    assert (found["overdue_count"], found["oldest_days_past_due"]) == (2, 30)
    assert found["mean_days_past_due"] == pytest.approx((100 * 30 + 300 * 10) / 400)
    assert (found["cleared_count"], found["cleared_days_late"]) == (1, 13.0)


def test_what_came_is_counted_on_the_items_that_were_open_and_over_the_horizon(make_ledger: Make) -> None:
    ledger = make_ledger(
        [invoice("A1", -30), invoice("A2", -10, 300), invoice("A3", 40, 70, issued=5)],
        [
            posting("A1", 8),
            posting("A2", 28, 50),
            posting("A2", 29, 50),
            posting("A2", 3, 20, "credit_note"),
            posting("A2", 4, 10, "write_off"),
            posting("A2", 5, 4, "recovery"),
            posting("A2", 6, 7, "reversal"),
            posting("A3", 20, 70),
        ],
        assignments=[decided()],
        complete_to=on(99),
    )
    found = row(ledger)
    assert found["cash"] == 100 + 50 - 7
    assert (found["written_off"], found["credited"], found["sales"]) == (10 - 4, 20, 70)
    # What is posted on a day is gone that evening.
    balance = 400 * 28 - 100 * 21 - 50 * 1 - 20 * 26 - 10 * 25 + 4 * 24 + 7 * 23
    assert found["amount_days"] == balance


def test_a_payment_nobody_knew_of_counts_on_the_first_day(make_ledger: Make) -> None:
    ledger = make_ledger(
        [invoice("A1", -30)], [posting("A1", -7, known=3)], assignments=[decided()], complete_to=on(99)
    )
    found = row(ledger)
    assert (found["open_balance"], found["cash"], found["amount_days"]) == (100, 100, 0)


def test_the_contact_it_led_to_is_no_part_of_what_it_knew(make_ledger: Make) -> None:
    touches = [
        {
            "contacted_on": on(day),
            "customer_id": "A",
            "channel": "call",
            "minutes": minutes,
            "known_on": on(known),
        }
        for day, minutes, known in ((0, 8, 0), (-7, 3, -7), (-20, 3, -20), (-2, 5, 1), (-95, 1, -95))
    ]
    promise = {"customer_id": "A", "made_on": on(-4), "due_on": on(6), "amount": 50, "known_on": on(-4)}
    ledger = make_ledger(
        [invoice("A1", -30)],
        contacts=touches,
        promises=[promise],
        assignments=[decided()],
        complete_to=on(99),
    )
    found = row(ledger)
    assert (found["contacts_7d"], found["contacts_30d"], found["last_contact_days"]) == (1, 2, 7)
    assert (found["minutes"], found["promised"]) == (8, 1)


def test_only_mature_decisions_with_a_treatment_and_an_open_item_count(make_ledger: Make) -> None:
    ledger = make_ledger(
        [invoice("A1", -30), invoice("B1", -9, customer="B")],
        [posting("B1", -2)],
        assignments=[
            decided(day=-5),
            decided("none", day=2),
            decided(day=62),
            decided(customer="B"),
            decided(day=3, treatment=None),
        ],
        complete_to=on(99),
    )
    found = observe_decisions(ledger, horizon_days=28)
    assert found["action"].tolist() == ["call", "none"]
    assert len(observe_decisions(ledger, horizon_days=28, first=on(0))) == 1
    assert len(observe_decisions(ledger, horizon_days=27)) == 3
    assert len(observe_decisions(ledger, horizon_days=28, observed_on=on(33))) == 1


def test_a_ledger_without_decisions_says_so(make_ledger: Make) -> None:
    with pytest.raises(DataError, match="the ledger logs no decision that is mature"):
        observe_decisions(make_ledger([invoice("A1", -30)], complete_to=on(99)), horizon_days=28)


def test_the_evening_of_a_decision_is_the_snapshot_of_its_day(made_book: Ledger) -> None:
    found = observe_decisions(made_book, horizon_days=28)
    assert len(found) > 200
    for day in found["key_date"].drop_duplicates().sample(6, random_state=1):
        mine = found[found["key_date"] == day].set_index("customer_id")
        with take_snapshot(made_book, day.date()) as snapshot:
            theirs = (
                snapshot.sql(
                    """SELECT customer_id, sum(balance) AS open_balance, sum(balance) FILTER (days_past_due > 0) AS overdue,
                max(days_past_due) AS oldest FROM open_items GROUP BY customer_id"""
                )
                .set_index("customer_id")
                .loc[mine.index]
            )
            touched = snapshot.sql("SELECT customer_id, contacted_on FROM contacts")
        assert mine["open_balance"].to_numpy() == pytest.approx(theirs["open_balance"].to_numpy())
        assert mine["overdue_balance"].to_numpy() == pytest.approx(theirs["overdue"].to_numpy())
        assert (mine["oldest_days_past_due"] == theirs["oldest"]).all()
        ago = (day - pd.to_datetime(touched["contacted_on"])).dt.days
        within = touched[(ago > 0) & (ago <= 30)].groupby("customer_id").size()
        assert mine["contacts_30d"].tolist() == within.reindex(mine.index, fill_value=0).tolist()


@pytest.fixture(scope="module")
def made_book(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    from arseg.ledger import load, read_ledger
    from arseg.world import synthesize

    folder = tmp_path_factory.mktemp("decisions")
    synthesize(folder / "book", customers=40, months=9, seed=3)
    load([folder / "book"], "arseg", into="book", home=folder)
    return read_ledger(folder / "data" / "ledger" / "book.duckdb")
