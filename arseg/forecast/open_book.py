"""The open items of a key date with their curves: what every forecast of this room starts from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.schema import CAUSES, PAID, DataError, require_columns
from arseg.schema.shown import Shown

Values = npt.NDArray[np.float64]

WEEK: Final = 7
WEEKS: Final = 13


@dataclass(frozen=True)
class OpenBook(Shown):
    """Open items and when each leaves the book, by cause.

    Parameters
    ----------
    items
        One row per open item: ``invoice_id``, ``customer_id``, ``balance`` (reporting currency), and whatever cash is
        asked by: ``segment``, ``portfolio``, ``currency``, ``entity``.
    incidence
        P(left by that day, by that cause | open at the key date), shape (items, causes, times); the causes are paid,
        credited, written off, in this order.
    times
        Days after the key date, increasing; the ends of all weeks asked for must be among them, and every day where
        cash by day is asked for.
    key_date
        The weeks start on the following day.

    Raises
    ------
    DataError
        If a column is missing, an item stands twice, a balance is missing or negative, shapes differ, or a curve
        falls or leaves [0, 1].

    Examples
    --------
    >>> items = pd.DataFrame({"invoice_id": ["i"], "customer_id": ["a"], "balance": [100.0]})
    >>> book = OpenBook(items, np.array([[[0.5, 0.8], [0.0, 0.1], [0.0, 0.0]]]), np.array([7, 14]), dt.date(2026, 10, 31))
    >>> book.expected_by_week(2).tolist()
    [[50.0, 30.0...]]
    """

    items: pd.DataFrame
    incidence: npt.NDArray[np.floating]
    times: npt.NDArray[np.int64]
    key_date: dt.date

    def __post_init__(self) -> None:
        require_columns(self.items.columns, ("invoice_id", "customer_id", "balance"), frame="items")
        expected = (len(self.items), len(CAUSES), len(self.times))
        increasing = len(self.times) > 0 and self.times[0] >= 1 and bool((np.diff(self.times) > 0).all())
        if self.incidence.shape != expected or not increasing:
            raise DataError(
                "the incidence does not fit the items",
                given=f"shape {self.incidence.shape}, {len(self.times)} times",
                allowed=f"shape {expected}, increasing whole days from 1",
                do="predict the curves of these items at these days",
                code="incidence_shape",
            )
        self._check_items()
        self._check_curves()

    def _check_items(self) -> None:
        balance = self.balance
        twice = int(self.items["invoice_id"].duplicated().sum())
        if not (np.isfinite(balance).all() and (balance >= 0).all()) or twice:
            raise DataError(
                "open items are no open items",
                given=f"{int((~(balance >= 0)).sum())} balances missing or negative, {twice} items twice",
                allowed="each item once, with a balance of 0 or more",
                do="set credit balances aside",
                code="items_not_open",
            )

    def _check_curves(self) -> None:
        if not len(self.items):
            return
        steps = self.incidence[:, :, 1:] - self.incidence[:, :, :-1]
        falls = float(np.minimum(self.incidence[:, :, 0].min(), steps.min(initial=np.inf)))
        most = float(self.incidence[:, :, -1].sum(axis=1).max())
        # Written so that a missing value is refused too.
        if not (falls >= -1e-6 and most <= 1 + 1e-6):
            raise DataError(
                "a curve falls or leaves [0, 1]",
                given=f"smallest step {falls:.3g}, largest sum {most:.6g}",
                allowed="cumulative incidences of which the sum over causes is at most 1",
                do="pass predict_cumulative_incidence as it is",
                code="incidence_falls",
            )

    @property
    def balance(self) -> Values:
        """The items' balances."""
        return np.asarray(self.items["balance"].to_numpy(dtype=np.float64))

    @cached_property
    def paid_by(self) -> Values:
        """P(paid by each of the times), shape (items, times)."""
        return np.asarray(self.incidence[:, CAUSES.index(PAID)], dtype=np.float64)

    def at(self, days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the places of days among the times.

        Raises
        ------
        DataError
            If a day is not among them.
        """
        place = np.searchsorted(self.times, days)
        found = place < len(self.times)
        if not found.all() or not (self.times[place] == days).all():
            raise DataError(
                "the curves are not known on all days that are asked for",
                given=f"times up to {int(self.times[-1])}",
                allowed=f"{days[:3].tolist()} ... {int(days[-1])} among them",
                do="predict the curves at those days too",
                code="times_missing",
            )
        return np.asarray(place, dtype=np.int64)

    def expected_by_week(self, weeks: int = WEEKS) -> Values:
        """Return the cash expected of each item in each week, shape (items, weeks)."""
        place = self.at(WEEK * np.arange(1, weeks + 1))
        return np.asarray(self.balance[:, None] * np.diff(self.paid_by[:, place], axis=1, prepend=0.0))

    def with_incidence(self, incidence: npt.NDArray[np.floating]) -> OpenBook:
        """Return the same items with other curves."""
        return replace(self, incidence=incidence)


def expected_in_steps(amounts: npt.ArrayLike, paid_by: npt.ArrayLike) -> Values:
    """Return what a book brings in each step: the sum of amounts times the step's probability.

    Parameters
    ----------
    amounts
        Per item.
    paid_by
        P(paid by the end of each step), shape (items, steps).

    Examples
    --------
    Three transactions in three buckets (capabilities section 5).

    >>> shares = np.array([[0.10, 0.50, 0.40], [0.50, 0.30, 0.20], [0.01, 0.04, 0.95]])
    >>> expected_in_steps([100, 1_000, 10_000], shares.cumsum(axis=1)).round(2).tolist()
    [610.0, 750.0, 9740.0]
    """
    curves = np.asarray(paid_by, dtype=np.float64)
    return np.asarray(np.asarray(amounts, dtype=np.float64) @ np.diff(curves, axis=1, prepend=0.0))
