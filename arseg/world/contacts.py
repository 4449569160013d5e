"""What contacts do: a push on the hazard of payment that fades, and for some customers none at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arseg.world.book import World
from arseg.world.customers import PERSUADABLE
from arseg.world.draws import Flags, Floats, Ints, Purpose, roll
from arseg.world.reviews import ACTIONS, CALL, EMAIL, NONE, Decision, Review

OUTCOMES: Final = ("sent", "no_answer", "reached", "promise")
SENT, NO_ANSWER, REACHED, PROMISE = range(4)

HALF_LIFE_DAYS: Final = 7.0
# Log hazard ratio on the first day, for a customer of susceptibility 1.
_PUSH: Final = np.array([0.0, 0.25, 0.7])
# What the third contact within a fortnight does to a good payer.
_REACTANCE: Final = -0.35
_FORTNIGHT: Final = 14
_REACHED: Final = 0.65
_PROMISING: Final = 0.45
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
    """Every decision taken, also to do nothing: customers x days, with all probabilities."""

    customer: Ints
    day: Ints
    action: Ints
    probabilities: Floats


class ContactDesk:
    """Carries out decisions and keeps the influence that is still at work.

    Parameters
    ----------
    world
        The world whose customers are contacted.
    """

    def __init__(self, world: World) -> None:
        self.influence = np.zeros(len(world.customers))
        self._world = world
        self._last = np.full((2, len(world.customers)), _LONG_AGO)
        self._contacts: list[ContactLog] = []
        self._reviews: list[ReviewLog] = []

    def fade(self) -> None:
        """Let a night pass over the influence."""
        self.influence *= 0.5 ** (1 / HALF_LIFE_DAYS)

    def act(self, review: Review, decision: Decision) -> None:
        """Carry out the decisions of a review; they work from the next day on."""
        drawn = decision.probabilities
        if drawn is None:
            drawn = np.full((len(review), len(ACTIONS)), np.nan)
        everyone = np.arange(len(review))
        day = np.full(len(review), review.day)
        self._reviews.append(ReviewLog(review.customer, day, decision.action, drawn))
        touched = decision.action != NONE
        self._touch(
            _some(review, touched), decision.action[touched], drawn[everyone, decision.action][touched]
        )

    def _touch(self, review: Review, action: Ints, probability: Floats) -> None:
        customer, seed = review.customer, self._world.seed
        answered = roll(seed, Purpose.REACH, customer, review.day) < _REACHED
        promising = roll(seed, Purpose.PROMISE, customer, review.day) < _PROMISING
        outcome = np.where(answered, np.where(promising, PROMISE, REACHED), NO_ANSWER)
        outcome = np.where(action == EMAIL, SENT, outcome)
        days = 5 + np.floor(15 * roll(seed, Purpose.PROMISE_DAYS, customer, review.day)).astype(np.int64)
        promised = self._world.calendar.next_business[review.day + days]
        effect = self._effect(review, action, outcome)
        self.influence[customer] += effect
        self._last[:, customer] = np.stack([np.full(len(customer), review.day), self._last[0, customer]])
        self._contacts.append(
            ContactLog(
                customer=customer,
                day=np.full(len(customer), review.day),
                action=action,
                outcome=outcome,
                days_past_due=review.oldest_days_past_due,
                overdue=review.overdue,
                promised_on=np.where(outcome == PROMISE, promised, -1),
                probability=probability,
                effect=effect,
            )
        )

    def _effect(self, review: Review, action: Ints, outcome: Ints) -> Floats:
        """Return the true effect: exactly zero where no contact can help, negative for one too many."""
        traits, customer = self._world.customers, review.customer
        push = np.where(outcome == NO_ANSWER, 0.0, _PUSH[action])
        pressed = traits.good_payer[customer] & (review.day - self._last[1, customer] <= _FORTNIGHT)
        felt = np.where(pressed, _REACTANCE, push) * traits.susceptibility[customer]
        return np.where(self._can_be_moved(customer, review.day), felt, 0.0)

    def _can_be_moved(self, customer: Ints, day: int) -> Flags:
        economy = self._world.economy
        cannot_pay = economy.distressed[customer, self._world.calendar.month[day]]
        return (self._world.customers.response[customer] == PERSUADABLE) & ~cannot_pay

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
        names = ("customer", "day", "action")
        columns = {name: [getattr(part, name) for part in self._reviews] for name in names}
        none = [np.empty(0, dtype=np.int64)]
        drawn = [part.probabilities for part in self._reviews] or [np.empty((0, len(ACTIONS)))]
        return ReviewLog(
            **{name: np.concatenate(parts or none) for name, parts in columns.items()},
            probabilities=np.concatenate(drawn),
        )


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
