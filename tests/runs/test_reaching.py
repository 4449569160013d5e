from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from arseg.ledger import Ledger, take_snapshot
from arseg.runs.journal import Run
from arseg.runs.reaching import ANSWERED_WITHIN, keep_counts, keep_reach, owners_of
from arseg.treatments import Capacity
from arseg.treatments.safety_contacts import Limits

MakeRun = Callable[..., Run]
DAY = dt.date(2025, 6, 30)


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def test_a_contact_is_answered_by_a_payment_or_a_promise_within_two_weeks(
    small_run: MakeRun, make_ledger: Callable[..., Ledger], tmp_path: Path
) -> None:
    """A call and a promise, an e-mail and a payment on day 14, one on day 15, one from another, and one too new."""
    invoices = [
        {"invoice_id": f"I{who}", "customer_id": who, "document_date": DAY - days(90), "amount": 50}
        for who in ("A", "B", "C", "D")
    ]
    touches = [
        ("A", "call", 40),
        ("B", "email", 40),
        ("C", "email", 40),
        ("D", "email", 40),
        ("A", "call", 13),
        ("B", "portal", 0),
    ]
    contacts = [
        {"customer_id": who, "channel": channel, "contacted_on": DAY - days(ago), "collector": f"Ana {ago}"}
        for who, channel, ago in touches
    ]
    paid = {"kind": "payment", "amount": 10}
    postings = [
        paid | {"invoice_id": "IB", "value_date": DAY - days(40 - ANSWERED_WITHIN), "method": "check"},
        paid | {"invoice_id": "IC", "value_date": DAY - days(39 - ANSWERED_WITHIN), "method": "card"},
        paid | {"invoice_id": "IC", "value_date": DAY - days(60), "known_on": DAY, "method": "card"},
    ]
    promise = {"customer_id": "A", "made_on": DAY - days(40), "due_on": DAY, "amount": 5}
    ledger = make_ledger(invoices, postings, contacts=contacts, promises=[promise])
    run = small_run(tmp_path)
    with take_snapshot(ledger, DAY) as snapshot:
        keep_counts(run, snapshot)
    assert run.load("counts_channel").to_numpy().tolist() == [
        ["A", "call", 1, 1],
        ["B", "email", 1, 1],
        ["C", "email", 1, 0],
        ["D", "email", 1, 0],
    ]
    assert owners_of(run, Capacity(("Ana 13", "Ana 40"))) == {"A": "Ana 13", "C": "Ana 40", "D": "Ana 40"}
    assert run.load("counts_payment_method").to_numpy().tolist() == [["B", "check", 1], ["C", "card", 2]]


def worklist(waiting: int) -> pd.DataFrame:
    ids = [f"C{number}" for number in range(waiting + 1)]
    frame = pd.DataFrame(
        {"customer_id": ids, "minutes": 60.0, "expected_value": 10.0, "handling": "collector"}
    )
    return frame.assign(on_today=frame["customer_id"] == "C0")


def scores(**change: Any) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "customer_id": ["C0", "C1", "C2"],
            "oldest_days_past_due": [-20, -20, 8],
            "open_balance": 9.0,
            "disputed_balance": 0.0,
            "reminder_offset_days": [12.0, 1.0, 1.0],
            "invoice_delivery": ["paper", "email", "paper"],
        }
    )
    return frame.assign(**change)


def kept(run: Run, waiting: int = 2) -> dict[str, Any]:
    run.save("worklist", worklist(waiting))
    segments = pd.DataFrame({"customer_id": ["C0", "C1", "C2"], "segment": ["High", "Low", "Low"]})
    keep_reach(run, scores(), segments, capacity=Capacity(1, 1.0), limits=Limits())
    told: dict[str, Any] = run.load("reaching")
    return told


def test_who_waits_is_planned_from_the_day_after_the_list_is_worked(
    small_run: MakeRun, tmp_path: Path
) -> None:
    """The key date is Sunday 30 November 2025: the list is Monday's, and one customer fits into a day."""
    run = small_run(tmp_path)
    told = kept(run)
    days_on = pd.to_datetime(run.load("reach")["reach_on"]).dt.date.tolist()
    assert days_on == [dt.date(2025, 12, 2), dt.date(2025, 12, 3)]
    assert told["plan"].startswith("2 customers wait; at the present hours 1 is reached on Tue 2025-12-02")


def test_slow_ways_of_paying_are_reminded_earlier_and_paper_goes_out_earlier(
    small_run: MakeRun, tmp_path: Path
) -> None:
    run = small_run(tmp_path)
    told = kept(run)
    assert (told["reminders"], told["earlier"], told["sooner_invoices"]) == (2, 1, 1)
    assert run.load("reminders")["customer_id"].tolist() == ["C0", "C1"]


def test_what_a_segment_prefers_is_described_with_its_n(small_run: MakeRun, tmp_path: Path) -> None:
    run = small_run(tmp_path)
    kept(run)
    assert (run.load("preferred")["preferred"] == "").all()
    calls = {
        "customer_id": ["C1", "C2"],
        "channel": ["call", "email"],
        "count": [40, 50],
        "answered": [30, 10],
    }
    run.save("counts_channel", pd.DataFrame(calls))
    kept(run)
    low = run.load("preferred").query("kind == 'channel' and segment == 'Low'").iloc[0]
    assert low[["preferred", "n", "share", "evidence"]].tolist() == [
        "call",
        40,
        pytest.approx(0.75),
        "descriptive",
    ]
