from __future__ import annotations

import datetime as dt

import pytest

from arseg import schema
from arseg.schema import UsageError
from arseg.schema.days import last_month_end, month_end, month_ends, parse_key_dates


def test_days_are_read_from_text_dates_and_timestamps() -> None:
    day = dt.date(2026, 10, 31)
    assert schema.parse_day("2026-10-31") == day
    assert schema.parse_day(day) == day
    assert schema.parse_day(dt.datetime(2026, 10, 31)) == day  # noqa: DTZ001 (a day has no zone)


@pytest.mark.parametrize(
    "text", ["31.10.2026", "2026-02-30", "", "today", "20261031", "2026-W44-6", "2026-10-31T00:00"]
)
def test_what_is_not_a_day_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"key_date is not a day\. Given: .*Allowed: YYYY-MM-DD"):
        schema.parse_day(text)


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
