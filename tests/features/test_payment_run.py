from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

# A Monday.
DAY = dt.date(2025, 6, 30)
RHYTHM = [f"payment_run_{name}_12m" for name in ("gap_mean", "gap_cv", "pause", "next_days")]


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def paid(on: int, **said: Any) -> dict[str, Any]:
    """Return a payment on account so many days ago."""
    return {"customer_id": "C1", "amount": 10, "value_date": ago(on), **said}


def figures(make_ledger: Make, postings: list[dict[str, Any]]) -> pd.Series:
    invoices = [{"invoice_id": "I0", "document_date": ago(900), "amount": 10**6}]
    with take_snapshot(make_ledger(invoices, postings, complete_to=DAY), DAY) as snapshot:
        customers = build_features(snapshot, blocks=["payment_run"]).customers
    return customers.set_index("customer_id").loc["C1"]


def test_payments_of_one_day_are_one_pay_day_and_other_postings_none(make_ledger: Make) -> None:
    rows = [paid(20), paid(20, invoice_id="I0"), paid(10, kind="credit_note"), paid(5)]
    found = figures(make_ledger, rows)
    assert found["payment_run_days_12m"] == 2
    assert found["payment_run_last_days"] == 5


def test_who_never_paid_has_no_pay_days_and_nothing_else(make_ledger: Make) -> None:
    found = figures(make_ledger, [])
    assert found["payment_run_days_12m"] == 0
    assert found.drop("payment_run_days_12m").isna().all()


@pytest.mark.parametrize(("on", "days"), [(363, 2), (364, 2), (365, 1), (366, 1)])
def test_pay_days_count_for_a_year(on: int, days: int, make_ledger: Make) -> None:
    assert figures(make_ledger, [paid(on), paid(0)])["payment_run_days_12m"] == days


def test_gaps_lie_between_pay_days(make_ledger: Make) -> None:
    # Gaps of 10, 20 and 30 days: standard deviation 10; the last one is 5 days past.
    found = figures(make_ledger, [paid(on) for on in (65, 55, 35, 5)])
    assert found["payment_run_gap_mean_12m"] == 20
    assert found["payment_run_gap_cv_12m"] == pytest.approx(0.5)
    assert found["payment_run_pause_12m"] == 0.25
    assert found["payment_run_next_days_12m"] == 15


def test_equal_gaps_vary_by_exactly_nothing_and_an_overdue_run_is_due_at_once(make_ledger: Make) -> None:
    found = figures(make_ledger, [paid(14 + 7 * n) for n in range(50)])
    assert found[RHYTHM].tolist() == [7, 0, 2, 0]


def test_a_run_that_is_due_on_the_key_date_is_expected_in_no_day(make_ledger: Make) -> None:
    expected = {4: 3, 7: 0, 8: 0}
    for last, days in expected.items():
        found = figures(make_ledger, [paid(last + 7 * n) for n in range(3)])
        assert found["payment_run_next_days_12m"] == days


def test_two_pay_days_have_no_rhythm_and_three_have(make_ledger: Make) -> None:
    two, three = (figures(make_ledger, [paid(9 * n) for n in range(days)]) for days in (2, 3))
    assert two[RHYTHM].isna().all()
    assert (two["payment_run_days_12m"], two["payment_run_last_days"]) == (2, 0)
    assert three[RHYTHM].tolist() == [9, 0, 0, 9]


@pytest.mark.parametrize("shift", range(7))
def test_the_main_weekday_is_that_of_most_pay_days(shift: int, make_ledger: Make) -> None:
    # Three pay days on one weekday, two on the day before it.
    rows = [paid(70 - 7 * week - shift) for week in range(3)] + [paid(71 - 7 * n - shift) for n in range(2)]
    found = figures(make_ledger, rows)
    assert found["payment_run_weekday_12m"] == shift
    assert found["payment_run_weekday_share_12m"] == 3 / 5


def test_of_weekdays_with_as_many_pay_days_the_earlier_is_the_main_one(make_ledger: Make) -> None:
    # A Friday before a Tuesday.
    found = figures(make_ledger, [paid(10), paid(6)])
    assert found["payment_run_weekday_12m"] == 1
    assert found["payment_run_weekday_share_12m"] == 0.5


@pytest.mark.parametrize(
    ("day", "end", "start"),
    [
        (dt.date(2025, 5, 28), 0, 0),
        (dt.date(2025, 5, 29), 1, 0),
        (dt.date(2025, 5, 31), 1, 0),
        (dt.date(2025, 6, 1), 0, 1),
        (dt.date(2025, 6, 5), 0, 1),
        (dt.date(2025, 6, 6), 0, 0),
        (dt.date(2025, 2, 25), 0, 0),
        (dt.date(2025, 2, 26), 1, 0),
    ],
)
def test_the_end_of_a_month_is_its_last_three_days_and_the_beginning_its_first_five(
    day: dt.date, end: int, start: int, make_ledger: Make
) -> None:
    # Beside a day in the middle of a month.
    found = figures(make_ledger, [paid(0, value_date=day), paid(15)])
    assert found["payment_run_month_end_share_12m"] == end / 2
    assert found["payment_run_month_start_share_12m"] == start / 2


def test_a_day_whose_payments_were_all_cancelled_is_no_pay_day(make_ledger: Make) -> None:
    # The book had the wrong day: 20 days ago is cancelled, 18 days ago takes its place.
    wrong = paid(20, posting_id="A")
    red = wrong | {"posting_id": "A-", "amount": -10, "restates": "A", "known_on": ago(3)}
    right = paid(18, posting_id="A2", restates="A", known_on=ago(3))
    assert figures(make_ledger, [wrong, red, right])["payment_run_days_12m"] == 1
    found = figures(make_ledger, [wrong, red | {"amount": -4}, right])
    assert found["payment_run_days_12m"] == 2
    assert found["payment_run_last_days"] == 18


def test_a_payment_on_an_invoice_is_its_customer_s(make_ledger: Make) -> None:
    found = figures(make_ledger, [paid(7, invoice_id="I0", customer_id=None)])
    assert found["payment_run_days_12m"] == 1
