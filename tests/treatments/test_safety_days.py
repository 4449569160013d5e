from __future__ import annotations

import datetime as dt

import holidays
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.treatments.safety_days import is_contact_day, next_contact_day

COUNTRIES = ("DE", "US", "SA", "IL", "JP", "", "Atlantis", "es ")


def walked(day: dt.date, country: str, quiet: tuple[str, ...]) -> dt.date:
    """Walk day by day, as one would with a calendar on the wall."""
    try:
        calendar = holidays.country_holidays(country.strip().upper(), years=[day.year, day.year + 1])
        weekend, closed = calendar.weekend, set(calendar)
    except NotImplementedError:
        weekend, closed = {5, 6}, set()
    while day.weekday() in weekend or day in closed or f"{day:%m-%d}" in quiet:
        day += dt.timedelta(days=1)
    return day


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)), st.sampled_from(COUNTRIES)),
        max_size=8,
    ),
    st.sets(st.sampled_from(["12-24", "12-31", "02-29", "06-01"])),
)
def test_the_next_contact_day_is_found_by_walking_too(drawn, quiet) -> None:
    days = pd.Series(pd.to_datetime([day for day, _ in drawn]), index=range(10, 10 + len(drawn)))
    country = pd.Series([name for _, name in drawn], index=days.index, dtype="str")
    found = next_contact_day(days, country, quiet)
    assert found.dt.date.tolist() == [walked(day, name, tuple(quiet)) for day, name in drawn]
    assert found.index.equals(days.index)
    assert is_contact_day(found, country, quiet).all()


def test_a_weekend_is_the_country_s_own() -> None:
    friday = pd.Series(pd.to_datetime(["2026-11-06"] * 3))
    found = next_contact_day(friday, pd.Series(["SA", "DE", ""]))
    assert found.dt.strftime("%d").tolist() == ["08", "06", "06"]


def test_a_gap_in_the_country_is_no_country() -> None:
    saturday = pd.Series(pd.to_datetime(["2026-11-07"]))
    assert next_contact_day(saturday, pd.Series([None], dtype="str")).dt.day.tolist() == [9]
