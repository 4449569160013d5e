"""What a person-period row's interval contributes to a linear predictor: splines of its ages, its calendar."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from arseg.models.grid import PAST_HABIT, ROW_COLUMNS
from arseg.models.protocol import Numbers
from arseg.models.rates import Matrix

# Days past due, and past the customer's habit, between which the hazard is one cubic each.
DUE_KNOTS: Final = (-30.0, -14.0, -7.0, -3.0, 0.0, 3.0, 7.0, 14.0, 30.0, 60.0, 120.0)
HABIT_KNOTS: Final = (-30.0, -14.0, -7.0, -3.0, 0.0, 3.0, 7.0, 14.0, 30.0, 60.0)
_WEEKDAYS: Final = 7
_MONTH_EDGE: Final = 3


def natural_spline(values: Numbers, knots: tuple[float, ...]) -> Numbers:
    """Return the natural cubic spline basis, shape (rows, knots).

    Column j is the natural spline that is 1 at knot j and 0 at the others: a coefficient is the
    height at its knot, and a penalty shrinks every height alike. Beyond the outer knots a value counts as
    the knot, so that nothing is extrapolated.

    Parameters
    ----------
    values
        Shape (rows,).
    knots
        Increasing.

    Examples
    --------
    >>> natural_spline(np.array([-9.0, 0.5, 1.0]), (0.0, 1.0, 2.0)).round(3).tolist()
    [[1.0, 0.0, 0.0], [0.406, 0.688, -0.094], [0.0, 1.0, 0.0]]
    """
    from scipy.interpolate import CubicSpline

    heights = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    return np.asarray(heights(np.clip(values, knots[0], knots[-1])))


def time_terms(matrix: Matrix) -> Numbers:
    """Return the terms of each row's interval, shape (rows, terms).

    Two splines (days past due at the interval's end, and days past the customer's habit); the share
    of business days; whether the interval is one Monday, ..., Sunday; whether it ends within three
    days before or after a month's end; the log of the days since the key date.

    Parameters
    ----------
    matrix
        Person-period rows; the last columns are ``ROW_COLUMNS``.
    """
    column = {name: _column(matrix, name) for name in ROW_COLUMNS}
    length = column["interval_length"]
    daily = np.where(length == 1, column["interval_weekday"], -1)
    return np.column_stack(
        [
            natural_spline(column["interval_due_age"], DUE_KNOTS),
            natural_spline(column[PAST_HABIT], HABIT_KNOTS),
            column["interval_business_days"] / length,
            daily[:, None] == np.arange(_WEEKDAYS),
            column["interval_to_month_end"] < _MONTH_EDGE,
            column["interval_month_day"] <= _MONTH_EDGE,
            np.log1p(column["interval_elapsed"]),
        ]
    )


def _column(matrix: Matrix, name: str) -> npt.NDArray[np.float64]:
    return matrix[:, ROW_COLUMNS.index(name) - len(ROW_COLUMNS)].astype(np.float64)
