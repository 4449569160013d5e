"""Countback DSO: how many days of the latest sales the receivables hold (science 1.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from arseg.schema import DataError


@dataclass(frozen=True)
class Countback:
    """A countback DSO, or the length of a history that was too short for it.

    Parameters
    ----------
    days
        Days of sales that the receivables hold; where ``exhausted``, the length of the history, which is
        a lower end and never the answer.
    exhausted
        Whether the receivables exceed all sales of the history.
    negative
        Steps with sales below zero that were walked over; their days count, their sales do not.
    """

    days: float
    exhausted: bool = False
    negative: int = 0

    @property
    def value(self) -> float:
        """Days for arithmetic: infinity where the history is used up."""
        return float("inf") if self.exhausted else self.days

    def __str__(self) -> str:
        return f">{self.days:g}" if self.exhausted else f"{self.days:.1f}"


def countback(receivables: float, sales: ArrayLike, days: ArrayLike) -> Countback:
    """Walk back from the latest sales until they hold the receivables; the last step counts pro rata.

    Parameters
    ----------
    receivables
        Open amount at the end of the last step.
    sales
        Sales by step, oldest first: by day, which is preferred (months differ in length), or by month.
    days
        Days of each step, oldest first.

    Returns
    -------
    days
        Zero for no receivables.

    Raises
    ------
    DataError
        If sales and days do not pair, or a value is missing.

    Examples
    --------
    >>> str(countback(210, [100, 80, 120], [31, 28, 31]))
    '62.1'
    >>> str(countback(301, [100, 80, 120], [31, 28, 31]))
    '>90'
    """
    sold, length = np.asarray(sales, dtype=np.float64)[::-1], np.asarray(days, dtype=np.float64)[::-1]
    known = np.isfinite(sold).all() and np.isfinite(length).all() and np.isfinite(receivables)
    if sold.shape != length.shape or sold.ndim != 1 or not known:
        raise DataError(
            "sales and days do not pair",
            given=f"shapes {sold.shape} and {length.shape}",
            allowed="one number of days per step, none missing",
            do="pass the days of each day or month, oldest first",
        )
    if receivables <= 0:
        return Countback(0.0)
    held, walked = np.cumsum(np.maximum(sold, 0.0)), np.cumsum(length)
    reached = int(np.searchsorted(held, receivables))
    if reached == len(held):
        return Countback(float(length.sum()), exhausted=True, negative=int((sold < 0).sum()))
    before = held[reached] - sold[reached]
    part = (receivables - before) / sold[reached] * length[reached]
    passed = walked[reached] - length[reached]
    return Countback(float(passed + part), negative=int((sold[:reached] < 0).sum()))
