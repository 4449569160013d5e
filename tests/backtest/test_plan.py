from __future__ import annotations

import datetime as dt

import pytest

from arseg.backtest.plan import Plan, last_month_end, month_end, month_ends, parse_key_dates
from arseg.schema import UsageError


def test_month_ends_walk_over_years_and_leap_days() -> None:
    assert month_end(dt.date(2024, 3, 31), back=1) == dt.date(2024, 2, 29)
    assert month_end(dt.date(2025, 1, 1), back=1) == dt.date(2024, 12, 31)
    assert month_end(dt.date(2025, 12, 5), back=-1) == dt.date(2026, 1, 31)


def test_the_last_month_end_is_the_day_itself_where_it_is_one() -> None:
    assert last_month_end(dt.date(2025, 2, 28)) == dt.date(2025, 2, 28)
    assert last_month_end(dt.date(2024, 2, 28)) == dt.date(2024, 1, 31)


def test_a_range_of_months_holds_every_end_once() -> None:
    days = parse_key_dates("2024-11/2025-02")
    assert [str(day) for day in days] == ["2024-11-30", "2024-12-31", "2025-01-31", "2025-02-28"]
    assert parse_key_dates("2025-06-15") == (dt.date(2025, 6, 15),)
    assert parse_key_dates("2025-01-31/2025-02-27") == (dt.date(2025, 1, 31),)
    assert month_ends(dt.date(2025, 2, 1), dt.date(2025, 1, 1)) == ()


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(UsageError, match=r"key_dates holds no month-end\. Given: 2025-03/2025-01"):
        parse_key_dates("2025-03/2025-01")


def test_what_is_no_month_is_refused() -> None:
    with pytest.raises(UsageError, match="key_dates is not a day"):
        parse_key_dates("2025-13/2026-01")


@pytest.mark.parametrize(
    "name", ["horizon_days", "landmarks", "refit_every", "fewest_events", "fewest_followed_days", "draws"]
)
def test_a_plan_refuses_what_cannot_be(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is too small"):
        Plan(**{name: 0})


def test_a_negative_lag_is_refused() -> None:
    with pytest.raises(UsageError, match="settle_lag_days is negative"):
        Plan(settle_lag_days=-1)
