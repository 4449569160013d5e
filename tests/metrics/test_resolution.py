from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.metrics.resolution import resolution_days
from arseg.schema import UsageError

ROWS = st.lists(st.tuples(st.sampled_from([0, 1, 2, 3]), st.integers(1, 89)), min_size=1, max_size=20)


def outcomes(rows: list[tuple[int, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["event", "duration"])


@settings(deadline=None)
@given(ROWS)
def test_with_nothing_lost_it_is_the_plain_mean_of_days_up_to_the_horizon(
    rows: list[tuple[int, int]],
) -> None:
    y = outcomes([(event, duration if event else 90) for event, duration in rows])
    days = np.where(y["event"].isin([1, 2]), np.minimum(y["duration"], 60), 60)
    assert resolution_days(y, 60).item() == pytest.approx(days.mean())


def test_a_write_off_is_not_a_resolution() -> None:
    assert resolution_days(outcomes([(3, 5), (0, 90)]), 60).item() == 60
    assert resolution_days(outcomes([(2, 5), (0, 90)]), 60).item() == pytest.approx(32.5)


def test_items_lost_from_sight_are_stood_in_for() -> None:
    y = outcomes([(0, 10), (1, 20), (0, 90)])
    # From day 20 one of the two still seen is resolved: (20 + 40 x 1/2).
    assert resolution_days(y, 60).item() == pytest.approx(40)


def test_groups_are_judged_apart_and_weights_count() -> None:
    y = outcomes([(1, 10), (1, 30), (1, 50)])
    assert resolution_days(y, 60, by=["a", "a", "b"]).tolist() == pytest.approx([20, 50])
    assert resolution_days(y, 60, weight=[3, 1, 0]).item() == pytest.approx(15)


def test_a_horizon_beyond_what_was_seen_has_no_mean() -> None:
    assert np.isnan(resolution_days(outcomes([(0, 10), (1, 5)]), 60)).all()


def test_a_horizon_without_a_day_is_refused() -> None:
    with pytest.raises(UsageError, match="the horizon is no day"):
        resolution_days(outcomes([(1, 5)]), 0)
