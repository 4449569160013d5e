"""The state of the book while the days go by: what is owed, what the book believes, what was posted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from arseg.schema import BALANCE_SIGN, POSTING_KINDS, SETTLED_SHARE
from arseg.schema.shown import Shown
from arseg.world.agenda import Agenda
from arseg.world.calendars import Calendar
from arseg.world.collectors import Collectors
from arseg.world.customers import CHECK, CURRENCIES, Customers
from arseg.world.draws import Flags, Floats, Ints, Purpose, roll
from arseg.world.economy import NEVER, Economy
from arseg.world.fates import Fates
from arseg.world.invoices import Invoices
from arseg.world.settings import Setting

if TYPE_CHECKING:
    from arseg.world.outcome import Outcome
    from arseg.world.so_far import Decide

PAYMENT, CREDIT_NOTE, WRITE_OFF, RECOVERY, REVERSAL = range(len(POSTING_KINDS))
SIGN: Final = np.array([BALANCE_SIGN[kind] for kind in POSTING_KINDS])
NO_METHOD: Final = -1
NO_DAY: Final = -1
ON_ACCOUNT: Final = -1


@dataclass(frozen=True)
class World(Shown):
    """Everything that no contact policy can change.

    ``luck`` says which of many equally likely courses it takes; customers, economy, invoices and fates are
    the same in all of them.
    """

    seed: int
    setting: Setting
    calendar: Calendar
    customers: Customers
    collectors: Collectors
    economy: Economy
    invoices: Invoices
    fates: Fates
    luck: int = 0

    @property
    def changed_on(self) -> int:
        """Day on which the rule changes in legacy mode ``rule_change``: the first of the middle month."""
        return int(self.calendar.month_starts[self.calendar.months // 2])

    def with_luck(self, luck: int) -> World:
        """Return the same world on another of its courses."""
        return replace(self, luck=luck)

    def run(self, decide: Decide, **how: Any) -> Outcome:
        """Run this world under a policy and return what was true; see ``arseg.world.outcome.replay``."""
        # The outcome knows the world; only this door leads back.
        from arseg.world.outcome import replay

        return replay(self, decide, **how)

    def roll(self, purpose: Purpose, subject: Ints, occasion: Ints | int) -> Floats:
        """Return the uniform number of each subject on an occasion, see ``arseg.world.draws.roll``."""
        return roll(self.seed, purpose, subject, occasion, luck=self.luck)


@dataclass(frozen=True)
class Postings:
    """Postings, one array per column; ``kind`` and ``method`` are codes, days are days of the book.

    Money on account has invoice ``ON_ACCOUNT``, and goes below zero when it is applied or paid back.
    """

    invoice: Ints
    customer: Ints
    kind: Ints
    cents: Ints
    value: Ints
    initiated: Ints
    method: Ints
    known: Ints


def select(postings: Postings, kept: Flags) -> Postings:
    """Return some of the postings."""
    return Postings(**{name: getattr(postings, name)[kept] for name in Postings.__dataclass_fields__})


class Book:
    """The moving state; arrays have one entry per invoice unless said otherwise.

    ``remaining`` is what the customer has not yet set out to pay, in cents; ``booked`` is what the book
    believes to be open on the evening of the day, from rows known by then. They differ by the postings
    that are under way. ``issued`` tells invoices that were really written from those of customers who had
    left. Per customer, ``on_account`` is known money without an invoice, and ``cleared_count`` and
    ``cleared_days_late`` are what the book has seen of cleared invoices.
    """

    def __init__(self, world: World) -> None:
        count, debtors = len(world.invoices), len(world.customers)
        self.world = world
        self.remaining = world.invoices.cents.copy()
        self.booked = np.zeros(count, dtype=np.int64)
        self.issued = np.zeros(count, dtype=bool)
        self.pay_on = np.full(count, NEVER)
        self.not_before = world.invoices.delivered.copy()
        self.attempts = np.zeros(count, dtype=np.int64)
        self.credit_on = world.fates.credit_on.copy()
        self.credit_share = world.fates.credit_share.copy()
        self.active = np.empty(0, dtype=np.int64)
        self.on_account = np.zeros(debtors, dtype=np.int64)
        self.cleared_count = np.zeros(debtors)
        self.cleared_days_late = np.zeros(debtors)
        self.reversals = Agenda(2)
        self.recoveries = Agenda(2)
        self._arrivals = Agenda(3)
        self._account_arrivals = Agenda(2)
        self._rows: list[Ints] = []
        self._first_of_day = np.searchsorted(world.invoices.document, np.arange(world.calendar.days + 1))

    def open_day(self, day: int, left_on: Ints) -> None:
        """Take in the invoices issued on a day, to customers who have not left, and let go of those that are over."""
        kept = self.active[(self.remaining[self.active] > 0) | (self.booked[self.active] > 0)]
        invoices = self.world.invoices
        issued = np.arange(self._first_of_day[day], self._first_of_day[day + 1])
        issued = issued[left_on[invoices.customer[issued]] > day]
        self.issued[issued] = True
        self._arrivals.add(
            invoices.posted[issued], issued, invoices.cents[issued], np.full(len(issued), NO_DAY)
        )
        self.active = np.concatenate([kept, issued])

    def close_day(self, day: int) -> None:
        """Let the book learn what becomes known on a day."""
        debtor, cents = self._account_arrivals.take(day)
        np.add.at(self.on_account, debtor, cents)
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
        change = SIGN[postings.kind] * postings.cents
        np.add.at(self.remaining, postings.invoice, change)
        self._arrivals.add(known, postings.invoice, change, postings.value)
        self._record(postings, known)

    def post_on_account(self, postings: Postings) -> None:
        """Record money on account, or less of it."""
        self._account_arrivals.add(postings.known, postings.customer, postings.cents)
        self._record(postings, postings.known)

    def _record(self, postings: Postings, known: Ints) -> None:
        columns = (postings.invoice, postings.customer, postings.kind, postings.cents, postings.value)
        self._rows.append(np.stack([*columns, postings.initiated, postings.method, known]))

    def post_in_house(self, invoice: Ints, kind: int, cents: Ints, day: int) -> None:
        """Record postings that the book makes itself, at once and without a method."""
        invoice, cents = invoice[cents > 0], cents[cents > 0]
        size = len(invoice)
        plain = Postings(
            invoice=invoice,
            customer=self.world.invoices.customer[invoice],
            kind=np.full(size, kind),
            cents=cents,
            value=np.full(size, day),
            initiated=np.full(size, NO_DAY),
            method=np.full(size, NO_METHOD),
            known=np.full(size, day),
        )
        self.post(plain)

    def reopen(self, invoice: Ints) -> None:
        """Bring invoices back among the open ones."""
        self.active = np.union1d(self.active, invoice)

    def open_by_currency(self) -> Ints:
        """Return the open balance the book believes in, less money on account, in cents, one per currency."""
        currency = self.world.customers.currency
        of_invoice = currency[self.world.invoices.customer]
        codes = range(len(CURRENCIES))
        return np.array(
            [self.booked[of_invoice == c].sum() - self.on_account[currency == c].sum() for c in codes]
        )

    def postings(self, until: int) -> Postings:
        """Return what became known before a day, in the order in which it was entered."""
        rows = np.concatenate(self._rows, axis=1) if self._rows else np.empty((8, 0), dtype=np.int64)
        rows = rows[:, rows[7] < until]
        return Postings(*rows[:, np.lexsort((rows[3], rows[2], rows[1], rows[0], rows[4], rows[7]))])


def posting_day(world: World, invoice: Ints, attempt: Ints, value: Ints) -> Ints:
    """Return the day on which incoming payments are posted.

    One business day on average, checks three; one payment in fifty is found 11 to 30 days later and
    back-dated (science 6.1).
    """
    chance = world.roll(Purpose.POSTING_LAG, invoice, attempt)
    check = world.customers.method[world.invoices.customer[invoice]] == CHECK
    usual = _geometric(chance, np.where(check, 3.0, 1.0))
    found_late = world.fates.back_dated[invoice] & (attempt == 0)
    lag = np.where(found_late, 11 + np.floor(20 * chance), usual).astype(np.int64)
    return world.calendar.next_business[value + lag]


def _geometric(chance: Floats, mean: Floats) -> Floats:
    """Return whole numbers from 0 with a given mean, at most 10."""
    spread = np.log1p(-np.clip(chance, 0.0, 1 - 1e-9)) / np.log(mean / (1 + mean))
    return np.minimum(10, np.floor(spread))
