"""What every action would have brought on every decision of a week: the same week, once per action.

A customer is reviewed once a week and does not feel what others are sent, so one course per action tells what each
would have brought on each decision of the week; afterwards the policy in force goes on. What any policy would have
brought follows by weighing the actions, without drawing them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from arseg.schema import UsageError
from arseg.world.book import SIGN, World
from arseg.world.contacts import minutes_of
from arseg.world.course import Course, Days
from arseg.world.draws import Floats, Ints
from arseg.world.measures import cash_of, euros_of, losses_of
from arseg.world.outcome import finish
from arseg.world.reviews import ACTIONS, Decision, Review
from arseg.world.so_far import Contacts, Decide, LedgerSoFar, decision_of

WEEK: Final = 7


@dataclass(frozen=True)
class Alternatives:
    """What each action would have brought, one entry per decision.

    Parameters
    ----------
    customer, day
        Who was decided on, and when; day of the book.
    oldest_days_past_due, overdue
        What the review showed; days, euros.
    probabilities
        How likely the policy in force was, in truth, to take each action, shape ``(n, A)``.
    came
        What came over the horizon, shape ``(n, A, k)`` in the order of ``DIFFERS``; euros, euro-days, minutes.
        Euro-days are those of payments and write-offs less, so only differences of actions mean something.
    """

    customer: Ints
    day: Ints
    oldest_days_past_due: Ints
    overdue: Floats
    probabilities: Floats
    came: Floats

    def __len__(self) -> int:
        """Return the number of decisions."""
        return len(self.customer)

    def gains(self, target: Floats) -> Floats:
        """Return what a policy would have brought more than the one in force, by decision, shape ``(n, k)``.

        Parameters
        ----------
        target
            Its probability of every action, shape ``(n, A)``.
        """
        return np.asarray(np.einsum("na,nak->nk", target - self.probabilities, self.came))


class _WholeWeek:
    """A policy that gives everybody the same action until a day, and then is another; it notes who was reviewed."""

    def __init__(self, action: int, until: int, then: Decide) -> None:
        self._action, self._until, self._then = action, until, then
        self.reviews: list[Review] = []
        self.chances: list[Floats] = []

    def __call__(self, so_far: LedgerSoFar, key_date: dt.date) -> Contacts:
        if so_far.review.day >= self._until:
            return self._then(so_far, key_date)
        self.reviews.append(so_far.review)
        self.chances.append(_chances(decision_of(self._then(so_far, key_date), so_far)))
        return Decision(np.full(len(so_far.review), self._action))


def alternatives(days: Days, past: Decide, *, horizon: int = 28) -> Alternatives:
    """Return what every action would have brought on the decisions of the next seven days.

    Parameters
    ----------
    days
        The world on the morning of the first of them, its past under the policy in force; it is not changed.
    past
        The policy in force, which goes on after the week.
    horizon
        Days after a decision over which its outcome counts; only invoices written by then do.

    Raises
    ------
    UsageError
        If the world's customers feel what others are sent, or nobody is reviewed within the week.

    Examples
    --------
    >>> from arseg.world.deviations import DIFFERS
    >>> from arseg.world import Calendar, draw_world, legacy_policy
    >>> world = draw_world(40, Calendar(dt.date(2024, 1, 1), 8), seed=7)
    >>> past, days = legacy_policy("random", world), Days(world)
    >>> days.pass_until(120, past)
    >>> week = alternatives(days, past)
    >>> calls = week.gains(np.tile([0.0, 0.0, 0.0, 1.0], (len(week), 1)))
    >>> calls.shape == (len(week), len(DIFFERS))
    True
    """
    if days.world.setting.interference:
        raise UsageError(
            "customers feel what others are sent",
            given=f"interference {days.world.setting.interference}",
            allowed="0",
            do="ask `effects` for one evening at a time",
        )
    until, end = days.day + WEEK, min(days.day + WEEK + horizon, days.world.calendar.days)
    came = []
    for action in range(len(ACTIONS)):
        week = _WholeWeek(action, until, past)
        course = finish(days.fork(days.world.luck), week, end)
        review, chances = _together(week)
        came.append(_came(days.world, course, review, horizon))
    return Alternatives(
        review.customer,
        review.day,
        review.oldest_days_past_due,
        review.overdue,
        chances,
        np.stack(came, axis=1),
    )


def joined(parts: list[Alternatives]) -> Alternatives:
    """Return the decisions of several weeks as one."""
    return Alternatives(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Alternatives))
    )


def _chances(decision: Decision) -> Floats:
    """Return how likely every action was in truth; what was not drawn was certain."""
    told = decision.probabilities if decision.true_probabilities is None else decision.true_probabilities
    return np.eye(len(ACTIONS))[decision.action] if told is None else told


@dataclass(frozen=True)
class _Reviewed:
    customer: Ints
    day: Ints
    oldest_days_past_due: Ints
    overdue: Floats


def _together(week: _WholeWeek) -> tuple[_Reviewed, Floats]:
    if not week.reviews:
        raise UsageError(
            "nobody is reviewed within the week", given="no decision", allowed="1 or more", do="start later"
        )
    reviewed = _Reviewed(
        np.concatenate([one.customer for one in week.reviews]),
        np.concatenate([np.full(len(one), one.day) for one in week.reviews]),
        np.concatenate([one.oldest_days_past_due for one in week.reviews]),
        np.concatenate([one.overdue for one in week.reviews]),
    )
    return reviewed, np.concatenate(week.chances)


def _came(world: World, course: Course, review: _Reviewed, horizon: int) -> Floats:
    """Return the sums of ``DIFFERS`` by decision, shape ``(n, k)``."""
    postings, count = course.postings, len(world.customers)
    evening = np.full(count, -horizon - 1)
    evening[review.customer] = review.day
    since = evening[postings.customer]
    old = (postings.invoice >= 0) & (world.invoices.posted[postings.invoice] <= since)
    # As in the ledger's log of decisions: what was made before the evening but known after it counts on the first day.
    within = old & (postings.known > since) & (postings.value <= since + horizon)
    left = horizon + 1 - np.maximum(1, postings.value - since)
    contacts = course.contacts
    touched = contacts.day == evening[contacts.customer]

    def by_customer(customer: Ints, amount: Floats, kept: np.ndarray) -> Floats:
        summed: Floats = np.bincount(customer[kept], amount[kept], count).astype(np.float64)
        return summed[review.customer]

    return np.stack(
        [
            by_customer(postings.customer, cash_of(world, postings), within),
            by_customer(postings.customer, SIGN[postings.kind] * euros_of(world, postings) * left, within),
            by_customer(postings.customer, losses_of(world, postings), within),
            by_customer(contacts.customer, minutes_of(contacts), touched),
        ],
        axis=1,
    )
