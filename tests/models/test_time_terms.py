from __future__ import annotations

import numpy as np
import pytest

from arseg.models.grid import ROW_COLUMNS
from arseg.models.time_terms import DUE_KNOTS, HABIT_KNOTS, natural_spline, time_terms

KNOTS = (0.0, 1.0, 3.0, 7.0)
DAILY = len(DUE_KNOTS) + len(HABIT_KNOTS) + 1


def row(**known: float) -> np.ndarray:
    standing = dict.fromkeys(ROW_COLUMNS, 0.0) | {"interval_length": 1.0, "interval_month_day": 15.0}
    standing |= {"interval_to_month_end": 15.0} | known
    return np.array([[standing[name] for name in ROW_COLUMNS]], dtype=np.float32)


def test_each_column_is_1_at_its_knot_and_0_at_the_others() -> None:
    np.testing.assert_allclose(natural_spline(np.array(KNOTS), KNOTS), np.eye(4), atol=1e-12)


def test_a_straight_line_is_its_own_spline() -> None:
    x = np.linspace(0, 7, 50)
    heights = 2 - 3 * np.array(KNOTS)
    np.testing.assert_allclose(natural_spline(x, KNOTS) @ heights, 2 - 3 * x, atol=1e-12)


def test_beyond_the_outer_knots_it_is_constant() -> None:
    far = natural_spline(np.array([-50.0, 4000.0]), KNOTS)
    np.testing.assert_allclose(far, natural_spline(np.array([0.0, 7.0]), KNOTS))


def test_the_ends_are_straight() -> None:
    """Natural: the second derivative is 0 at the outer knots."""
    x = np.array([0.0, 1e-3, 2e-3])
    bend = np.diff(natural_spline(x, KNOTS), n=2, axis=0) / 1e-6
    np.testing.assert_allclose(bend, 0, atol=1e-2)


@pytest.mark.parametrize("weekday", range(7))
def test_a_day_knows_its_weekday(weekday) -> None:
    flags = time_terms(row(interval_weekday=weekday))[0, DAILY : DAILY + 7]
    assert flags.tolist() == [float(day == weekday) for day in range(7)]


def test_a_longer_interval_has_no_weekday_but_a_share_of_business_days() -> None:
    terms = time_terms(row(interval_length=7, interval_business_days=5, interval_weekday=2))[0]
    assert terms[DAILY - 1] == pytest.approx(5 / 7)
    assert terms[DAILY : DAILY + 7].sum() == 0


@pytest.mark.parametrize(
    ("to_end", "day", "flags"), [(2, 28, [1, 0]), (3, 27, [0, 0]), (27, 3, [0, 1]), (26, 4, [0, 0])]
)
def test_the_edges_of_a_month_are_three_days_wide(to_end, day, flags) -> None:
    terms = time_terms(row(interval_to_month_end=to_end, interval_month_day=day))[0]
    assert terms[DAILY + 7 : DAILY + 9].tolist() == flags


def test_the_last_term_is_the_log_of_the_days_since_the_key_date() -> None:
    assert time_terms(row(interval_elapsed=9))[0, -1] == pytest.approx(np.log(10))


def test_no_row_has_no_terms() -> None:
    assert time_terms(row()[:0]).shape == (0, DAILY + 10)
