"""The item block on tiny ledgers, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

ISSUED, DAY = dt.date(2024, 1, 1), dt.date(2024, 3, 1)


def items_of(ledger: Ledger, day: dt.date = DAY) -> pd.DataFrame:
    with take_snapshot(ledger, day) as snapshot:
        return build_features(snapshot, blocks=["item"]).items.set_index("invoice_id")


def posted(kind: str, amount: int, day: dt.date, invoice: str = "I1") -> dict[str, object]:
    return {"invoice_id": invoice, "kind": kind, "amount": amount, "value_date": day}


def test_an_item_without_a_posting_is_not_part_paid_and_has_no_last_posting(make_ledger: Make) -> None:
    item = items_of(make_ledger([{"amount": 120}], complete_to=DAY)).loc["I1"]
    assert item[["item_amount", "item_part_paid", "item_part_paid_share"]].tolist() == [120, 0, 0]
    assert np.isnan(item["item_last_posting_days"])


def test_a_part_payment_counts_from_the_day_on_which_it_is_known(make_ledger: Make) -> None:
    payment = posted("payment", 30, DAY - dt.timedelta(days=2)) | {"known_on": DAY}
    moves = [payment, posted("payment", 1, ISSUED, "I2")]
    ledger = make_ledger([{"amount": 120}, {}], moves, complete_to=DAY + dt.timedelta(days=1))
    names = ["item_part_paid", "item_part_paid_share", "item_last_posting_days"]
    before, on, after = (items_of(ledger, DAY + dt.timedelta(days=n)).loc["I1", names] for n in (-1, 0, 1))
    assert before.tolist()[:2] == [0, 0]
    assert np.isnan(before["item_last_posting_days"])
    assert on.tolist() == [1, 0.25, 2]
    assert after.tolist() == [1, 0.25, 3]


def test_a_returned_payment_is_no_part_payment_but_a_posting(make_ledger: Make) -> None:
    moves = [posted("payment", 30, dt.date(2024, 2, 1)), posted("reversal", 30, dt.date(2024, 2, 20))]
    item = items_of(make_ledger([{"amount": 120}], moves, complete_to=DAY)).loc["I1"]
    assert item[["item_part_paid", "item_part_paid_share", "item_last_posting_days"]].tolist() == [0, 0, 10]


def test_more_returned_than_paid_is_a_share_of_zero(make_ledger: Make) -> None:
    item = items_of(make_ledger([{}], [posted("reversal", 10, dt.date(2024, 2, 1))], complete_to=DAY))
    assert item.loc["I1", ["balance", "item_part_paid", "item_part_paid_share"]].tolist() == [110, 0, 0]


def test_a_credit_note_is_a_posting_and_no_payment(make_ledger: Make) -> None:
    ledger = make_ledger([{}], [posted("credit_note", 40, dt.date(2024, 2, 29))], complete_to=DAY)
    item = items_of(ledger).loc["I1"]
    names = ["balance", "item_amount", "item_part_paid", "item_part_paid_share", "item_last_posting_days"]
    assert item[names].tolist() == [60, 100, 0, 0, 1]


@pytest.mark.parametrize(("shift", "restated", "amount"), [(-1, 0, 100), (0, 1, 80), (1, 1, 80)])
def test_an_invoice_is_restated_from_the_day_of_its_second_version(
    shift: int, restated: int, amount: int, make_ledger: Make
) -> None:
    first = {"invoice_id": "I1", "amount": 100, "known_on": ISSUED}
    ledger = make_ledger([first, first | {"amount": 80, "known_on": DAY}], complete_to=dt.date(2024, 4, 1))
    item = items_of(ledger, DAY + dt.timedelta(days=shift)).loc["I1"]
    assert item[["item_restated", "item_amount"]].tolist() == [restated, amount]
