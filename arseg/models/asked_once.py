"""What a model says of some items, asked once and read at any days.

A model of hazards spends its time on the intervals of its items, not on the days that are read off them. Who reads
the same items at several sets of days keeps the hazards in between; of any other model each reading is a prediction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar, runtime_checkable

import numpy as np
import pandas as pd

from arseg.models.protocol import Integers, Numbers, TimeToPayment
from arseg.schema import CAUSES
from arseg.side_by_side import side_by_side

Result = TypeVar("Result")

# Items of a part: few enough that curves at every day of a year fit into memory.
_AT_ONCE: Final = 4096


class Reading(Protocol):
    """What was said of some items."""

    def at(self, times: Sequence[int] | Integers) -> Numbers:
        """Return the incidence by cause, as ``TimeToPayment.predict_cumulative_incidence`` does."""


@runtime_checkable
class _KeepsWork(Protocol):
    def ask(self, X: pd.DataFrame) -> Reading: ...


class _Plain:
    """The reading of a model that keeps no work: a prediction each time."""

    def __init__(self, model: TimeToPayment, X: pd.DataFrame) -> None:
        self._model, self._rows = model, X

    def at(self, times: Sequence[int] | Integers) -> Numbers:
        return self._model.predict_cumulative_incidence(self._rows, times)


def ask(model: TimeToPayment, X: pd.DataFrame) -> Reading:
    """Return what a model says of items, to be read at any days.

    Parameters
    ----------
    model
        Fitted.
    X
        Items.

    Examples
    --------
    >>> from arseg.models import CustomerMeanDelay
    >>> known = {"days_past_due": 5.0, "key_day": 20000.0, "terms_days": 30.0, "cleared_days_late_mean_12m": 9.0}
    >>> X = pd.DataFrame([known])
    >>> y = pd.DataFrame({"event": [1], "duration": [4]})
    >>> ask(CustomerMeanDelay().fit(X, y), X).at([1, 30]).shape
    (1, 3, 2)
    """
    return model.ask(X) if isinstance(model, _KeepsWork) else _Plain(model, X)


def set_up(model: TimeToPayment) -> None:
    """Have a fitted model ready to be asked: what it is asked with is imported, its trees are read.

    That takes as long as thousands of answers, and may be done while what it will be asked of is still being made.
    """
    for hazard in getattr(model, "hazards_", {}).values():
        _ = hazard.trees


def parts(count: int) -> Iterator[slice]:
    """Yield the places of so many items in parts whose curves fit into memory; one empty part where there is none.

    Examples
    --------
    >>> list(parts(0)), len(list(parts(5000)))
    ([slice(0, 0, None)], 2)
    """
    return (slice(at, min(at + _AT_ONCE, count)) for at in range(0, max(count, 1), _AT_ONCE))


class AskedBook:
    """All items of a book, asked part by part when they are first read; what was asked is kept.

    Parameters
    ----------
    model
        Fitted.
    X
        Items, shape (items, features).
    keep
        Whether it is read more than once.
    """

    def __init__(self, model: TimeToPayment, X: pd.DataFrame, *, keep: bool = True) -> None:
        self.model, self.matrix, self._keep = model, X, keep
        self._said: dict[int, Reading] = {}

    def each(self, read: Callable[[slice, Reading], Result]) -> Iterator[Result]:
        """Yield what is read of each part, in the order of X; several parts are asked and read at the same time.

        Parameters
        ----------
        read
            Takes the places of a part's items and what was said of them; runs in a thread.
        """
        return side_by_side(lambda rows: read(rows, self._part(rows)), parts(len(self.matrix)))

    def _part(self, rows: slice) -> Reading:
        said = self._said.get(rows.start) or ask(self.model, self.matrix.iloc[rows])
        if self._keep:
            self._said[rows.start] = said
        return said

    def at(self, times: Sequence[int] | Integers, kind: type[np.floating] = np.float64) -> np.ndarray:
        """Return the incidence by cause of all items, shape (items, causes, times), in the precision asked for."""
        found = np.empty((len(self.matrix), len(CAUSES), len(times)), dtype=kind)

        def read(rows: slice, said: Reading) -> None:
            found[rows] = said.at(times)

        for _ in self.each(read):
            pass
        return found
