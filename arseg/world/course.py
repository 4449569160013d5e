"""The days of a world go by under a contact policy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arseg.world import adjustments, payments
from arseg.world.book import Book, Postings, World
from arseg.world.calendars import Calendar
from arseg.world.contacts import ContactDesk, ContactLog, ReviewLog
from arseg.world.customers import draw_customers
from arseg.world.disputes import DisputeDesk, Disputes
from arseg.world.draws import Ints, Purpose, roll
from arseg.world.economy import draw_economy
from arseg.world.fates import draw_fates
from arseg.world.invoices import draw_invoices
from arseg.world.reviews import Decide, hold_review


@dataclass(frozen=True)
class Course:
    """What happened in a world under a contact policy.

    Parameters
    ----------
    postings, disputes, contacts, reviews
        What happened; days of the book. Postings that nobody knew by the last day are gone.
    month_ends
        Last day of each month.
    open_cents
        What the book believed to be open then, months x currencies, in cents.
    """

    postings: Postings
    disputes: Disputes
    contacts: ContactLog
    reviews: ReviewLog
    month_ends: Ints
    open_cents: Ints


def draw_world(customers: int, calendar: Calendar, *, seed: int) -> World:
    """Draw everything that no contact policy can change."""
    debtors = draw_customers(customers, calendar, seed=seed)
    invoices = draw_invoices(debtors, calendar, seed=seed)
    return World(
        seed=seed,
        calendar=calendar,
        customers=debtors,
        economy=draw_economy(debtors, calendar, seed=seed),
        invoices=invoices,
        fates=draw_fates(invoices, debtors, calendar, seed=seed),
    )


def run(world: World, decide: Decide) -> Course:
    """Let the days of a world go by under a contact policy.

    Parameters
    ----------
    world
        The world; it is not changed, and holds all the luck, so two policies meet the same.
    decide
        The policy: a review and one uniform number per customer in, one action per customer out.

    Examples
    --------
    >>> import datetime as dt
    >>> from arseg.world.reviews import Decision
    >>> world = draw_world(5, Calendar(dt.date(2024, 1, 1), 2), seed=7)
    >>> in_peace = lambda review, luck: Decision(np.zeros(len(review), dtype=np.int64))
    >>> len(run(world, in_peace).contacts)
    0
    """
    book, desk = Book(world), ContactDesk(world)
    disputes = DisputeDesk(book)
    month_ends = world.calendar.month_starts[1 : world.calendar.months + 1] - 1
    open_cents = []
    for day in range(world.calendar.days):
        book.open_day(day)
        desk.fade()
        if world.calendar.business[day]:
            _work(book, disputes, desk, day)
        book.close_day(day)
        if world.calendar.business[day]:
            review = hold_review(book, day)
            desk.act(review, decide(review, roll(world.seed, Purpose.ACTION, review.customer, day)))
        if day in month_ends:
            open_cents.append(book.open_by_currency())
    return Course(
        postings=book.postings(),
        disputes=disputes.disputes(),
        contacts=desk.contacts(),
        reviews=desk.reviews(),
        month_ends=month_ends,
        open_cents=np.stack(open_cents),
    )


def _work(book: Book, disputes: DisputeDesk, desk: ContactDesk, day: int) -> None:
    """Do the work of a business day; money leaves before anything new is decided."""
    payments.pay(book, day)
    payments.reverse(book, day)
    disputes.open(day)
    adjustments.credit(book, day)
    adjustments.recover(book, day)
    adjustments.write_off(book, day)
    payments.approve(book, day, desk.influence)
