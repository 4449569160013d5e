"""Disputes: while one is open nothing is paid, and some end in a credit note."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arseg.world.book import Book
from arseg.world.draws import Ints
from arseg.world.economy import NEVER


@dataclass(frozen=True)
class Disputes:
    """Disputes in order of opening: the invoice, and the days of opening and closing."""

    invoice: Ints
    opened: Ints
    closed: Ints


class DisputeDesk:
    """Opens disputes on a book and remembers them.

    Parameters
    ----------
    book
        The book whose invoices are disputed.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._opened: list[Ints] = []

    def open(self, day: int) -> None:
        """Open the disputes of a day on invoices that are not being paid just then."""
        book, fates = self._book, self._book.world.fates
        untouched = (book.attempts[book.active] == 0) & (book.remaining[book.active] > 0)
        invoice = book.active[(fates.dispute_on[book.active] == day) & untouched]
        invoice = np.sort(invoice[book.pay_on[invoice] == NEVER])
        closed = book.world.calendar.next_business[day + fates.dispute_days[invoice]]
        book.not_before[invoice] = closed
        conceded = fates.dispute_credit[invoice] > 0
        book.credit_on[invoice[conceded]] = closed[conceded]
        book.credit_share[invoice[conceded]] = fates.dispute_credit[invoice[conceded]]
        self._opened.append(np.stack([invoice, np.full(len(invoice), day), closed]))

    def disputes(self) -> Disputes:
        """Return all disputes opened so far."""
        empty = np.empty((3, 0), dtype=np.int64)
        return Disputes(*np.concatenate([empty, *self._opened], axis=1))
