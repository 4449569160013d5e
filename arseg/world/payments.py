"""How money comes in: a daily hazard of approval, payment runs, part payments, bounced ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from arseg.world.book import NO_DAY, ON_ACCOUNT, PAYMENT, REVERSAL, Book, Postings, World, posting_day, select
from arseg.world.customers import CARD, CHECK, DIRECT_DEBIT
from arseg.world.draws import Floats, Ints, Purpose
from arseg.world.economy import NEVER
from arseg.world.fates import DISCOUNT, DISCOUNT_DAYS

# Days by which one unit of ability shifts the day around which payment is approved.
_DAYS_PER_ABILITY: Final = 2.5
# Share of the usual daily hazard that is left to a customer in distress.
_PACE_IN_DISTRESS: Final = 0.045


def approval_hazard(
    world: World, invoice: Ints, day: int, *, settled_into: Floats, influence: Floats
) -> Floats:
    """Return the probability that each open invoice is approved for payment on a day.

    Parameters
    ----------
    world
        The world.
    invoice
        Numbers of open invoices.
    day
        Day of the book.
    settled_into
        1 for invoices on their first attempt, larger where the customer has already decided to pay.
    influence
        Log hazard ratio of the contacts in force, one per customer; works on overdue invoices only.

    Returns
    -------
    Probabilities: a plateau (the customer's pace) that is reached around the intended day. Influence
    multiplies the cumulative hazard, so the result stays below 1.
    """
    customer = world.invoices.customer[invoice]
    month = world.calendar.month[day]
    traits = world.customers
    age = day - world.invoices.due[invoice]
    intent = world.fates.intent[invoice] - _DAYS_PER_ABILITY * _swayed(world, customer, month)
    steps = (age - intent) / traits.spread[customer]
    base = traits.pace[customer] / (1 + np.exp(-np.clip(steps, -30.0, 30.0)))
    distressed = world.economy.distressed[customer, month]
    base = np.where(distressed, base * _PACE_IN_DISTRESS, base)
    base = np.where(day >= world.economy.insolvent_on[customer], 0.0, base)
    ratio = np.exp(np.where((age > 0) & ~distressed, influence[customer], 0.0)) * settled_into
    return 1 - np.exp(ratio * np.log1p(-base))


def _swayed(world: World, customer: Ints, month: int) -> Floats:
    """Return ability where it sways the payment day; a direct debit is drawn by us, on the due day."""
    debit = world.customers.method[customer] == DIRECT_DEBIT
    return np.where(debit, 0.0, world.economy.ability[customer, month])


def approve(book: Book, day: int, influence: Floats) -> None:
    """Let customers approve payments on a business day; the money leaves with their next payment run."""
    world = book.world
    waiting = book.active[
        (book.remaining[book.active] > 0)
        & (book.pay_on[book.active] == NEVER)
        & (book.not_before[book.active] <= day)
    ]
    again = 1.0 + (book.attempts[waiting] > 0)
    hazard = approval_hazard(world, waiting, day, settled_into=again, influence=influence)
    approved = waiting[world.roll(Purpose.APPROVAL, waiting, day) < hazard]
    book.pay_on[approved] = _run_day(world, approved, np.full(len(approved), day + 1))


def keep_promises(book: Book, day: int, customer: Ints, promised_on: Ints) -> None:
    """Plan what was promised: each customer's overdue invoices, with the payment run of the day promised."""
    world = book.world
    promised = np.full(len(world.customers), NEVER)
    promised[customer] = promised_on
    debtor = world.invoices.customer[book.active]
    overdue = (promised[debtor] < NEVER) & (world.invoices.due[book.active] < day)
    waiting = (book.remaining[book.active] > 0) & (book.pay_on[book.active] == NEVER)
    meant = book.active[overdue & waiting & (book.not_before[book.active] <= day)]
    book.pay_on[meant] = _run_day(world, meant, promised[world.invoices.customer[meant]])


def _run_day(world: World, invoice: Ints, earliest: Ints) -> Ints:
    """Return the customer's first payment run on or after a day."""
    customer = world.invoices.customer[invoice]
    return world.calendar.next_run[world.customers.country[customer], world.customers.run[customer], earliest]


def pay(book: Book, day: int) -> None:
    """Let the payments go that are planned for a day."""
    world, fates = book.world, book.world.fates
    invoice = book.active[book.pay_on[book.active] == day]
    first = book.attempts[invoice] == 0
    in_time = day <= world.invoices.document[invoice] + DISCOUNT_DAYS
    deducting = first & fates.discounted[invoice] & in_time & ~(fates.first_share[invoice] < 1)
    share = np.where(first, fates.first_share[invoice], 1.0) - DISCOUNT * deducting
    cents = np.maximum(1, np.rint(book.remaining[invoice] * share)).astype(np.int64)
    paid = _incoming(book, invoice, cents, day)
    unnamed = first & (fates.unapplied_days[invoice] > 0)
    applied = np.where(
        unnamed, world.calendar.next_business[paid.known + fates.unapplied_days[invoice]], paid.known
    )
    book.post(replace(paid, known=applied))
    _through_account(book, select(paid, unnamed), applied[unnamed])
    book.pay_on[invoice] = NEVER
    book.attempts[invoice] += 1
    book.not_before[invoice] = day + fates.gap_days[invoice]
    short = first & fates.short[invoice]
    _forgive(book, invoice[short], world.calendar.next_business[day + 2 * fates.gap_days[invoice[short]]])
    _forgive(book, invoice[deducting], np.full(int(deducting.sum()), day + 1))
    _bounce(book, select(paid, first & fates.bounced[invoice]))
    _pay_twice(book, select(paid, first & fates.duplicate[invoice]))


def _incoming(book: Book, invoice: Ints, cents: Ints, day: int) -> Postings:
    """Return payments that leave on a day, as the book will come to know them."""
    world, size = book.world, len(invoice)
    value = _value_day(world, invoice, day)
    known = posting_day(world, invoice, book.attempts[invoice], value)
    customer = world.invoices.customer[invoice]
    return Postings(
        invoice=invoice,
        customer=customer,
        kind=np.full(size, PAYMENT),
        cents=cents,
        value=value,
        initiated=np.full(size, day),
        method=world.customers.method[customer],
        known=np.maximum(known, world.invoices.posted[invoice]),
    )


def _through_account(book: Book, paid: Postings, applied: Ints) -> None:
    """Show money without a remittance on account from the day it is known until it is applied, back-dated."""
    unnamed = replace(paid, invoice=np.full_like(paid.invoice, ON_ACCOUNT))
    book.post_on_account(unnamed)
    book.post_on_account(replace(unnamed, cents=-paid.cents, known=applied))


def _pay_twice(book: Book, paid: Postings) -> None:
    """Send the same payment again a few days later; it lies on account until it is paid back."""
    calendar, gap = book.world.calendar, book.world.fates.gap_days[paid.invoice]
    again = replace(
        paid,
        invoice=np.full_like(paid.invoice, ON_ACCOUNT),
        value=calendar.next_business[paid.value + 3],
        initiated=calendar.next_business[paid.initiated + 3],
        known=calendar.next_business[np.maximum(paid.known, paid.value + 3)],
    )
    book.post_on_account(again)
    back = calendar.next_business[again.known + 5 + gap]
    nothing = np.full_like(back, NO_DAY)
    book.post_on_account(replace(again, cents=-paid.cents, value=back, initiated=nothing, known=back))


def _value_day(world: World, invoice: Ints, day: int) -> Ints:
    """Return the day the money counts: cards and debits at once, transfers next day, checks by mail."""
    method = world.customers.method[world.invoices.customer[invoice]]
    mail = 2 + np.floor(3 * world.roll(Purpose.PAYMENT_FLOAT, invoice, day)).astype(np.int64)
    swift = np.where((method == CARD) | (method == DIRECT_DEBIT), 0, 1)
    return world.calendar.next_business[day + np.where(method == CHECK, mail, swift)]


def _forgive(book: Book, invoice: Ints, day: Ints) -> None:
    """Give up the rest from a day on: of short payers weeks later, a discount as soon as the payment is known."""
    book.not_before[invoice] = NEVER
    book.credit_on[invoice] = day
    book.credit_share[invoice] = 1.0


def _bounce(book: Book, paid: Postings) -> None:
    """Plan the return of payments that bounce, after the book has come to know of them."""
    back = book.world.calendar.next_business[paid.known + 2 + book.world.fates.gap_days[paid.invoice] % 3]
    book.reversals.add(back, paid.invoice, paid.cents)
    book.not_before[paid.invoice] = np.maximum(book.not_before[paid.invoice], back + 2)


def reverse(book: Book, day: int) -> None:
    """Return the bounced payments of a day; the invoices are open again."""
    invoice, cents = book.reversals.take(day)
    if len(invoice):
        book.post_in_house(invoice, REVERSAL, cents, day)
        book.reopen(invoice)
