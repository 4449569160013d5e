"""Disputes and expected credits in the forecast: disputed money comes later, and part of it never as cash."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.forecast.open_book import OpenBook
from arseg.schema import CAUSES, CREDITED, DataError, require_columns

Floating = npt.NDArray[np.floating]

# Items whose curves are moved at a time: few enough to stay near the processor.
_AT_ONCE: Final = 512


def later(book: OpenBook, rows: npt.NDArray[np.intp], days: npt.NDArray[np.int64]) -> Floating:
    """Return the curves with those of some items moved later by whole days.

    Between the days at which curves are known they are read on a straight line; before the first, from zero.

    Parameters
    ----------
    book
        Open items.
    rows
        Places of the items.
    days
        Of each; 0 leaves it.

    Examples
    --------
    >>> import datetime as dt
    >>> items = pd.DataFrame({"invoice_id": ["i"], "customer_id": ["a"], "balance": [100.0]})
    >>> book = OpenBook(items, np.array([[[0.4, 0.8], [0, 0], [0, 0]]]), np.array([7, 14]), dt.date(2026, 10, 31))
    >>> later(book, np.array([0]), np.array([7]))[0, 0].tolist()
    [0.0, 0.4]
    """
    incidence = book.incidence.copy()
    known = np.concatenate([[0], book.times])
    for shift in np.unique(days):
        own = rows[days == shift]
        asked = np.clip(book.times - shift, 0, None)
        right = np.clip(np.searchsorted(known, asked), 1, len(known) - 1)
        left = right - 1
        share = (asked - known[left]) / (known[right] - known[left])
        for at in range(0, len(own), _AT_ONCE):
            some = own[at : at + _AT_ONCE]
            curves = np.concatenate([np.zeros((len(some), len(CAUSES), 1)), book.incidence[some]], axis=2)
            before, behind = curves.take(left, axis=2), curves.take(right, axis=2)
            incidence[some] = before * (1 - share) + behind * share
    return incidence


def with_disputes(book: OpenBook, disputes: pd.DataFrame) -> OpenBook:
    """Return the book with disputed items paid later and in part credited.

    Use it where the curves do not know of the dispute already.

    Parameters
    ----------
    book
        Open items.
    disputes
        Open disputes: ``invoice_id``, ``days_left`` (expected until closed) and ``credit_share`` (of the balance that is
        conceded). At most one per item.

    Raises
    ------
    DataError
        If an item stands twice, days are negative, or a share is none.
    """
    require_columns(disputes.columns, ("invoice_id", "days_left", "credit_share"), frame="disputes")
    fits = disputes["credit_share"].between(0, 1).all() and (disputes["days_left"] >= 0).all()
    if disputes["invoice_id"].duplicated().any() or not fits:
        raise DataError(
            "open disputes are not one per item with days and a share",
            given=f"{len(disputes)} rows",
            allowed="one per item, days_left of 0 or more, credit_share from 0 to 1",
            do="keep the newest dispute of each item",
            code="disputes_open",
        )
    row = pd.Index(book.items["invoice_id"]).get_indexer(disputes["invoice_id"])
    found = row >= 0
    moved = later(book, row[found], disputes["days_left"].to_numpy(dtype=np.int64)[found])
    return credited_in_part(
        book.with_incidence(moved), row[found], disputes["credit_share"].to_numpy(dtype=np.float64)[found]
    )


def with_credits(book: OpenBook, credit_share: pd.Series) -> OpenBook:
    """Return the book with a share of each item expected to be credited instead of paid.

    Parameters
    ----------
    book
        Open items.
    credit_share
        By ``invoice_id``: share of what would be paid; items that are missing keep theirs.
    """
    row = pd.Index(book.items["invoice_id"]).get_indexer(credit_share.index)
    found = row >= 0
    return credited_in_part(book, row[found], credit_share.to_numpy(dtype=np.float64)[found])


def credited_in_part(book: OpenBook, rows: npt.NDArray[np.intp], share: npt.NDArray[np.float64]) -> OpenBook:
    """Return the book with a share of some items' payments turned into credit notes, on the same days.

    Raises
    ------
    DataError
        If a share is none.
    """
    if not ((share >= 0) & (share <= 1)).all():
        raise DataError(
            "a share to be credited is none",
            given=share[:3],
            allowed="0 to 1",
            do="mend it",
            code="credit_share",
        )
    incidence = book.incidence.copy()
    moved = incidence[rows, 0] * share[:, None]
    incidence[rows, 0] -= moved
    incidence[rows, CAUSES.index(CREDITED)] += moved
    return book.with_incidence(incidence)
