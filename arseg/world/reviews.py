"""What a contact policy is shown on a review day, and what it answers.

A policy sees only what the book knows; nothing of the world's truth can be reached from a review.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arseg.schema import SETTLED_SHARE
from arseg.schema.shown import AsWritten
from arseg.world.book import Book
from arseg.world.draws import Floats, Ints

ACTIONS: Final = ("none", "email", "firm_email", "call")
NONE, EMAIL, FIRM_EMAIL, CALL = range(4)


@dataclass(frozen=True)
class Review:
    """The overdue customers whose turn it is on a day, as the book knows them that evening.

    Parameters
    ----------
    day
        Day of the book.
    customer
        Numbers of the customers, ascending; the other arrays have one entry for each.
    oldest_days_past_due
        Of the oldest overdue invoice, at least 1.
    overdue
        Overdue balance, euros.
    mean_days_late
        Over the customer's cleared invoices, days; 0 where there are none.
    """

    day: int
    customer: Ints
    oldest_days_past_due: Ints
    overdue: Floats
    mean_days_late: Floats

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.customer)


@dataclass(frozen=True)
class Decision(AsWritten):
    """One action per customer of a review.

    Parameters
    ----------
    action
        Codes into ``ACTIONS``.
    probabilities
        Customers x actions: how likely each action was, as logged; None where nothing was drawn.
    true_probabilities
        How likely each was in truth, where that differs from what is logged.
    """

    action: Ints
    probabilities: Floats | None = None
    true_probabilities: Floats | None = None


def hold_review(book: Book, day: int) -> Review:
    """Return the review of a business day: each customer has one day of the week.

    Only invoices whose balance exceeds the tolerance count as overdue; see ``schema.SETTLED_SHARE``.
    """
    world = book.world
    invoices = world.invoices
    open_now = book.active[book.booked[book.active] > SETTLED_SHARE * invoices.cents[book.active]]
    overdue = open_now[invoices.due[open_now] < day]
    turn = world.customers.review_weekday[invoices.customer[overdue]] == world.calendar.weekday[day]
    overdue = overdue[turn]
    debtor, place = np.unique(invoices.customer[overdue], return_inverse=True)
    oldest = np.zeros(len(debtor), dtype=np.int64)
    np.maximum.at(oldest, place, day - invoices.due[overdue])
    cents = np.bincount(place, weights=book.booked[overdue], minlength=len(debtor))
    return Review(
        day=day,
        customer=debtor,
        oldest_days_past_due=oldest,
        overdue=cents / 100 * world.customers.rate[debtor],
        mean_days_late=book.cleared_days_late[debtor] / np.maximum(1, book.cleared_count[debtor]),
    )
