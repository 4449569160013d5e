"""When each invoice was settled in truth, and by which cause: the definitions of science 3.1, in numpy.

The ledger room says the same in SQL; neither knows the other, so each can be held against the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arseg.schema import CREDITED, CREDITED_SHARE, OPEN, PAID, SETTLED_AMOUNT, SETTLED_SHARE, WRITTEN_OFF
from arseg.world.book import CREDIT_NOTE, RECOVERY, SIGN, WRITE_OFF, Postings, World
from arseg.world.draws import Flags, Floats, Ints
from arseg.world.economy import NEVER


@dataclass(frozen=True)
class Settlement:
    """One entry per invoice: the day on which it was settled, ``NEVER`` if it was not, and the cause."""

    day: Ints
    cause: Ints


def settle(world: World, postings: Postings) -> Settlement:
    """Return when invoices were settled: when the balance came within tolerance and stayed there.

    Parameters
    ----------
    world
        The world.
    postings
        All postings that count; days are value days.
    """
    cents = world.invoices.cents
    tolerance = np.maximum(100 * SETTLED_AMOUNT, SETTLED_SHARE * cents)
    invoice, day, change, credited, lost = _evenings(postings)
    first = np.r_[True, invoice[1:] != invoice[:-1]] if len(invoice) else np.empty(0, dtype=bool)
    moved, credited, lost = (_running(column, first) for column in (change, credited, lost))
    above = cents[invoice] + moved > tolerance[invoice]
    decisive = _first_for_good(first, above)
    by_credit = (credited > 0) & (credited >= CREDITED_SHARE * -moved)
    cause = np.where(by_credit, CREDITED, np.where(lost > tolerance[invoice], WRITTEN_OFF, PAID))
    settled, causes = np.full(len(cents), NEVER), np.full(len(cents), OPEN)
    settled[invoice[decisive]] = day[decisive]
    causes[invoice[decisive]] = cause[decisive]
    return Settlement(settled, causes)


def _evenings(postings: Postings) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return per invoice and day, in that order: the change of the balance, what was credited, what was lost."""
    named = postings.invoice >= 0
    order = np.lexsort((postings.value[named], postings.invoice[named]))
    invoice, day = postings.invoice[named][order], postings.value[named][order]
    kind, cents = postings.kind[named][order], postings.cents[named][order]
    new = np.ones(len(invoice), dtype=bool)
    new[1:] = (invoice[1:] != invoice[:-1]) | (day[1:] != day[:-1])
    start = np.flatnonzero(new)
    columns = (
        SIGN[kind] * cents,
        np.where(kind == CREDIT_NOTE, cents, 0),
        np.where(kind == WRITE_OFF, cents, np.where(kind == RECOVERY, -cents, 0)),
    )
    change, credited, lost = (np.add.reduceat(c, start) if len(start) else c for c in columns)
    return invoice[start], day[start], change, credited, lost


def _running(column: Ints, first: Flags) -> Ints:
    """Return running sums that start anew where ``first`` is set."""
    total = np.cumsum(column)
    starts = np.flatnonzero(first)
    before = np.repeat((total - column)[starts], np.diff(np.r_[starts, len(column)]))
    return total - before


def _first_for_good(first: Flags, above: Flags) -> Ints:
    """Return the rows on which balances came within tolerance for good; ``first`` marks each invoice's first row."""
    row = np.arange(len(first))
    last_above = np.maximum.accumulate(np.where(above, row, -1))
    start = np.maximum.accumulate(np.where(first, row, -1))
    ends = row[np.append(first[1:], np.ones(min(1, len(first)), dtype=bool)) & ~above]
    return np.maximum(last_above[ends] + 1, start[ends])


def incidence(settlements: list[Settlement], start: Ints, subjects: Ints, times: tuple[int, ...]) -> Floats:
    """Return the cumulative incidence of each cause: subjects x causes x times, as shares of equally likely courses.

    Parameters
    ----------
    settlements
        One per course.
    start
        Day from which time counts, one per subject; who is settled by then counts from the next day on.
    subjects
        Numbers of the invoices.
    times
        Days after the start.
    """
    horizon = np.array(times)
    result = np.zeros((len(subjects), 3, len(times)))
    for settlement in settlements:
        day, cause = settlement.day[subjects], settlement.cause[subjects]
        duration = np.maximum(1, day - start)
        by_then = (day < NEVER)[:, None] & (duration[:, None] <= horizon)
        for place, code in enumerate((PAID, CREDITED, WRITTEN_OFF)):
            result[:, place] += by_then & (cause == code)[:, None]
    return result / max(1, len(settlements))
