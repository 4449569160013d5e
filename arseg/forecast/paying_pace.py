"""Curves under another pace of payment: the hazard of payment times a factor that changes from step to step."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from arseg.forecast.open_book import OpenBook
from arseg.schema import CAUSES, PAID, DataError

Values = npt.NDArray[np.float64]

_BATCH: Final = 20_000
# What is left of an item that has surely gone: a hazard has to be finite.
_LEAST: Final = 1e-9


def at_other_pace(book: OpenBook, log_pace: Values) -> OpenBook:
    """Return the book in which payments come at another pace; credit notes and write-offs keep their hazards.

    Within a step the hazards are taken as constant: of the cumulative hazard ``-log(1 - q)`` to leave in a step each
    cause has its share of q. That of payment is multiplied by ``exp(log_pace)`` (proportional hazards, Cox 1972) and
    the curves are put together again, so that they sum to what has left (science 3.1).

    Parameters
    ----------
    book
        Open items.
    log_pace
        Of each item in each step of the book's times, shape (items, times); 0 changes nothing.

    Raises
    ------
    DataError
        If the shape does not fit or a pace is no number.

    Examples
    --------
    At twice the pace of payment half of what would have stayed open leaves as well.

    >>> import datetime as dt
    >>> import pandas as pd
    >>> items = pd.DataFrame({"invoice_id": ["i"], "customer_id": ["a"], "balance": [100.0]})
    >>> book = OpenBook(items, np.array([[[0.5], [0.0], [0.0]]]), np.array([7]), dt.date(2026, 10, 31))
    >>> at_other_pace(book, np.log([[2.0]])).expected_by_week(1).round(6).tolist()
    [[75.0]]
    """
    pace = np.asarray(log_pace, dtype=np.float64)
    wanted = (len(book.items), len(book.times))
    if pace.shape != wanted or not np.isfinite(pace).all():
        raise DataError(
            "the paces do not fit the book",
            given=f"shape {pace.shape}, {int((~np.isfinite(pace)).sum())} no numbers",
            allowed=f"shape {wanted}, numbers",
            do="give each item one in each step of the book's times",
            code="pace_shape",
        )
    changed = book.incidence.copy()
    moved = np.flatnonzero(pace.any(axis=1))
    for at in range(0, len(moved), _BATCH):
        rows = moved[at : at + _BATCH]
        changed[rows] = _paced(np.asarray(book.incidence[rows], dtype=np.float64), np.exp(pace[rows]))
    return book.with_incidence(changed)


def _paced(incidence: Values, factor: Values) -> Values:
    """Return incidences, shape (items, causes, times), with the hazard of payment times a factor."""
    step = np.maximum(np.diff(incidence, axis=2, prepend=0.0), 0.0)
    gone = step.sum(axis=1)
    before = np.maximum(1 - (np.cumsum(gone, axis=1) - gone), _LEAST)
    rate = -np.log1p(-np.minimum(gone / before, 1 - _LEAST))
    parts = step * np.where(gone > 0, rate / np.where(gone > 0, gone, 1.0), 0.0)[:, None]
    parts[:, CAUSES.index(PAID)] *= factor
    total = parts.sum(axis=1)
    upto = np.cumsum(total, axis=1)
    left = np.exp(-(upto - total)) * -np.expm1(-total)
    share = left / np.where(total > 0, total, 1.0)
    return np.asarray(np.cumsum(parts * share[:, None], axis=2))
