"""What the book does itself: credit notes, write-offs, recoveries.

The book acts on what it believes, so it waits while a payment is under way (``Book.idle``): otherwise it
would credit what was already paid.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from arseg.world.book import CREDIT_NOTE, PAYMENT, RECOVERY, WRITE_OFF, Book
from arseg.world.draws import Ints
from arseg.world.economy import NEVER

_DAYS_AFTER_INSOLVENCY: Final = 45


def credit(book: Book, day: int) -> None:
    """Issue the credit notes that have become due."""
    due = book.active[(book.credit_on[book.active] <= day) & (book.remaining[book.active] > 0)]
    invoice = due[book.idle(due)]
    cents = np.rint(book.remaining[invoice] * book.credit_share[invoice]).astype(np.int64)
    book.post_in_house(invoice, CREDIT_NOTE, cents, day)
    book.credit_on[invoice] = NEVER


def write_off(book: Book, day: int) -> None:
    """Write off what cannot be paid: half a year after due while in distress, soon after insolvency."""
    world = book.world
    customer = world.invoices.customer[book.active]
    lost = world.economy.distressed[customer, world.calendar.month[day]]
    ripe = lost & (world.fates.write_off_on[book.active] <= day)
    ended = world.economy.insolvent_on[customer] + _DAYS_AFTER_INSOLVENCY <= day
    overdue = world.invoices.due[book.active] < day
    invoice = book.active[(ripe | (ended & overdue)) & (book.remaining[book.active] > 0)]
    invoice = invoice[book.idle(invoice)]
    cents = book.remaining[invoice].copy()
    book.post_in_house(invoice, WRITE_OFF, cents, day)
    _plan_recoveries(book, invoice, cents, day)


def _plan_recoveries(book: Book, invoice: Ints, cents: Ints, day: int) -> None:
    share = book.world.fates.recovery_share[invoice]
    some = share > 0
    back = np.maximum(1, np.rint(cents * share)).astype(np.int64)
    days = book.world.calendar.next_business[day + book.world.fates.recovery_days[invoice]]
    book.recoveries.add(days[some], invoice[some], back[some])


def recover(book: Book, day: int) -> None:
    """Take in recovered cash: the recovery puts the balance back and a payment clears it."""
    invoice, cents = book.recoveries.take(day)
    if len(invoice):
        book.post_in_house(invoice, RECOVERY, cents, day)
        book.post_in_house(invoice, PAYMENT, cents, day)
