"""The contact policies under which the book came about (science 6.1).

=================  ====================================================================================
``random``         L0: every action is as likely as every other
``stochastic``     L1: a softmax on the risk known that day, never below a floor; propensities are logged
``deterministic``  L2: thresholds on age and balance; no propensity is logged
``confounded``     L3: as L1, but the collector also sees what stands in no ledger; L1's propensity is logged
``capacity``       L4: each collector calls the riskiest first until the day's minutes are used up
``rule_change``    L5: as L2, but from the middle of the book on half of the regions have stricter thresholds
=================  ====================================================================================

Leniency of the collector weighs in where the collector chooses, in L1 and L3. Absences bind in L4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from arseg.world.book import World
from arseg.world.draws import Floats, Ints
from arseg.world.reviews import ACTIONS, CALL, EMAIL, FIRM_EMAIL, NONE, Decision, Review
from arseg.world.settings import one_named
from arseg.world.so_far import Decide, LedgerSoFar

# No action is ever less likely than this, so every action has support everywhere.
FLOOR: Final = 0.05

_CALL_FROM_DAYS: Final = 31
_FIRM_FROM_DAYS: Final = 18
_CALL_FROM_BALANCE: Final = 20_000.0
_EMAIL_FROM_DAYS: Final = 4
# Days by which the stricter rule of L5 acts earlier.
_STRICTER: Final = 14
_CALL_MINUTES: Final = 8.0

Rule = Callable[[Review, Floats], Decision]


def known_risk(review: Review) -> Floats:
    """Return the desk's rule of thumb for risk, about 0 to 4: age, balance, and the customer's past."""
    age = np.minimum(review.oldest_days_past_due, 90) / 30
    money = np.clip(np.log10(np.maximum(review.overdue, 1.0)) - 3.0, 0.0, 3.0) / 3
    past = np.clip(review.mean_days_late, 0.0, 60.0) / 30
    return 0.6 * age + 0.8 * money + 0.5 * past


def at_random(review: Review, luck: Floats) -> Decision:
    """Draw every action evenly."""
    return _draw(np.full((len(review), len(ACTIONS)), 1 / len(ACTIONS)), luck)


def by_softmax(review: Review, luck: Floats, leniency: Floats | float = 0.0) -> Decision:
    """Draw from a softmax on known risk: the riskier, the firmer and the more calls; floor 0.05."""
    return _draw(softmax(known_risk(review), leniency), luck)


def softmax(risk: Floats, leniency: Floats | float = 0.0) -> Floats:
    """Return the probability of every action, customers x actions, from risk and the collector's leniency."""
    still = np.full_like(risk, 0.4)
    preference = np.stack([still, 0.5 + 0.3 * risk, -1.2 + 0.5 * risk, -1.0 + 1.2 * risk - leniency], axis=1)
    weight = np.exp(preference)
    return FLOOR + (1 - len(ACTIONS) * FLOOR) * weight / weight.sum(axis=1, keepdims=True)


def by_thresholds(review: Review, luck: Floats, earlier: Ints | int = 0) -> Decision:
    """Call from 31 days past due, or from 20,000 euros and 8 days; write firmly from 18 days, kindly from 4."""
    del luck
    age = review.oldest_days_past_due + earlier
    heavy = (age >= 2 * _EMAIL_FROM_DAYS) & (review.overdue >= _CALL_FROM_BALANCE)
    call = (age >= _CALL_FROM_DAYS) | heavy
    write = np.where(age >= _FIRM_FROM_DAYS, FIRM_EMAIL, np.where(age >= _EMAIL_FROM_DAYS, EMAIL, NONE))
    return Decision(np.where(call, CALL, write))


def tilted(probabilities: Floats, seen: Floats, strength: float) -> Floats:
    """Return probabilities whose odds differ from those given by at most a factor.

    Parameters
    ----------
    probabilities
        Customers x actions.
    seen
        What the collector sees of each customer; above 0 it calls for a call.
    strength
        Lambda: the odds of two customers that differ in nothing but what is seen differ by at most so much
        (science 4.3), and from those given by at most its square root.
    """
    odds = np.where(seen > 0, 1.0, -1.0) * np.log(strength) / 2
    call = probabilities[:, CALL]
    moved = 1 / (1 + (1 - call) / call * np.exp(-odds))
    rest = probabilities * ((1 - moved) / (1 - call))[:, None]
    rest[:, CALL] = moved
    return rest


def _draw(probabilities: Floats, luck: Floats) -> Decision:
    bounds = np.cumsum(probabilities[:, :-1], axis=1)
    return Decision((luck[:, None] >= bounds).sum(axis=1), probabilities)


def _stochastic(world: World) -> Rule:
    def decide(review: Review, luck: Floats) -> Decision:
        collector = world.collectors.of_customer[review.customer]
        return by_softmax(review, luck, world.collectors.leniency[collector])

    return decide


def _confounded(world: World) -> Rule:
    def decide(review: Review, luck: Floats) -> Decision:
        collector = world.collectors.of_customer[review.customer]
        logged = softmax(known_risk(review), world.collectors.leniency[collector])
        weakness = -world.economy.ability[review.customer, world.calendar.month[review.day]]
        drawn = _draw(tilted(logged, weakness, world.setting.confounding), luck)
        return Decision(drawn.action, logged, drawn.probabilities)

    return decide


def _by_capacity(world: World) -> Rule:
    def decide(review: Review, luck: Floats) -> Decision:
        del luck
        collectors = world.collectors
        collector = collectors.of_customer[review.customer]
        order = np.lexsort((-known_risk(review), collector))
        place = np.empty(len(review), dtype=np.int64)
        first = np.searchsorted(collector[order], np.arange(len(collectors)))
        place[order] = np.arange(len(review)) - first[collector[order]]
        there = ~collectors.absent[collector, review.day]
        call = there & ((place + 1) * _CALL_MINUTES <= collectors.minutes[collector])
        write = np.where(review.oldest_days_past_due >= _EMAIL_FROM_DAYS, EMAIL, NONE)
        return Decision(np.where(call, CALL, write))

    return decide


def _by_changing_rule(world: World) -> Rule:
    def decide(review: Review, luck: Floats) -> Decision:
        stricter = (review.day >= world.changed_on) & in_changed_region(world)[review.customer]
        return by_thresholds(review, luck, np.where(stricter, _STRICTER, 0))

    return decide


def in_changed_region(world: World) -> np.ndarray:
    """Return which customers live where the rule changed in mode L5: the first half of the regions."""
    return world.customers.region < 2


_RULES: Final[Mapping[str, Callable[[World], Rule]]] = MappingProxyType(
    {
        "random": lambda _: at_random,
        "stochastic": _stochastic,
        "deterministic": lambda _: by_thresholds,
        "confounded": _confounded,
        "capacity": _by_capacity,
        "rule_change": _by_changing_rule,
    }
)
LEGACY_MODES: Final = tuple(_RULES)


def legacy_policy(mode: str, world: World) -> Decide:
    """Return the contact policy of a legacy mode in a world.

    Raises
    ------
    UsageError
        If there is no such mode.
    """
    return on_review(one_named(mode, _RULES, "legacy mode")(world))


def require_mode(mode: str) -> None:
    """Refuse a legacy mode that there is none of."""
    one_named(mode, _RULES, "legacy mode")


def on_review(rule: Rule) -> Decide:
    """Return a rule on a review and its luck as a policy."""

    def decide(so_far: LedgerSoFar, key_date: dt.date) -> Decision:
        del key_date
        return rule(so_far.review, so_far.luck)

    return decide
