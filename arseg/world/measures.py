"""What a course was worth: sums over a window of days, in euros, of what really happened.

Everything counts on its value day, also what the book learns only later (science 1.1, 1.2 and 4.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from arseg.world.book import CREDIT_NOTE, PAYMENT, RECOVERY, REVERSAL, SIGN, WRITE_OFF, Postings, World
from arseg.world.contacts import minutes_of
from arseg.world.draws import Floats, Ints

if TYPE_CHECKING:
    from arseg.world.course import Course

# What a policy is charged: money per year, a collector's minute in euros.
INTEREST: Final = 0.08
EUROS_PER_MINUTE: Final = 0.8
COLLECTION_DAYS: Final = 90


@dataclass(frozen=True)
class Sums:
    """Sums in euros over a window; ``receivable_days`` are euros times days.

    ``collected`` of ``collectable`` is what came in within 90 days of the due day, of invoices whose 90 days
    lie in the window.
    """

    invoiced: float
    receivable_days: float
    days: float
    net_written_off: float
    collected: float
    collectable: float
    cash: float
    contact_cost: float

    @property
    def value(self) -> float:
        """Cash less the cost of waiting for it, of contacts and of losses (science 4.3, LGD 1), euros."""
        waiting = INTEREST * self.receivable_days / 365
        return self.cash - waiting - self.contact_cost - self.net_written_off


def euros_of(world: World, postings: Postings) -> Floats:
    """Return the amount of each posting, euros."""
    amounts: Floats = postings.cents / 100 * world.customers.rate[postings.customer]
    return amounts


def cash_of(world: World, postings: Postings) -> Floats:
    """Return what each posting brought in, euros: payments less reversals."""
    return _less(world, postings, PAYMENT, REVERSAL)


def losses_of(world: World, postings: Postings) -> Floats:
    """Return what each posting lost, euros: write-offs less recoveries."""
    return _less(world, postings, WRITE_OFF, RECOVERY)


def _less(world: World, postings: Postings, kind: int, undone: int) -> Floats:
    sign = np.select([postings.kind == kind, postings.kind == undone], [1.0, -1.0], 0.0)
    return sign * euros_of(world, postings)


def add_up(world: World, course: Course, start: int, end: int) -> Sums:
    """Return the sums over the days from ``start`` to the day before ``end``.

    Parameters
    ----------
    world
        The world.
    course
        What happened in it, with the postings that the book did not know yet.
    start, end
        Days of the book.
    """
    invoices, postings, customers = world.invoices, course.postings, world.customers
    euros = np.where(course.issued, invoices.cents, 0) / 100 * customers.rate[invoices.customer]
    moved = euros_of(world, postings)
    within = (postings.value >= start) & (postings.value < end)
    cash, lost = cash_of(world, postings), losses_of(world, postings)
    touched = (course.contacts.day >= start) & (course.contacts.day < end)
    collected, collectable = _collection(world, course, euros, (start, end), cash)
    return Sums(
        invoiced=float(euros[(invoices.document >= start) & (invoices.document < end)].sum()),
        receivable_days=float(
            (euros * _days_in(invoices.document, start, end)).sum()
            + (SIGN[postings.kind] * moved * _days_in(postings.value, start, end)).sum()
        ),
        days=float(end - start),
        net_written_off=float(lost[within].sum()),
        collected=collected,
        collectable=collectable,
        cash=float(cash[within].sum()),
        contact_cost=float(EUROS_PER_MINUTE * minutes_of(course.contacts)[touched].sum()),
    )


def _days_in(day: Ints, start: int, end: int) -> Ints:
    """Return on how many evenings of the window something counts that counts from a day on."""
    return np.maximum(0, end - np.maximum(day, start))


def _collection(
    world: World, course: Course, euros: Floats, window: tuple[int, int], cash: Floats
) -> tuple[float, float]:
    """Return what was collected by 90 days after due, and what could have been: amounts less credit notes."""
    due, postings = world.invoices.due, course.postings
    cohort = (due >= window[0]) & (due + COLLECTION_DAYS < window[1])
    named = postings.invoice >= 0
    invoice = postings.invoice[named]
    counts = cohort[invoice] & (postings.value[named] <= due[invoice] + COLLECTION_DAYS)
    credited = (postings.kind == CREDIT_NOTE) * euros_of(world, postings)
    return (
        float(cash[named][counts].sum()),
        float(euros[cohort].sum() - credited[named][counts].sum()),
    )
