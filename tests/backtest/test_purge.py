from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.backtest.purge import purge
from arseg.schema import DataError

LANDMARK = dt.date(2025, 1, 31)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 200)), st.integers(0, 150), st.integers(1, 120))
def test_no_kept_label_window_meets_the_window_that_is_judged(
    durations: list[int], days: int, horizon: int
) -> None:
    until = LANDMARK + dt.timedelta(days=days)
    rows = pd.DataFrame({"duration": pd.Series(durations, dtype="int64")})
    kept = purge(rows, LANDMARK, until=until)
    judged = set(range(days + 1, days + horizon + 1))
    for duration in kept.rows["duration"]:
        assert not judged & set(range(1, duration + 1))
    assert len(kept.rows) + kept.dropped == len(rows)
    assert kept.dropped == sum(duration > days for duration in durations)


def test_rows_without_a_duration_are_refused() -> None:
    with pytest.raises(DataError, match="duration"):
        purge(pd.DataFrame({"event": [1]}), LANDMARK, until=LANDMARK)
