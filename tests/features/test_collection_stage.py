"""The collection stage on tiny ledgers, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

DAY = dt.date(2025, 6, 16)


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def item(past_due: int, age: int = 200, number: int = 1) -> dict[str, Any]:
    return {"invoice_id": f"I{number}", "document_date": ago(age), "due_date": ago(past_due)}


def stage_of(ledger: Ledger) -> pd.Series:
    with take_snapshot(ledger, DAY) as snapshot:
        told = build_features(snapshot, blocks=["collection_stage"]).customers
    return told.set_index("customer_id").loc["C1"]


@pytest.mark.parametrize(
    ("past_due", "stage", "days"),
    [
        (-9, 0, 200),
        (-8, 0, 200),
        (-7, 1, 0),
        (0, 1, 7),
        (1, 2, 0),
        (30, 2, 29),
        (31, 3, 0),
        (60, 3, 29),
        (61, 4, 0),
        (90, 4, 29),
        (91, 5, 0),
        (92, 5, 1),
    ],
)
def test_the_stage_follows_the_item_longest_past_due(
    past_due: int, stage: int, days: int, make_ledger: Make
) -> None:
    ledger = make_ledger([item(past_due), item(-20, number=2)], complete_to=DAY)
    assert stage_of(ledger)[["stage", "stage_days"]].tolist() == [stage, days]


def test_an_item_has_been_in_a_stage_no_longer_than_it_exists(make_ledger: Make) -> None:
    assert stage_of(make_ledger([item(-2, age=3)], complete_to=DAY))["stage_days"] == 3
    assert stage_of(make_ledger([item(-2, age=5)], complete_to=DAY))["stage_days"] == 5
    assert stage_of(make_ledger([item(-2, age=6)], complete_to=DAY))["stage_days"] == 5


def test_the_days_are_those_of_the_item_that_entered_the_stage_first(make_ledger: Make) -> None:
    invoices = [item(-30, age=10), item(-60, age=40, number=2)]
    assert stage_of(make_ledger(invoices, complete_to=DAY))[["stage", "stage_days"]].tolist() == [0, 40]
    invoices = [item(12), item(25, number=2), item(-6, number=3)]
    assert stage_of(make_ledger(invoices, complete_to=DAY))[["stage", "stage_days"]].tolist() == [2, 24]


def test_an_item_in_dispute_makes_no_stage(make_ledger: Make) -> None:
    dispute = {"invoice_id": "I1", "opened_on": ago(3)}
    both = stage_of(make_ledger([item(95), item(5, number=2)], disputes=[dispute], complete_to=DAY))
    assert both[["stage", "stage_days", "stage_disputed"]].tolist() == [2, 4, 1]
    alone = stage_of(make_ledger([item(95)], disputes=[dispute], complete_to=DAY))
    assert alone[["stage", "stage_days"]].isna().all()
    assert alone["stage_disputed"] == 1


def test_a_table_that_is_missing_leaves_its_flag_missing(make_ledger: Make) -> None:
    told = stage_of(make_ledger([item(5)], complete_to=DAY))
    gone = ["stage_disputed", "stage_promised", "stage_legal_180d"]
    assert told[gone].isna().all()
    assert told.drop(gone).tolist() == [2, 4, 0]


@pytest.mark.parametrize(("due", "stands"), [(-5, 1), (3, 1), (4, 0)])
@pytest.mark.parametrize("invoice", ["I1", None])
def test_a_promise_stands_until_three_days_after_its_day(
    due: int, stands: int, invoice: str | None, make_ledger: Make
) -> None:
    promise = {"customer_id": "C1", "invoice_id": invoice, "made_on": ago(20), "due_on": ago(due)}
    assert stage_of(make_ledger([item(5)], promises=[promise], complete_to=DAY))["stage_promised"] == stands


def test_a_later_promise_for_the_same_item_replaces_the_earlier(make_ledger: Make) -> None:
    first = {"customer_id": "C1", "invoice_id": "I1", "made_on": ago(20), "due_on": ago(-9)}
    broken = first | {"made_on": ago(19), "due_on": ago(10)}
    assert stage_of(make_ledger([item(5)], promises=[first, broken], complete_to=DAY))["stage_promised"] == 0
    other = broken | {"invoice_id": None}
    assert stage_of(make_ledger([item(5)], promises=[first, other], complete_to=DAY))["stage_promised"] == 1


def test_a_promise_for_an_item_that_is_paid_stands_no_longer(make_ledger: Make) -> None:
    promise = {"customer_id": "C1", "invoice_id": "I2", "made_on": ago(20), "due_on": ago(-9)}
    invoices, paid = [item(5), item(5, number=2)], [{"invoice_id": "I2", "amount": 100, "value_date": ago(2)}]
    assert stage_of(make_ledger(invoices, promises=[promise], complete_to=DAY))["stage_promised"] == 1
    assert stage_of(make_ledger(invoices, paid, promises=[promise], complete_to=DAY))["stage_promised"] == 0


@pytest.mark.parametrize(("days", "flag"), [(364, 1), (365, 0), (366, 0)])
def test_a_loss_counts_for_a_year(days: int, flag: int, make_ledger: Make) -> None:
    gone = {"invoice_id": "I2", "kind": "write_off", "amount": 100, "value_date": ago(days)}
    ledger = make_ledger([item(5), item(400, age=430, number=2)], [gone], complete_to=DAY)
    assert stage_of(ledger)["stage_written_off_12m"] == flag


@pytest.mark.parametrize(("days", "flag"), [(179, 1), (180, 0), (181, 0)])
@pytest.mark.parametrize("word", [{"channel": "legal"}, {"outcome": "legal"}])
def test_a_legal_step_counts_for_half_a_year(
    days: int, flag: int, word: dict[str, str], make_ledger: Make
) -> None:
    contacts = [{"customer_id": "C1", "contacted_on": ago(days), **word}]
    told = stage_of(make_ledger([item(5)], contacts=contacts, complete_to=DAY))
    assert told["stage_legal_180d"] == flag
