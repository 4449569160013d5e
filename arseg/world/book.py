"""The state of the book while the days go by: what is owed, what the book believes, what was posted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arseg.schema import BALANCE_SIGN, POSTING_KINDS, SETTLED_SHARE
from arseg.world.agenda import Agenda
from arseg.world.calendars import Calendar
from arseg.world.customers import CHECK, CURRENCIES, Customers
from arseg.world.draws import Floats, Ints, Purpose, roll
from arseg.world.economy import NEVER, Economy
from arseg.world.fates import Fates
from arseg.world.invoices import Invoices

PAYMENT, CREDIT_NOTE, WRITE_OFF, RECOVERY, REVERSAL = range(len(POSTING_KINDS))
_SIGN: Final = np.array([BALANCE_SIGN[kind] for kind in POSTING_KINDS])
NO_METHOD: Final = -1
NO_DAY: Final = -1


@dataclass(frozen=True)
class World:
    """Everything that no contact policy can change."""

    seed: int
    calendar: Calendar
    customers: Customers
    economy: Economy
    invoices: Invoices
    fates: Fates


@dataclass(frozen=True)
class Postings:
    """Postings, one array per column; ``kind`` and ``method`` are codes, days are days of the book."""

    invoice: Ints
    kind: Ints
    cents: Ints
    value: Ints
    initiated: Ints
    method: Ints
    known: Ints


class Book:
    """The moving state; arrays have one entry per invoice unless said otherwise.

    ``remaining`` is what the customer has not yet set out to pay, in cents; ``booked`` is what the book
    believes to be open on the evening of the day, from rows known by then. They differ by the postings
    that are under way. ``cleared_count`` and ``cleared_days_late`` are, per customer, what the book has
    seen of cleared invoices.
    """

    def __init__(self, world: World) -> None:
        count, debtors = len(world.invoices), len(world.customers)
        self.world = world
        self.remaining = world.invoices.cents.copy()
        self.booked = np.zeros(count, dtype=np.int64)
        self.pay_on = np.full(count, NEVER)
        self.not_before = world.invoices.delivered.copy()
        self.attempts = np.zeros(count, dtype=np.int64)
        self.credit_on = world.fates.credit_on.copy()
        self.credit_share = world.fates.credit_share.copy()
        self.active = np.empty(0, dtype=np.int64)
        self.cleared_count = np.zeros(debtors)
        self.cleared_days_late = np.zeros(debtors)
        self.reversals = Agenda(2)
        self.recoveries = Agenda(2)
        self._arrivals = Agenda(3)
        self._rows: list[Ints] = []
        invoices = world.invoices
        self._arrivals.add(invoices.posted, np.arange(count), invoices.cents, np.full(count, NO_DAY))
        self._first_of_day = np.searchsorted(invoices.document, np.arange(world.calendar.days + 1))

    def open_day(self, day: int) -> None:
        """Take in the invoices issued on a day and let go of those that are over."""
        kept = self.active[(self.remaining[self.active] > 0) | (self.booked[self.active] > 0)]
        issued = np.arange(self._first_of_day[day], self._first_of_day[day + 1])
        self.active = np.concatenate([kept, issued])

    def close_day(self, day: int) -> None:
        """Let the book learn what becomes known on a day."""
        invoice, change, value = self._arrivals.take(day)
        before = self.booked[invoice]
        np.add.at(self.booked, invoice, change)
        tolerance = SETTLED_SHARE * self.world.invoices.cents[invoice]
        settled = (before > tolerance) & (self.booked[invoice] <= tolerance) & (value != NO_DAY)
        debtor = self.world.invoices.customer[invoice[settled]]
        late = value[settled] - self.world.invoices.due[invoice[settled]]
        np.add.at(self.cleared_count, debtor, 1)
        np.add.at(self.cleared_days_late, debtor, late)

    def idle(self, invoice: Ints) -> np.ndarray:
        """Whether nothing is under way on invoices: no payment planned, no posting unknown."""
        return (self.pay_on[invoice] == NEVER) & (self.booked[invoice] == self.remaining[invoice])

    def post(self, postings: Postings) -> None:
        """Record postings: the customer's side changes now, the book's when they become known.

        Nothing is known of an invoice before the invoice itself.
        """
        known = np.maximum(postings.known, self.world.invoices.posted[postings.invoice])
        change = _SIGN[postings.kind] * postings.cents
        np.add.at(self.remaining, postings.invoice, change)
        self._arrivals.add(known, postings.invoice, change, postings.value)
        columns = (postings.invoice, postings.kind, postings.cents, postings.value)
        self._rows.append(np.stack([*columns, postings.initiated, postings.method, known]))

    def post_in_house(self, invoice: Ints, kind: int, cents: Ints, day: int) -> None:
        """Record postings that the book makes itself, at once and without a method."""
        size, kept = len(invoice), cents > 0
        plain = Postings(
            invoice=invoice[kept],
            kind=np.full(size, kind)[kept],
            cents=cents[kept],
            value=np.full(size, day)[kept],
            initiated=np.full(size, NO_DAY)[kept],
            method=np.full(size, NO_METHOD)[kept],
            known=np.full(size, day)[kept],
        )
        self.post(plain)

    def reopen(self, invoice: Ints) -> None:
        """Bring invoices back among the open ones."""
        self.active = np.union1d(self.active, invoice)

    def open_by_currency(self) -> Ints:
        """Return the open balance the book believes in, in cents, one per currency."""
        currency = self.world.customers.currency[self.world.invoices.customer]
        return np.array([self.booked[currency == code].sum() for code in range(len(CURRENCIES))])

    def postings(self) -> Postings:
        """Return what became known within the book, in the order in which it was entered."""
        rows = np.concatenate(self._rows, axis=1) if self._rows else np.empty((7, 0), dtype=np.int64)
        rows = rows[:, rows[6] < self.world.calendar.days]
        return Postings(*rows[:, np.lexsort((rows[2], rows[1], rows[0], rows[3], rows[6]))])


def posting_day(world: World, invoice: Ints, attempt: Ints, value: Ints) -> Ints:
    """Return the day on which incoming payments are posted.

    One business day on average, checks three; one payment in fifty is found 11 to 30 days later and
    back-dated (science 6.1).
    """
    chance = roll(world.seed, Purpose.POSTING_LAG, invoice, attempt)
    check = world.customers.method[world.invoices.customer[invoice]] == CHECK
    mean = np.where(check, 3.0, 1.0)
    usual = _geometric(chance / 0.98, mean)
    back_dated = 11 + np.floor((chance - 0.98) / 0.02 * 20)
    lag = np.where(chance < 0.98, usual, back_dated).astype(np.int64)
    return world.calendar.next_business[value + lag]


def _geometric(chance: Floats, mean: Floats) -> Floats:
    """Return whole numbers from 0 with a given mean, at most 10."""
    spread = np.log1p(-np.clip(chance, 0.0, 1 - 1e-9)) / np.log(mean / (1 + mean))
    return np.minimum(10, np.floor(spread))
