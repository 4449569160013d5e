from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from arseg.metrics.promises import promise_end, promises_kept
from arseg.schema import DataError

MADE, DUE = pd.Timestamp("2026-10-01"), pd.Timestamp("2026-10-08")
CUT_OFF = dt.date(2026, 10, 31)


def promise(**changes: object) -> dict[str, object]:
    ends = promise_end([changes.get("due_on", DUE)])[0]
    row = {"customer_id": "c", "invoice_id": "i", "made_on": MADE, "ends_on": ends, "amount": 1000.0}
    return row | {name: value for name, value in changes.items() if name != "due_on"}


def paid(*rows: tuple[str, float], invoice_id: str | None = "i") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["value_date", "amount"]).astype({"amount": float})
    return frame.assign(customer_id="c", invoice_id=invoice_id)


def kept(promises: list[dict[str, object]], payments: pd.DataFrame) -> pd.DataFrame:
    return promises_kept(pd.DataFrame(promises), payments, cut_off=CUT_OFF)


@pytest.mark.parametrize(
    ("day", "amount", "expected"),
    [
        ("2026-10-08", 1000, 1.0),
        ("2026-10-13", 950, 1.0),
        ("2026-10-14", 1000, 0.0),
        ("2026-10-08", 949.99, 0.0),
        ("2026-10-01", 1000, 1.0),
        ("2026-09-30", 1000, 0.0),
    ],
    ids=["on the day", "95 % and three business days", "a day too late", "a cent short", "at once", "before"],
)
def test_a_promise_is_kept_by_95_percent_within_three_business_days(
    day: str, amount: float, expected: float
) -> None:
    assert kept([promise()], paid((day, amount)))["numerator"].item() == expected


def test_weekends_and_holidays_are_no_business_days() -> None:
    ends = promise_end(["2026-10-09", "2026-10-10", "2026-10-11", "2026-10-12"])
    assert ends.dt.day.tolist() == [14, 14, 14, 15]
    assert promise_end(["2026-10-08"], holidays=[dt.date(2026, 10, 12)]).dt.day.item() == 14
    assert promise_end(["2026-10-09"], grace=0).dt.day.item() == 9


def test_amounts_count_up_to_what_was_promised() -> None:
    found = kept([promise(), promise(invoice_id="j")], paid(("2026-10-05", 5000)))
    assert found["kept_amount"].tolist() == [1000, 0]
    assert found["promised_amount"].sum() == 2000
    half = kept([promise()], paid(("2026-10-05", 400), ("2026-10-06", 200), ("2026-10-07", -100)))
    assert half["kept_amount"].item() == 500, "a bounced payment is none"
    assert half["numerator"].item() == 0


def test_only_matured_promises_count_however_early_they_were_kept() -> None:
    late = promise(due_on=pd.Timestamp("2026-10-28"))
    found = kept([late], paid(("2026-10-05", 1000)))
    assert found[["numerator", "denominator", "promised_amount"]].to_numpy().tolist() == [[0, 0, 0]]


def test_a_renewed_promise_breaks_the_old_one_unless_it_was_kept_before() -> None:
    again = promise(made_on=pd.Timestamp("2026-10-06"), due_on=pd.Timestamp("2026-10-15"))
    found = kept([promise(), again], paid(("2026-10-07", 1000)))
    assert found["numerator"].tolist() == [0, 1], "the cash is the new one's"
    found = kept([promise(), again], paid(("2026-10-05", 1000)))
    assert found["numerator"].tolist() == [1, 0]
    other = again | {"invoice_id": "j"}
    assert kept([promise(), other], paid(("2026-10-07", 1000)))["numerator"].tolist() == [1, 0]


def test_a_promise_for_the_account_is_kept_by_cash_on_any_invoice() -> None:
    account = promise(invoice_id=None)
    payments = pd.concat([paid(("2026-10-05", 600)), paid(("2026-10-06", 400), invoice_id=None)])
    assert kept([account], payments)["numerator"].item() == 1
    assert kept([promise()], payments)["numerator"].item() == 0, "its own invoice got 600"


def test_a_book_without_payments_keeps_nothing() -> None:
    found = kept([promise()], paid())
    assert found["numerator"].item() == 0
    assert found["denominator"].item() == 1


def test_a_promise_without_an_amount_is_refused() -> None:
    with pytest.raises(DataError, match=r"a promise has no amount. Given: 1 of 2"):
        kept([promise(), promise(amount=float("nan"))], paid())
