"""Where a booster starts: daily rates by due-relative age, so that it learns only what departs from them.

A band that nobody was followed into takes the book's rate: a book seen for one month says nothing of
the third, and no rate is not a low rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from arseg.models.grid import ROW_COLUMNS
from arseg.models.protocol import Integers, Numbers

Matrix = npt.NDArray[np.float32]

# Days past due up to which a daily rate holds.
_EDGES: Final = (-30, -14, -5, 0, 3, 7, 14, 30, 60, 90, 180)
# Events that the book's own rate is worth in each band.
_PRIOR: Final = 1.0


@dataclass(frozen=True)
class Rates:
    """Events per item and day, by due-relative age."""

    daily: tuple[float, ...]

    def hazard(self, matrix: Matrix) -> Numbers:
        """Return P(leaves in the interval), shape (rows,); the last columns are ``ROW_COLUMNS``."""
        length = _column(matrix, "interval_length").astype(np.float64)
        return np.asarray(-np.expm1(length * np.log1p(-np.asarray(self.daily)[_band(matrix)])))


def fit_rates(matrix: Matrix, weight: Numbers, happened: npt.NDArray[np.bool_]) -> Rates:
    """Fit the rates of one cause.

    Parameters
    ----------
    matrix
        Person-period rows; the last columns are ``ROW_COLUMNS``.
    weight
        Weight of each row.
    happened
        Whether the cause came in the row's interval.
    """
    exposure, events = weight * _column(matrix, "interval_length"), weight * happened
    band, bands = _band(matrix), len(_EDGES) + 1
    overall = float(events.sum() / max(exposure.sum(), 1e-300))
    if overall <= 0:
        return Rates((0.0,) * bands)
    found = np.bincount(band, events, bands) + _PRIOR
    seen = np.bincount(band, exposure, bands) + _PRIOR / overall
    return Rates(tuple(np.minimum(found / seen, 0.99).tolist()))


def _band(matrix: Matrix) -> Integers:
    return np.searchsorted(_EDGES, _column(matrix, "interval_due_age")).astype(np.int64)


def _column(matrix: Matrix, name: str) -> npt.NDArray[np.float32]:
    return np.asarray(matrix[:, ROW_COLUMNS.index(name) - len(ROW_COLUMNS)])
