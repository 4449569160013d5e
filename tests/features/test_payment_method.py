from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
Rows = list[dict[str, Any]]

DAY = dt.date(2025, 6, 30)
NAMED = ("transfer", "check", "card", "direct_debit")


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def paid(method: str | None, amount: float, on: int = 30, **said: Any) -> dict[str, Any]:
    """Return a payment on account of customer C1 so many days ago."""
    return {"customer_id": "C1", "method": method, "amount": amount, "value_date": ago(on), **said}


def underway(method: str, lag: int, on: int = 30, value_lag: int = 0, who: str = "C1") -> dict[str, Any]:
    """Return a payment posted so many days ago and so many days after its initiation."""
    begun = on + lag
    days = {"value_date": ago(begun - value_lag), "initiated_on": ago(begun), "known_on": ago(on)}
    return {"customer_id": who, "method": method, "amount": 10, **days}


def customers_of(make_ledger: Make, postings: Rows) -> pd.DataFrame:
    """Return the figures of C1 and C2, who have an old open item each."""
    invoices = [
        {"invoice_id": who, "customer_id": who, "document_date": ago(900), "amount": 10**6}
        for who in ("C1", "C2")
    ]
    with take_snapshot(make_ledger(invoices, postings, complete_to=DAY), DAY) as snapshot:
        return build_features(snapshot, blocks=["payment_method"]).customers.set_index("customer_id")


def figures(make_ledger: Make, postings: Rows) -> pd.Series:
    return customers_of(make_ledger, postings).loc["C1"]


def shares(found: pd.Series) -> list[float]:
    named = [found[f"payment_{name}_share_12m"] for name in NAMED]
    return [*named, found["payment_other_method_share_12m"]]


def test_methods_share_the_amount_whose_method_is_known(make_ledger: Make) -> None:
    amounts = {"transfer": 40, "check": 20, "card": 20, "direct_debit": 10, "barter": 6, "cash": 4}
    rows = [paid(method, amount) for method, amount in amounts.items()]
    found = figures(make_ledger, [*rows, paid(None, 900)])
    assert shares(found) == pytest.approx([0.4, 0.2, 0.2, 0.1, 0.1])
    assert found["payment_methods_12m"] == 6
    # 1600 + 400 + 400 + 100 + 36 + 16 of 100 squared.
    assert found["payment_method_concentration_12m"] == pytest.approx(0.2552)


def test_one_method_is_all_of_it(make_ledger: Make) -> None:
    found = figures(make_ledger, [paid("check", 0.1), paid("check", 0.2)])
    assert shares(found) == [0, 1, 0, 0, 0]
    assert found["payment_methods_12m"] == found["payment_method_concentration_12m"] == 1
    assert found["payment_method_switched_12m"] == 0


def test_where_no_method_is_known_all_but_the_lags_are_missing(make_ledger: Make) -> None:
    begun = paid(None, 10, 30, initiated_on=ago(33), known_on=ago(28))
    found = figures(make_ledger, [begun])
    lags = {"payment_posting_lag_mean_12m": 5, "payment_posting_lag_p90_12m": 5}
    assert found.dropna().to_dict() == lags | {"payment_value_lag_mean_12m": 3}


def test_where_nothing_was_paid_or_begun_everything_is_missing(make_ledger: Make) -> None:
    found = customers_of(make_ledger, [paid(None, 10)])
    assert found.isna().all(axis=None)
    other = {"kind": "credit_note", "method": "check"}
    assert figures(make_ledger, [paid("check", 10, initiated_on=ago(31)) | other]).isna().all()


def test_payments_count_for_a_year_by_value_date(make_ledger: Make) -> None:
    days = (363, 364, 365, 366)
    rows = [
        paid(method, 10, on, initiated_on=ago(on + 1), known_on=ago(9))
        for method, on in zip(NAMED, days, strict=True)
    ]
    found = figures(make_ledger, rows)
    assert shares(found) == [0.5, 0.5, 0, 0, 0]
    assert found["payment_posting_lag_mean_12m"] == (355 + 356) / 2


@pytest.mark.parametrize(
    ("rows", "switched"),
    [
        ([paid("transfer", 100, 50), paid("check", 10, 20)], 1),
        # However large the latest payment is, it does not make its own method the usual one.
        ([paid("transfer", 100, 20), paid("check", 10, 50)], 1),
        ([paid("transfer", 100, 20), paid("check", 10, 50), paid("transfer", 11, 50)], 0),
        # What was paid on the last day counts for none.
        ([paid("transfer", 9, 50), paid("check", 10, 50), paid("transfer", 5, 20)], 1),
        # Both on the last day: the usual one is among them.
        ([paid("transfer", 100, 20), paid("check", 10, 20), paid("check", 1, 50)], 0),
        # Nothing before that day.
        ([paid("transfer", 100, 20), paid("check", 10, 20)], 0),
        # A day out of the window tells nothing.
        ([paid("transfer", 100, 364), paid("check", 10, 20)], 1),
        ([paid("transfer", 100, 365), paid("check", 10, 20)], 0),
        # A payment whose method is unknown tells of no other.
        ([paid("transfer", 100, 50), paid(None, 10, 20)], 0),
        # The usual one has the larger amount, not the larger number.
        ([paid("transfer", 1, 60), paid("transfer", 1, 50), paid("check", 10, 70)], 1),
    ],
)
def test_a_switch_is_a_latest_payment_by_another_than_the_usual_method(
    rows: Rows, switched: int, make_ledger: Make
) -> None:
    assert figures(make_ledger, rows)["payment_method_switched_12m"] == switched


def test_a_cancelled_payment_was_paid_by_no_method(make_ledger: Make) -> None:
    # Booked as a check, cancelled, and booked again as a transfer.
    first = paid("check", 10, 30, posting_id="A", initiated_on=ago(34), known_on=ago(30))
    again = first | {"known_on": ago(5), "restates": "A"}
    rows = [
        first,
        again | {"posting_id": "A-", "amount": -10},
        again | {"posting_id": "A2", "method": "transfer"},
    ]
    found = figures(make_ledger, rows)
    assert shares(found) == [1, 0, 0, 0, 0]
    assert found["payment_methods_12m"] == 1
    assert found["payment_method_switched_12m"] == 0
    # What corrects it was known later for another reason than its way to the books.
    assert found["payment_posting_lag_mean_12m"] == 4
    assert found["payment_check_posting_lag_mean_12m"] == 4
    assert math.isnan(found["payment_transfer_posting_lag_mean_12m"])


def test_lags_run_from_initiation_to_posting_and_to_the_value_date(make_ledger: Make) -> None:
    # Lags 2, 4 (transfer), 9 (check) and 1 (card); the ninth decile lies at 4 + 0.7 * 5.
    rows = [
        underway("transfer", 2, value_lag=1),
        underway("transfer", 4, value_lag=3),
        underway("check", 9, value_lag=8),
        underway("card", 1),
        paid("check", 10),
    ]
    found = figures(make_ledger, rows)
    assert found["payment_posting_lag_mean_12m"] == 4
    assert found["payment_posting_lag_p90_12m"] == pytest.approx(7.5)
    assert found["payment_value_lag_mean_12m"] == 3
    assert found["payment_check_posting_lag_mean_12m"] == 9
    assert found["payment_transfer_posting_lag_mean_12m"] == 3


def test_equal_lags_count_each(make_ledger: Make) -> None:
    # Of 2 ten times and 12 once the ninth decile is the tenth lag; of two 12s it lies between 2 and 12.
    rows = [underway("check", 2) for _ in range(10)]
    assert figures(make_ledger, [*rows, underway("check", 12)])["payment_posting_lag_p90_12m"] == 2
    found = figures(make_ledger, [*rows[:8], underway("card", 12), underway("check", 12)])
    assert found["payment_posting_lag_p90_12m"] == 12
    found = figures(make_ledger, [*rows[:9], underway("check", 12)])
    assert found["payment_posting_lag_p90_12m"] == pytest.approx(3)


def test_the_reminder_comes_as_early_as_the_customer_s_payments_take_drawn_to_the_book_s(
    make_ledger: Make,
) -> None:
    # Checks take 3 here and 13 there, 12 nine tenths of the way; transfers take 1.
    rows = [
        underway("check", 3),
        underway("transfer", 1, who="C2"),
        underway("transfer", 1, who="C2"),
        underway("check", 13, who="C2"),
    ]
    found = customers_of(make_ledger, rows)["payment_reminder_offset_12m"]
    # One payment of 3 and five of the book's 12.
    assert found["C1"] == pytest.approx((3 + 5 * 12) / 6)
    # Of 1, 1 and 13 the ninth decile is 10.6; the usual method is the transfer.
    assert found["C2"] == pytest.approx((3 * 10.6 + 5 * 1) / 8)


def test_the_reminder_is_the_book_s_where_the_customer_told_no_lag(make_ledger: Make) -> None:
    rows = [paid("check", 10), underway("check", 7, who="C2")]
    assert customers_of(make_ledger, rows)["payment_reminder_offset_12m"].tolist() == [7, 7]


def test_the_reminder_is_missing_where_no_lag_of_the_usual_method_is_known(make_ledger: Make) -> None:
    found = figures(make_ledger, [paid("card", 100), underway("check", 3)])
    assert math.isnan(found["payment_reminder_offset_12m"])
    assert found["payment_posting_lag_mean_12m"] == 3


def test_cash_on_an_invoice_is_its_customer_s(make_ledger: Make) -> None:
    named = {"invoice_id": "C2", "customer_id": None}
    found = customers_of(make_ledger, [paid("card", 10) | named, paid("check", 10)])
    assert shares(found.loc["C2"]) == [0, 0, 1, 0, 0]
    assert shares(found.loc["C1"]) == [0, 1, 0, 0, 0]
