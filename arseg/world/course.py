"""The days of a world go by under a contact policy."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import pyarrow as pa

from arseg.schema import SETTLED_SHARE, UsageError
from arseg.schema.shown import Shown
from arseg.world import adjustments, payments
from arseg.world.book import Book, Postings, World
from arseg.world.calendars import Calendar
from arseg.world.collectors import draw_collectors
from arseg.world.contacts import ContactDesk, ContactLog, ReviewLog
from arseg.world.customers import CURRENCIES, draw_customers
from arseg.world.disputes import DisputeDesk, Disputes
from arseg.world.draws import Flags, Ints, Purpose
from arseg.world.economy import draw_economy
from arseg.world.fates import draw_fates
from arseg.world.invoices import draw_invoices
from arseg.world.reviews import hold_review
from arseg.world.settings import TYPICAL, Setting
from arseg.world.so_far import Decide, LedgerSoFar, Tables, decision_of
from arseg.world.tables import TABLES, ledger_table_of


@dataclass(frozen=True)
class Course(Shown):
    """What happened in a world under a contact policy, up to a day.

    Parameters
    ----------
    end
        Days that have gone by; whatever is known later is not in it.
    issued
        Which invoices were written at all; customers who left get none.
    postings, disputes, contacts, reviews
        What happened; days of the book. Contacts and disputes may be known to the book later than ``end``.
    left_on
        Day from which each customer orders nothing, ``economy.NEVER`` for nearly all.
    month_ends
        Last day of each month that is over.
    open_cents
        What the book believed to be open then, less money on account, months x currencies, in cents.
    """

    end: int
    issued: Flags
    postings: Postings
    disputes: Disputes
    contacts: ContactLog
    reviews: ReviewLog
    left_on: Ints
    month_ends: Ints
    open_cents: Ints


class Days:
    """The moving state of a world: its days go by one after the other.

    Parameters
    ----------
    world
        The world; it is not changed.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.day = 0
        self._book, self._desk = Book(world), ContactDesk(world)
        self._disputes = DisputeDesk(self._book)
        self._open_cents: list[Ints] = []

    def pass_until(self, day: int, decide: Decide) -> None:
        """Let the days before a day go by under a contact policy."""
        while self.day < day:
            self._pass_day(decide)

    def _pass_day(self, decide: Decide) -> None:
        book, desk, day, calendar = self._book, self._desk, self.day, self.world.calendar
        book.open_day(day, desk.left_on)
        desk.fade()
        if calendar.business[day]:
            self._work(day)
        book.close_day(day)
        self.day += 1
        if day + 1 in calendar.month_starts:
            self._open_cents.append(book.open_by_currency())
        if calendar.business[day]:
            self._review(day, decide)

    def _work(self, day: int) -> None:
        """Do the work of a business day; money leaves before anything new is decided."""
        payments.pay(self._book, day)
        payments.reverse(self._book, day)
        self._disputes.open(day)
        adjustments.credit(self._book, day)
        adjustments.recover(self._book, day)
        adjustments.write_off(self._book, day)
        payments.approve(self._book, day, self._desk.influence)

    def _review(self, day: int, decide: Decide) -> None:
        """Hold the review of the evening: everything known by then may be looked at."""
        review = hold_review(self._book, day)
        if not len(review):
            return
        key_date = self.world.calendar.start + dt.timedelta(days=day)
        luck = self.world.roll(Purpose.ACTION, review.customer, day)
        so_far = LedgerSoFar(key_date, review, luck, names=tuple(TABLES), table=self._tables())
        pledges = self._desk.act(review, decision_of(decide(so_far, key_date), so_far))
        payments.keep_promises(self._book, day, pledges.customer, pledges.day)

    def _tables(self) -> Tables:
        """Return what makes a table of the ledger so far, each at most once and only while its evening lasts."""
        course, evening = cache(self.course), self.day

        @cache
        def table(name: str) -> pa.Table:
            if self.day != evening:
                raise UsageError(
                    "the ledger so far is read when its evening is over",
                    given=f"table {name}",
                    allowed="tables that were read before the policy answered",
                    do="read it within the policy, or keep what was read",
                    code="evening_is_over",
                )
            return ledger_table_of(name, self.world, course())

        return table

    def fork(self, luck: int) -> Self:
        """Return an independent copy whose days to come have another luck."""
        other = self.world.with_luck(luck)
        # The copy shares the world, which never changes, and meets the other luck wherever it looks it up.
        return copy.deepcopy(self, {id(self.world): other})

    def open_items(self) -> Ints:
        """Return the invoices that the book believes to be open, beyond tolerance."""
        book = self._book
        return np.flatnonzero(book.booked > SETTLED_SHARE * self.world.invoices.cents)

    def course(self, *, known_by: int | None = None) -> Course:
        """Return what has happened so far.

        Parameters
        ----------
        known_by
            Only postings that are known before this day; by default those known so far.
        """
        calendar = self.world.calendar
        ends = calendar.month_starts[1 : len(self._open_cents) + 1] - 1
        return Course(
            end=self.day,
            issued=self._book.issued.copy(),
            postings=self._book.postings(self.day if known_by is None else known_by),
            disputes=self._disputes.disputes(),
            contacts=self._desk.contacts(),
            reviews=self._desk.reviews(),
            left_on=self._desk.left_on.copy(),
            month_ends=ends,
            open_cents=np.array(self._open_cents, dtype=np.int64).reshape(len(ends), len(CURRENCIES)),
        )


def draw_world(customers: int, calendar: Calendar, *, seed: int, setting: Setting = TYPICAL) -> World:
    """Draw everything that no contact policy can change.

    Parameters
    ----------
    customers
        How many.
    calendar
        Days of the book.
    seed
        The same seed gives the same world.
    setting
        How it differs from a typical one.
    """
    debtors = draw_customers(customers, calendar, seed=seed, setting=setting)
    invoices = draw_invoices(debtors, calendar, seed=seed, growth=setting.growth)
    return World(
        seed=seed,
        setting=setting,
        calendar=calendar,
        customers=debtors,
        collectors=draw_collectors(debtors, calendar, seed=seed),
        economy=draw_economy(debtors, calendar, seed=seed, setting=setting),
        invoices=invoices,
        fates=draw_fates(invoices, debtors, calendar, seed=seed, friction=setting.friction),
    )


def follow(world: World, decide: Decide) -> Course:
    """Let all the days of a world go by under a contact policy.

    Parameters
    ----------
    world
        The world; it is not changed, and holds all the luck, so two policies meet the same.
    decide
        The policy: the ledger so far and the key date in, contacts out.

    Examples
    --------
    >>> import datetime as dt
    >>> world = draw_world(5, Calendar(dt.date(2024, 1, 1), 2), seed=7)
    >>> len(follow(world, lambda so_far, key_date: {}).contacts)
    0
    """
    days = Days(world)
    days.pass_until(world.calendar.days, decide)
    return days.course()
