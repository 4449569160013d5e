from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

DAY = dt.date(2024, 2, 1)


def figures(make_ledger: Make, due: str, country: str | None = "DE") -> pd.Series:
    invoice = {"invoice_id": "I1", "due_date": dt.date.fromisoformat(due)}
    master = {"customer_id": "C1", "country": country}
    with take_snapshot(make_ledger([invoice], customers=[master], complete_to=DAY), DAY) as snapshot:
        return (
            build_features(snapshot, blocks=["due_calendar"])
            .items.iloc[0]
            .drop(["invoice_id", "customer_id"])
        )


@pytest.mark.parametrize(
    ("due", "left", "month_end", "quarter_end"),
    [
        ("2024-02-26", 3, 0, 0),
        ("2024-02-27", 2, 1, 0),
        ("2024-02-29", 0, 1, 0),
        ("2024-03-01", 30, 0, 0),
        ("2024-03-28", 3, 0, 0),
        ("2024-03-29", 2, 1, 1),
        ("2024-12-31", 0, 1, 1),
        ("2025-02-28", 0, 1, 0),
    ],
)
def test_the_end_of_a_month_is_its_last_three_days_and_a_quarter_ends_with_its_last_month(
    due: str, left: int, month_end: int, quarter_end: int, make_ledger: Make
) -> None:
    found = figures(make_ledger, due)
    assert found["due_month"] == int(due[5:7])
    assert found["due_days_to_month_end"] == left
    assert found["due_month_end"] == month_end
    assert found["due_quarter_end"] == quarter_end


@pytest.mark.parametrize(
    ("due", "weekend", "holiday", "shift"),
    [
        ("2024-06-14", 0, 0, 0),  # a plain Friday
        ("2024-06-15", 1, 0, 2),  # Saturday
        ("2024-06-16", 1, 0, 1),  # Sunday
        ("2024-06-17", 0, 0, 0),  # Monday
        ("2024-03-28", 0, 0, 0),  # Maundy Thursday
        ("2024-03-29", 0, 1, 4),  # Good Friday, then the weekend and Easter Monday
        ("2024-04-01", 0, 1, 1),  # Easter Monday
        ("2024-12-25", 0, 1, 2),  # Christmas Day and its second, in the middle of a week
        ("2024-10-03", 0, 1, 1),  # German Unity
    ],
)
def test_a_due_day_is_moved_over_weekends_and_holidays(
    due: str, weekend: int, holiday: int, shift: int, make_ledger: Make
) -> None:
    found = figures(make_ledger, due)
    assert found["due_weekend"] == weekend
    assert found["due_holiday"] == holiday
    assert found["due_business_shift_days"] == shift


def test_each_country_has_its_own_holidays(make_ledger: Make) -> None:
    assert figures(make_ledger, "2024-07-04", "DE")["due_holiday"] == 0
    american = figures(make_ledger, "2024-07-04", "US")
    assert american[["due_holiday", "due_business_shift_days"]].tolist() == [1, 1]


@pytest.mark.parametrize("country", [None, "Atlantis"])
def test_without_a_calendar_only_weekends_and_months_are_known(
    country: str | None, make_ledger: Make
) -> None:
    found = figures(make_ledger, "2024-06-15", country)
    assert found[found.isna()].index.tolist() == ["due_holiday", "due_business_shift_days"]
    assert found["due_weekend"] == 1


def test_a_customer_without_a_calendar_is_missing_beside_one_that_has_it(make_ledger: Make) -> None:
    due = dt.date(2024, 6, 15)
    invoices = [{"invoice_id": f"I{n}", "customer_id": f"C{n}", "due_date": due} for n in (1, 2, 3)]
    masters = [{"customer_id": "C1", "country": "DE"}, {"customer_id": "C2", "country": "Atlantis"}]
    with take_snapshot(make_ledger(invoices, customers=masters, complete_to=DAY), DAY) as snapshot:
        found = build_features(snapshot, blocks=["due_calendar"]).items
    assert found["due_business_shift_days"].fillna(-1).tolist() == [2, -1, -1]


def test_without_master_data_there_is_no_calendar(make_ledger: Make) -> None:
    with take_snapshot(make_ledger([{"invoice_id": "I1"}], complete_to=DAY), DAY) as snapshot:
        found = build_features(snapshot, blocks=["due_calendar"]).items.iloc[0]
    assert found[["due_holiday", "due_business_shift_days"]].isna().all()
    assert found["due_month"] == 1
