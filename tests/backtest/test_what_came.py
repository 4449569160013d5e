"""What came is what is observed, and a day that nothing is known of breaks nothing before a model needs it."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from arseg.backtest import Plan, Walk
from arseg.backtest.what_came import what_came, windows
from arseg.ledger import Ledger, observe_flows, observe_outcomes
from arseg.schema import UsageError

DAYS = [dt.date(2025, 3, 31), dt.date(2025, 4, 30), dt.date(2025, 6, 30)]


def test_it_is_what_the_ledger_says_day_by_day(small_ledger: Ledger) -> None:
    seen = small_ledger.last_known
    for (day, end), came in zip(
        windows(DAYS, seen), what_came(Walk(small_ledger, Plan()), DAYS, seen), strict=True
    ):
        assert not isinstance(came, Exception)
        reach = day + dt.timedelta(days=Plan().horizon_days)
        pd.testing.assert_frame_equal(
            came[0], observe_outcomes(small_ledger, day, observed_on=seen, until=reach)
        )
        pd.testing.assert_frame_equal(came[1], observe_flows(small_ledger, day, until=end, observed_on=seen))


def test_the_windows_tile_the_time_and_end_with_what_is_known() -> None:
    found = windows(DAYS, dt.date(2025, 7, 10))
    assert [day for day, _ in found] == DAYS
    assert [end for _, end in found] == [*DAYS[1:], dt.date(2025, 7, 10)]
    assert windows(DAYS, dt.date(2026, 1, 1))[-1][1] == dt.date(2025, 7, 31)
    assert windows([], dt.date(2026, 1, 1)) == []


def test_a_day_that_cannot_be_read_is_said_in_its_place(small_ledger: Ledger) -> None:
    days = [dt.date(1990, 1, 31), DAYS[0]]
    first, second = what_came(Walk(small_ledger, Plan()), days, small_ledger.last_known)
    assert isinstance(first, UsageError)
    assert not isinstance(second, Exception)
