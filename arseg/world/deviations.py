"""What one evening's decisions were worth: the same evening decided otherwise, and everything after it as before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from arseg.world.book import SIGN, World
from arseg.world.contacts import minutes_of
from arseg.world.course import Course, Days
from arseg.world.draws import Floats, Ints
from arseg.world.measures import cash_of, euros_of, losses_of
from arseg.world.outcome import day_after, finish
from arseg.world.reviews import Decision
from arseg.world.so_far import Contacts, Decide, LedgerSoFar, decision_of

DIFFERS: Final = ("cash", "amount_days", "written_off", "minutes")


@dataclass(frozen=True)
class Deviation:
    """What came of deciding one review otherwise, over the horizon.

    Parameters
    ----------
    reviewed
        Number of decisions of the evening.
    gains
        Sum over them of what the other policy brought more, by ``DIFFERS``; euros, euro-days, minutes.
    """

    reviewed: int
    gains: Floats


class _Once:
    """A policy that decides one evening, and another that decides all others."""

    def __init__(self, once: Decide, then: Decide) -> None:
        self._once, self._then, self._waiting = once, then, True
        self.reviewed: Ints = np.empty(0, dtype=np.int64)

    def __call__(self, so_far: LedgerSoFar, key_date: dt.date) -> Contacts:
        if not self._waiting:
            return self._then(so_far, key_date)
        self._waiting = False
        self.reviewed = so_far.review.customer
        decided = self._once(so_far, key_date)
        return decided if isinstance(decided, Decision) else decision_of(decided, so_far)


def deviate(
    world: World, past: Decide, policies: tuple[Decide, ...], *, on: dt.date, horizon: int = 28, luck: int = 1
) -> tuple[Deviation, ...]:
    """Return what each policy would have brought more than the policy in force on the first review from a day on.

    Both meet the same luck. Only invoices that were written by that evening count, as the desk saw them.

    Parameters
    ----------
    world
        The world.
    past
        The policy in force, before and after the evening.
    policies
        Those that decide the evening instead.
    on
        A day of the book.
    horizon
        Days after the evening over which the outcome counts.
    luck
        Which of the equally likely courses goes on from there.
    """
    days = Days(world)
    days.pass_until(day_after(world, on) - 1, past)
    # The review is held at the end of a business day.
    while not world.calendar.business[days.day]:
        days.pass_until(days.day + 1, past)
    evening, end = days.day, min(days.day + 1 + horizon, world.calendar.days)
    found = []
    for policy in (past, *policies):
        once = _Once(policy, past)
        course = finish(days.fork(luck), once, end)
        found.append((len(once.reviewed), _came(world, course, evening, horizon)))
    plain = found[0][1]
    return tuple(Deviation(count, came - plain) for count, came in found[1:])


def _came(world: World, course: Course, evening: int, horizon: int) -> Floats:
    """Return the sums of ``DIFFERS`` over all customers: who was not reviewed came out the same."""
    postings, end = course.postings, evening + horizon
    old = (postings.invoice >= 0) & (world.invoices.posted[postings.invoice] <= evening)
    within = old & (postings.value > evening) & (postings.value <= end)
    days = (-SIGN[postings.kind] * euros_of(world, postings))[within] * (end + 1 - postings.value[within])
    touched = course.contacts.day == evening
    return np.array(
        [
            cash_of(world, postings)[within].sum(),
            -days.sum(),
            losses_of(world, postings)[within].sum(),
            minutes_of(course.contacts)[touched].sum(),
        ]
    )
