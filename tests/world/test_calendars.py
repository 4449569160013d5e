from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from arseg.world.calendars import HOLIDAYS, MONTH_END, RUN_NAMES, SEMI_MONTHLY, Calendar


def _date(calendar: Calendar, day: int) -> dt.date:
    return calendar.start + dt.timedelta(days=int(day))


def test_weekdays_months_and_the_end_agree_with_the_standard_library(calendar: Calendar) -> None:
    for day in range(calendar.days):
        date = _date(calendar, day)
        assert calendar.weekday[day] == date.weekday()
        assert calendar.month[day] == (date.year - 2024) * 12 + date.month - 1
    assert calendar.end == dt.date(2025, 6, 30)


def test_no_business_on_weekends_and_holidays(calendar: Calendar) -> None:
    for day in range(calendar.days):
        date = _date(calendar, day)
        closed = date.weekday() >= 5 or (date.month, date.day) in {(1, 1), (5, 1), (12, 25), (12, 26)}
        assert calendar.business[day] != closed


@pytest.mark.parametrize("country", range(len(HOLIDAYS)))
@pytest.mark.parametrize("kind", range(len(RUN_NAMES)))
def test_a_run_goes_on_a_business_day_and_never_back(calendar: Calendar, kind: int, country: int) -> None:
    runs = calendar.next_run[country, kind, : calendar.days]
    assert (runs >= np.arange(calendar.days)).all()
    assert calendar.business[runs].all()
    np.testing.assert_array_equal(calendar.next_run[country, kind, runs], runs)


def test_the_month_end_run_goes_on_the_last_business_day(calendar: Calendar) -> None:
    assert _date(calendar, calendar.next_run[0, MONTH_END, 0]) == dt.date(2024, 1, 31)
    assert _date(calendar, calendar.next_run[0, MONTH_END, 60]) == dt.date(2024, 3, 29)


def test_the_middle_run_waits_for_monday(calendar: Calendar) -> None:
    june = (dt.date(2024, 6, 3) - calendar.start).days
    assert _date(calendar, calendar.next_run[0, SEMI_MONTHLY, june]) == dt.date(2024, 6, 17)


def test_no_customer_pays_on_a_holiday_of_its_country(calendar: Calendar) -> None:
    countries = list(HOLIDAYS)
    for country, own in HOLIDAYS.items():
        for month, day in own:
            holiday = (dt.date(2024, month, day) - calendar.start).days
            runs = calendar.next_run[countries.index(country)]
            assert (runs[:, holiday] > holiday).all()
    july_4 = (dt.date(2024, 7, 4) - calendar.start).days
    assert calendar.next_run[countries.index("DE"), 0, july_4] == july_4
