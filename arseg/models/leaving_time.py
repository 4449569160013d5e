"""When an item left the book, whatever the cause, and how the log of that time spreads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arseg.models.person_period import Items
from arseg.models.protocol import LAST_DAY, Numbers
from arseg.schema import OPEN


@dataclass(frozen=True)
class Shape:
    """How log time spreads around what is predicted for an item.

    Parameters
    ----------
    distribution
        ``normal`` or ``logistic``: of the log of days.
    scale
        Its sigma.
    """

    distribution: str
    scale: float

    def left_by(self, line: Numbers, days: npt.ArrayLike) -> Numbers:
        """Return P(left by so many days), where ``line`` is the predicted log of days."""
        from scipy.special import expit, ndtr

        with np.errstate(divide="ignore"):
            z = (np.log(np.asarray(days, dtype=np.float64)) - line) / self.scale
        return np.asarray(ndtr(z) if self.distribution == "normal" else expit(z))

    def loss(self, line: Numbers, items: Items) -> float:
        """Return the mean log-loss of the day of leaving, or of still being open (days are intervals)."""
        day = np.minimum(items.duration, LAST_DAY)
        left = has_left(items)
        reached = self.left_by(line, day)
        chance = np.where(left, reached - self.left_by(line, day - 1), 1 - reached)
        return float(-np.average(np.log(np.maximum(chance, 1e-12)), weights=items.weight))


def has_left(items: Items) -> npt.NDArray[np.bool_]:
    """Return which items left the book within the year that models answer for, shape (rows,)."""
    return (items.event != OPEN) & (items.duration <= LAST_DAY)


def median_time(items: Items) -> float:
    """Return the median days of those that left; of all rows where none did."""
    rows = has_left(items) if has_left(items).any() else np.ones(len(items.event), dtype=bool)
    order = np.argsort(items.duration[rows], kind="stable")
    reached = np.cumsum(items.weight[rows][order])
    return float(items.duration[rows][order][np.searchsorted(reached, reached[-1] / 2)])
