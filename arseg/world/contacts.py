"""What contacts do: a push on the hazard of payment that fades, and for some customers none at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arseg.world.book import World
from arseg.world.customers import PERSUADABLE
from arseg.world.draws import Flags, Floats, Ints, Purpose
from arseg.world.economy import NEVER
from arseg.world.reviews import ACTIONS, CALL, FIRM_EMAIL, NONE, Decision, Review

OUTCOMES: Final = ("sent", "no_answer", "reached", "promise")
SENT, NO_ANSWER, REACHED, PROMISE = range(4)

HALF_LIFE_DAYS: Final = 7.0
# Log hazard ratio on the first day by action, for a customer of susceptibility 1 who is contacted for once.
_PUSH: Final = np.array([0.0, 0.25, 0.35, 0.6])
# Each contact in the memory before it takes a part of the push away.
_SATURATION: Final = 0.25
_MEMORY_DAYS: Final = 60.0
# What the third contact within a fortnight, or a firm tone, does to a good payer; some of them leave for it.
_REACTANCE: Final = -0.35
_FORTNIGHT: Final = 14
_LEAVING: Final = 0.04
_REACHED: Final = 0.65
_PROMISING: Final = 0.45
_KEEPING: Final = 0.55
_LONG_AGO: Final = -10_000


@dataclass(frozen=True)
class ContactLog:
    """Contacts in order of day and customer; ``effect`` is the true log hazard ratio on the first day.

    ``probability`` is that of the action taken, NaN where nothing was drawn; ``promised_on`` is the day
    promised, -1 without a promise.
    """

    customer: Ints
    day: Ints
    action: Ints
    outcome: Ints
    days_past_due: Ints
    overdue: Floats
    promised_on: Ints
    probability: Floats
    effect: Floats

    def __len__(self) -> int:
        """Return the number of contacts."""
        return len(self.customer)


@dataclass(frozen=True)
class ReviewLog:
    """Every decision taken, also to do nothing, with the probabilities of all actions as logged and in truth.

    ``overdue`` is the customer's balance past due that evening, euros.
    """

    customer: Ints
    day: Ints
    action: Ints
    overdue: Floats
    probabilities: Floats
    true_probabilities: Floats


@dataclass(frozen=True)
class Pledges:
    """Promises that will be kept: the customer, and the day promised."""

    customer: Ints
    day: Ints


class ContactDesk:
    """Carries out decisions and keeps the influence that is still at work.

    ``left_on`` is the day from which a customer orders nothing any more.

    Parameters
    ----------
    world
        The world whose customers are contacted.
    """

    def __init__(self, world: World) -> None:
        self.influence = np.zeros(len(world.customers))
        self._world = world
        self.left_on = np.full(len(world.customers), NEVER)
        self._last = np.full((2, len(world.customers)), _LONG_AGO)
        self._pressure = np.zeros(len(world.customers))
        self._contacts: list[ContactLog] = []
        self._reviews: list[ReviewLog] = []

    def fade(self) -> None:
        """Let a night pass over the influence."""
        self.influence *= 0.5 ** (1 / HALF_LIFE_DAYS)
        self._pressure *= np.exp(-1 / _MEMORY_DAYS)

    def act(self, review: Review, decision: Decision) -> Pledges:
        """Carry out the decisions of a review; they work from the next day on. Returns what will be kept."""
        drawn = decision.probabilities
        if drawn is None:
            drawn = np.full((len(review), len(ACTIONS)), np.nan)
        everyone = np.arange(len(review))
        day = np.full(len(review), review.day)
        truth = drawn if decision.true_probabilities is None else decision.true_probabilities
        self._reviews.append(ReviewLog(review.customer, day, decision.action, review.overdue, drawn, truth))
        touched = decision.action != NONE
        probability = drawn[everyone, decision.action][touched]
        return self._touch(_some(review, touched), decision.action[touched], probability)

    def _touch(self, review: Review, action: Ints, probability: Floats) -> Pledges:
        customer = review.customer
        outcome, promised = self._outcomes(review, action)
        movable = self._can_be_moved(review.day)
        repelled = self._world.customers.good_payer[customer] & (
            (review.day - self._last[1, customer] <= _FORTNIGHT) | (action == FIRM_EMAIL)
        )
        effect = np.where(movable[customer], self._effect(customer, action, outcome, repelled), 0.0)
        self._spread(customer, effect, movable)
        self._last[:, customer] = np.stack([np.full(len(customer), review.day), self._last[0, customer]])
        self._pressure[customer] += 1
        leaves = (effect < 0) & (self._roll(Purpose.CHURN, review) < _LEAVING)
        self.left_on[customer[leaves]] = np.minimum(self.left_on[customer[leaves]], review.day + 1)
        self._contacts.append(
            ContactLog(
                customer=customer,
                day=np.full(len(customer), review.day),
                action=action,
                outcome=outcome,
                days_past_due=review.oldest_days_past_due,
                overdue=review.overdue,
                promised_on=promised,
                probability=probability,
                effect=effect,
            )
        )
        kept = (
            (outcome == PROMISE) & movable[customer] & (self._roll(Purpose.PROMISE_KEPT, review) < _KEEPING)
        )
        return Pledges(customer[kept], promised[kept])

    def _roll(self, purpose: Purpose, review: Review) -> Floats:
        return self._world.roll(purpose, review.customer, review.day)

    def _outcomes(self, review: Review, action: Ints) -> tuple[Ints, Ints]:
        """Return what came of each contact, and the day promised, -1 without a promise."""
        answered = self._roll(Purpose.REACH, review) < _REACHED
        promising = self._roll(Purpose.PROMISE, review) < _PROMISING
        outcome = np.where(answered, np.where(promising, PROMISE, REACHED), NO_ANSWER)
        outcome = np.where(action == CALL, outcome, SENT)
        days = 5 + np.floor(15 * self._roll(Purpose.PROMISE_DAYS, review)).astype(np.int64)
        promised = self._world.calendar.next_business[review.day + days]
        return outcome, np.where(outcome == PROMISE, promised, -1)

    def _effect(self, customer: Ints, action: Ints, outcome: Ints, repelled: Flags) -> Floats:
        """Return the log hazard ratio on those who can be moved; what nobody hears has none."""
        push = _PUSH[action] / (1 + _SATURATION * self._pressure[customer])
        felt = np.where(repelled, _REACTANCE, push) * self._world.customers.susceptibility[customer]
        return np.where(outcome == NO_ANSWER, 0.0, felt)

    def _spread(self, customer: Ints, effect: Floats, movable: Flags) -> None:
        """Add effects to the influence at work, and a share of them to the others of the same group."""
        self.influence[customer] += effect
        share = self._world.setting.interference
        if share == 0.0:
            return
        parent = self._world.customers.parent
        group = np.where(parent >= 0, parent, np.arange(len(parent)))
        own, total = np.zeros(len(parent)), np.zeros(len(parent))
        own[customer] = effect
        np.add.at(total, group[customer], effect)
        self.influence += np.where(movable, share * (total[group] - own), 0.0)

    def _can_be_moved(self, day: int) -> Flags:
        """Return whom a contact can move at all: nobody who pays anyway, and nobody who cannot pay."""
        cannot_pay = self._world.economy.distressed[:, self._world.calendar.month[day]]
        return (self._world.customers.response == PERSUADABLE) & ~cannot_pay

    def contacts(self) -> ContactLog:
        """Return every contact made so far."""
        names = ContactLog.__dataclass_fields__
        empty = {name: [np.empty(0, dtype=np.int64)] for name in names}
        return ContactLog(
            **{
                name: np.concatenate([getattr(part, name) for part in self._contacts] or empty[name])
                for name in names
            }
        )

    def reviews(self) -> ReviewLog:
        """Return every decision taken so far."""
        return ReviewLog(
            **{
                name: np.concatenate([getattr(part, name) for part in self._reviews] or [empty])
                for name, empty in _NO_REVIEW.items()
            }
        )


_NO_REVIEW: Final = {
    **dict.fromkeys(("customer", "day", "action"), np.empty(0, dtype=np.int64)),
    "overdue": np.empty(0),
    **dict.fromkeys(("probabilities", "true_probabilities"), np.empty((0, len(ACTIONS)))),
}


def minutes_of(log: ContactLog) -> Floats:
    """Return collector minutes: one per e-mail, two per call unanswered, eight or more per conversation."""
    talk = 8.0 + np.minimum(6.0, log.days_past_due // 15)
    return np.where(log.action == CALL, np.where(log.outcome == NO_ANSWER, 2.0, talk), 1.0)


def _some(review: Review, kept: Flags) -> Review:
    return Review(
        day=review.day,
        customer=review.customer[kept],
        oldest_days_past_due=review.oldest_days_past_due[kept],
        overdue=review.overdue[kept],
        mean_days_late=review.mean_days_late[kept],
    )
