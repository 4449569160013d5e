"""Public holidays by country."""

from __future__ import annotations

import datetime as dt

from arseg.ledger.public_holidays import holiday_table


def test_moving_feasts_are_there_and_unknown_countries_are_not() -> None:
    rows = holiday_table(["DE", "US", "Atlantis", "DE"], [2026]).to_pylist()
    assert {"country": "DE", "day": dt.date(2026, 4, 3)} in rows
    assert {"country": "US", "day": dt.date(2026, 11, 26)} in rows
    assert {row["country"] for row in rows} == {"DE", "US"}
    assert rows == sorted(rows, key=lambda row: (row["country"], row["day"]))


def test_a_year_that_is_a_slip_of_the_pen_has_none() -> None:
    assert holiday_table(["DE"], [9999, 202]).num_rows == 0
    assert holiday_table([], range(2020, 2030)).num_rows == 0
