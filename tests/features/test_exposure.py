"""The exposure block on tiny ledgers, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

DAY = dt.date(2024, 2, 1)


def exposure_of(ledger: Ledger, day: dt.date = DAY) -> pd.DataFrame:
    with take_snapshot(ledger, day) as snapshot:
        return build_features(snapshot, blocks=["exposure"]).customers.set_index("customer_id")


def on_account(kind: str, amount: int, **rest: Any) -> dict[str, Any]:
    return {"kind": kind, "amount": amount, "customer_id": "C1", "value_date": dt.date(2024, 1, 20), **rest}


def test_the_open_balance_is_due_or_not_and_disputed_or_not(make_ledger: Make) -> None:
    days = (DAY, DAY - dt.timedelta(days=1), DAY - dt.timedelta(days=9))
    amounts = (100, 60, 40)
    invoices = [{"amount": a, "due_date": day} for a, day in zip(amounts, days, strict=True)]
    dispute = {"invoice_id": "I3", "opened_on": dt.date(2024, 1, 30)}
    owed = exposure_of(make_ledger(invoices, disputes=[dispute], complete_to=DAY)).loc["C1"]
    assert owed[["open_count", "open_balance", "open_not_due_balance"]].tolist() == [3, 200, 100]
    assert owed[["open_overdue_balance", "open_disputed_balance"]].tolist() == [100, 40]
    assert owed["open_undisputed_overdue_balance"] == 60
    assert owed[["open_overdue_share", "open_largest_item_share"]].tolist() == [0.5, 0.5]


def test_without_disputes_nothing_is_said_of_them(make_ledger: Make) -> None:
    owed = exposure_of(make_ledger([{}], complete_to=DAY)).loc["C1"]
    assert owed[["open_disputed_balance", "open_undisputed_overdue_balance"]].isna().all()
    assert owed["open_overdue_balance"] == 100


def test_unapplied_cash_is_shown_apart_and_netted_only_where_the_name_says_so(make_ledger: Make) -> None:
    moves = [on_account("payment", 70), on_account("reversal", 20), on_account("credit_note", 5)]
    owed = exposure_of(make_ledger([{}], moves, complete_to=DAY)).loc["C1"]
    assert owed[["open_balance", "exposure_unapplied_cash", "exposure_net_balance"]].tolist() == [100, 50, 50]


def test_more_cash_than_debt_is_a_net_balance_below_zero(make_ledger: Make) -> None:
    owed = exposure_of(make_ledger([{}], [on_account("payment", 130)], complete_to=DAY)).loc["C1"]
    assert owed["exposure_net_balance"] == -30


def test_cash_on_account_of_nobody_makes_unapplied_cash_unknown(make_ledger: Make) -> None:
    nobody = on_account("payment", 70, customer_id=None)
    names = ["exposure_unapplied_cash", "exposure_net_balance"]
    assert exposure_of(make_ledger([{}], [nobody], complete_to=DAY)).loc["C1", names].isna().all()
    other = on_account("payment", 10, customer_id="C2")
    owed = exposure_of(make_ledger([{}], [nobody, other], complete_to=DAY)).loc["C1", names]
    assert owed.tolist() == [0, 100]


def test_a_credit_that_still_stands_is_apart_from_the_open_balance(make_ledger: Make) -> None:
    invoices = [{"amount": 100}, {"invoice_id": "I2", "amount": -60}, {"invoice_id": "I3", "amount": -40}]
    paid_out = [
        {"invoice_id": "I2", "kind": "reversal", "amount": 25, "value_date": dt.date(2024, 1, 9)},
        {"invoice_id": "I3", "kind": "reversal", "amount": 50, "value_date": dt.date(2024, 1, 9)},
    ]
    owed = exposure_of(make_ledger(invoices, paid_out, complete_to=DAY)).loc["C1"]
    assert owed[["open_balance", "exposure_credit_balance"]].tolist() == [100, 35]


@pytest.mark.parametrize(("ago", "credited"), [(89, 30), (90, 0), (91, 0)])
@pytest.mark.parametrize("invoice", ["I1", None])
@pytest.mark.parametrize("customer", ["C1", None])
def test_a_credit_note_counts_for_less_than_ninety_days(
    ago: int, credited: int, invoice: str | None, customer: str | None, make_ledger: Make
) -> None:
    if invoice is None and customer is None:
        credited = 0
    day = dt.date(2024, 6, 1)
    note = on_account("credit_note", 30, invoice_id=invoice, customer_id=customer)
    note["value_date"] = day - dt.timedelta(days=ago)
    owed = exposure_of(make_ledger([{}], [note], complete_to=day), day).loc["C1"]
    assert owed["exposure_credit_note_amount_90d"] == credited


@pytest.mark.parametrize(
    ("insured", "orders", "wanted"),
    [
        (60, 15, [60, 40, 15, 115]),
        (250, 0, [100, 0, 0, 100]),
        (0, None, [0, 100, np.nan, np.nan]),
        (None, 7, [np.nan, np.nan, 7, 107]),
    ],
)
def test_what_is_insured_and_ordered_is_missing_where_it_is_not_given(
    insured: int | None, orders: int | None, wanted: list[float], make_ledger: Make
) -> None:
    earlier = {"customer_id": "C1", "effective_on": dt.date(2024, 1, 1), "insured": 1, "open_orders": 1}
    given = {"insured": insured, "open_orders": orders, "effective_on": dt.date(2024, 1, 5)}
    owed = exposure_of(make_ledger([{}], credit=[earlier, earlier | given], complete_to=DAY)).loc["C1"]
    names = ["exposure_insured_balance", "exposure_uninsured_balance", "exposure_open_orders"]
    np.testing.assert_array_equal(owed[[*names, "exposure_total"]], wanted)


def test_of_two_rows_for_one_day_the_one_known_later_is_in_force(make_ledger: Make) -> None:
    row = {"customer_id": "C1", "effective_on": dt.date(2024, 1, 5), "known_on": dt.date(2024, 1, 5)}
    facts = [row | {"insured": 10}, row | {"insured": 20, "known_on": DAY}]
    ledger = make_ledger([{}], credit=facts, complete_to=DAY)
    days = (DAY - dt.timedelta(days=1), DAY)
    assert [exposure_of(ledger, day).loc["C1", "exposure_insured_balance"] for day in days] == [10, 20]


def test_a_customer_without_a_credit_row_has_nothing_insured_that_is_known(make_ledger: Make) -> None:
    facts = [{"customer_id": "C2", "insured": 10, "open_orders": 3}]
    owed = exposure_of(make_ledger([{}], credit=facts, complete_to=DAY)).loc["C1"]
    assert owed[["exposure_insured_balance", "exposure_uninsured_balance", "exposure_total"]].isna().all()
