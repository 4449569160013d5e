from __future__ import annotations

import datetime as dt

import pytest

from arseg import schema
from arseg.schema import UsageError


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
