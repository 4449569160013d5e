"""Predicted payment curves, checked once at the door of every measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from arseg.schema import CAUSES, DataError

Values = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# Sums of probabilities may pass 1 by rounding, not by more.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Incidence:
    """P(a row has left by a day, by a cause).

    Parameters
    ----------
    curves
        Shape (rows, causes, days); causes in the order of ``arseg.schema.CAUSES``, paid first.
    days
        Days after the key date, increasing, shape (days,).
    """

    curves: Values
    days: Integers

    @classmethod
    def read(cls, incidence: npt.ArrayLike, times: Sequence[int], rows: int) -> Self:
        """Return the incidence after its checks.

        Raises
        ------
        DataError
            If the shape does not fit, the times are not increasing whole days from 1, or a value is
            missing or is no probability.

        Examples
        --------
        >>> Incidence.read([[[0.2, 0.5]]], [7, 30], rows=1).at(1, 30)
        array([0.5])
        """
        values, days = np.asarray(incidence, dtype=np.float64), _whole_days(times)
        fits = values.ndim == 3 and values.shape[0] == rows and values.shape[2] == len(days)
        if not fits or not 1 <= values.shape[1] <= len(CAUSES):
            raise DataError(
                "the incidence does not fit the rows and times",
                given=values.shape,
                allowed=f"({rows} rows, 1 to {len(CAUSES)} causes, {len(days)} times)",
                do="pass what predict_cumulative_incidence gave for these rows and times",
            )
        bad = ~((values >= 0) & (values.sum(axis=1, keepdims=True) <= 1 + _ROUNDING)).all(axis=(1, 2))
        if bad.any():
            raise DataError(
                "predictions are missing or are no probabilities",
                given=f"{int(bad.sum())} rows",
                allowed="values in [0, 1] whose causes sum to at most 1",
                do="predict every row",
            )
        return cls(values, days)

    @property
    def causes(self) -> tuple[int, ...]:
        """The causes that were predicted."""
        return CAUSES[: self.curves.shape[1]]

    def at(self, cause: int, day: int) -> Values:
        """Return P(left by that day, by that cause), shape (rows,).

        Raises
        ------
        DataError
            If the cause or the day was not predicted.
        """
        if cause not in self.causes or day not in self.days:
            raise DataError(
                "that was not predicted",
                given=f"cause {cause} by day {day}",
                allowed=f"causes {list(self.causes)} by days {self.days.tolist()}",
                do="predict it too",
            )
        return self.curves[:, self.causes.index(cause), int(np.searchsorted(self.days, day))]

    @property
    def survival(self) -> Values:
        """P(still open after each day), shape (rows, days)."""
        return np.asarray(np.clip(1 - self.curves.sum(axis=1), 0.0, 1.0))


def _whole_days(times: Sequence[int]) -> Integers:
    days = np.asarray(times, dtype=np.float64)
    whole = days.ndim == 1 and days.size > 0 and bool((days == np.floor(days)).all())
    if not whole or days[0] < 1 or bool((np.diff(days) <= 0).any()):
        raise DataError(
            "times are not increasing whole days",
            given=np.array2string(days, threshold=8),
            allowed="increasing integers from 1",
            do="pass days after the key date, such as [7, 30, 60]",
        )
    return days.astype(np.int64)
