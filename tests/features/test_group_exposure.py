"""The exposure of groups on tiny ledgers, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

DAY = dt.date(2024, 3, 1)


def owes(customer: str, amount: int, past_due: int) -> dict[str, Any]:
    return {"customer_id": customer, "amount": amount, "due_date": DAY - dt.timedelta(days=past_due)}


def groups_of(ledger: Ledger, day: dt.date = DAY) -> pd.DataFrame:
    with take_snapshot(ledger, day) as snapshot:
        told = build_features(snapshot, blocks=["group_exposure"]).customers
    return told.set_index("customer_id").rename(columns=lambda name: name.removeprefix("group_"))


def parents(**of: str | None) -> list[dict[str, Any]]:
    return [{"customer_id": who, "parent": parent} for who, parent in of.items()]


def test_a_parent_and_those_below_it_are_one_group(make_ledger: Make) -> None:
    invoices = [owes("P", 100, -5), owes("A", 60, 10), owes("A", 20, 0), owes("B", 20, 40), owes("X", 7, 99)]
    told = groups_of(make_ledger(invoices, customers=parents(A="P", B="P", P=None, X=None), complete_to=DAY))
    for member, share, others in (("P", 0.5, 40), ("A", 0.4, 40), ("B", 0.1, 10)):
        row = told.loc[member]
        assert row[["open_balance", "open_overdue_balance", "open_count"]].tolist() == [200, 80, 4]
        assert row[["open_customer_count", "open_balance_share"]].tolist() == [3, share]
        assert row["others_days_past_due_max"] == others
    alone = told.loc["X"]
    assert alone[["open_balance", "open_customer_count", "open_balance_share"]].tolist() == [7, 1, 1]
    assert np.isnan(alone["others_days_past_due_max"])


def test_of_two_equally_late_each_sees_the_other(make_ledger: Make) -> None:
    invoices = [owes("A", 60, 10), owes("B", 20, 10), owes("C", 20, 3)]
    told = groups_of(make_ledger(invoices, customers=parents(A="P", B="P", C="P"), complete_to=DAY))
    assert told["others_days_past_due_max"].tolist() == [10, 10, 10]


def test_a_member_without_an_open_item_does_not_count(make_ledger: Make) -> None:
    invoices = [owes("A", 60, 10), owes("B", 20, 10) | {"invoice_id": "I9"}]
    paid = [{"invoice_id": "I9", "amount": 20, "value_date": DAY}]
    told = groups_of(make_ledger(invoices, paid, customers=parents(A="P", B="P"), complete_to=DAY))
    assert told.index.tolist() == ["A"]
    assert told.loc["A", ["open_balance", "open_customer_count"]].tolist() == [60, 1]
    assert np.isnan(told.loc["A", "others_days_past_due_max"])


def test_chains_are_followed_one_step_only(make_ledger: Make) -> None:
    invoices = [owes("A", 60, 10), owes("B", 20, 20), owes("C", 5, 30)]
    told = groups_of(make_ledger(invoices, customers=parents(A="B", B="C", C=None), complete_to=DAY))
    assert told["open_balance"].tolist() == [60, 25, 25]


def test_a_book_that_names_no_parent_knows_no_groups(make_ledger: Make) -> None:
    told = groups_of(make_ledger([owes("A", 60, 10)], customers=parents(A=None), complete_to=DAY))
    assert told.isna().all(axis=None)
    assert groups_of(make_ledger([owes("A", 60, 10)], complete_to=DAY)).isna().all(axis=None)


def test_a_parent_counts_from_the_day_on_which_it_is_known(make_ledger: Make) -> None:
    begun = {"customer_id": "A", "parent": "P", "known_on": DAY}
    customers = [begun | {"parent": "Q", "known_on": dt.date(2024, 1, 1)}, begun]
    invoices = [owes("A", 60, 10), owes("P", 20, 10)]
    ledger = make_ledger(invoices, customers=customers, complete_to=DAY + dt.timedelta(days=1))
    days = (DAY + dt.timedelta(days=shift) for shift in (-1, 0, 1))
    assert [groups_of(ledger, day).loc["A", "open_balance"] for day in days] == [60, 80, 80]
