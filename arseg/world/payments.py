"""How money comes in: a daily hazard of approval, payment runs, part payments, bounced ones."""

from __future__ import annotations

from typing import Final

import numpy as np

from arseg.world.book import PAYMENT, REVERSAL, Book, Postings, World, posting_day
from arseg.world.customers import CARD, CHECK, DIRECT_DEBIT
from arseg.world.draws import Floats, Ints, Purpose, roll
from arseg.world.economy import NEVER

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
    approved = waiting[roll(world.seed, Purpose.APPROVAL, waiting, day) < hazard]
    run = world.customers.run[world.invoices.customer[approved]]
    book.pay_on[approved] = world.calendar.next_run[run, day + 1]


def pay(book: Book, day: int) -> None:
    """Let the payments go that are planned for a day."""
    invoice = book.active[book.pay_on[book.active] == day]
    fates, first = book.world.fates, book.attempts[invoice] == 0
    share = np.where(first, fates.first_share[invoice], 1.0)
    cents = np.maximum(1, np.rint(book.remaining[invoice] * share)).astype(np.int64)
    value = _value_day(book.world, invoice, day)
    known = posting_day(book.world, invoice, book.attempts[invoice], value)
    known = np.maximum(known, book.world.invoices.posted[invoice])
    size = len(invoice)
    method = book.world.customers.method[book.world.invoices.customer[invoice]]
    kind = np.full(size, PAYMENT)
    book.post(Postings(invoice, kind, cents, value, np.full(size, day), method, known))
    book.pay_on[invoice] = NEVER
    book.attempts[invoice] += 1
    book.not_before[invoice] = day + fates.gap_days[invoice]
    _short(book, invoice[first & fates.short[invoice]], day)
    bounced = first & fates.bounced[invoice]
    _bounce(book, invoice[bounced], cents[bounced], known[bounced])


def _value_day(world: World, invoice: Ints, day: int) -> Ints:
    """Return the day the money counts: cards and debits at once, transfers next day, checks by mail."""
    method = world.customers.method[world.invoices.customer[invoice]]
    mail = 2 + np.floor(3 * roll(world.seed, Purpose.PAYMENT_FLOAT, invoice, day)).astype(np.int64)
    swift = np.where((method == CARD) | (method == DIRECT_DEBIT), 0, 1)
    return world.calendar.next_business[day + np.where(method == CHECK, mail, swift)]


def _short(book: Book, invoice: Ints, day: int) -> None:
    """Give up what short payers kept: a small credit note closes it weeks later."""
    book.not_before[invoice] = NEVER
    book.credit_on[invoice] = book.world.calendar.next_business[day + 2 * book.world.fates.gap_days[invoice]]
    book.credit_share[invoice] = 1.0


def _bounce(book: Book, invoice: Ints, cents: Ints, known: Ints) -> None:
    """Plan the return of payments that bounce, after the book has come to know of them."""
    back = book.world.calendar.next_business[known + 2 + book.world.fates.gap_days[invoice] % 3]
    book.reversals.add(back, invoice, cents)
    book.not_before[invoice] = np.maximum(book.not_before[invoice], back + 2)


def reverse(book: Book, day: int) -> None:
    """Return the bounced payments of a day; the invoices are open again."""
    invoice, cents = book.reversals.take(day)
    if len(invoice):
        book.post_in_house(invoice, REVERSAL, cents, day)
        book.reopen(invoice)
