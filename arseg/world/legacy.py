"""The contact policies under which the book came about.

``random`` (L0 of science 6.1) draws evenly; ``stochastic`` (L1) draws from a softmax on the risk known that
day, never below a floor; ``deterministic`` (L2) follows thresholds and logs no propensity.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

import numpy as np

from arseg.schema import UsageError
from arseg.world.draws import Floats
from arseg.world.reviews import ACTIONS, CALL, EMAIL, NONE, Decide, Decision, Review

# No action is ever less likely than this, so every action has support everywhere.
FLOOR: Final = 0.05

_CALL_FROM_DAYS: Final = 31
_CALL_FROM_BALANCE: Final = 20_000.0
_EMAIL_FROM_DAYS: Final = 4


def known_risk(review: Review) -> Floats:
    """Return the desk's rule of thumb for risk, about 0 to 4: age, balance, and the customer's past."""
    age = np.minimum(review.oldest_days_past_due, 90) / 30
    money = np.clip(np.log10(np.maximum(review.overdue, 1.0)) - 3.0, 0.0, 3.0) / 3
    past = np.clip(review.mean_days_late, 0.0, 60.0) / 30
    return 0.6 * age + 0.8 * money + 0.5 * past


def at_random(review: Review, luck: Floats) -> Decision:
    """Draw every action evenly."""
    return _draw(np.full((len(review), len(ACTIONS)), 1 / len(ACTIONS)), luck)


def by_softmax(review: Review, luck: Floats) -> Decision:
    """Draw from a softmax on known risk: the riskier, the more calls; floor 0.05."""
    risk = known_risk(review)
    preference = np.stack([np.full_like(risk, 0.4), 0.6 + 0.4 * risk, -1.0 + 1.2 * risk], axis=1)
    weight = np.exp(preference)
    softmax = weight / weight.sum(axis=1, keepdims=True)
    return _draw(FLOOR + (1 - len(ACTIONS) * FLOOR) * softmax, luck)


def by_thresholds(review: Review, luck: Floats) -> Decision:
    """Call from 31 days past due, or from 20,000 euros and 8 days; write from 4 days."""
    del luck
    age = review.oldest_days_past_due
    heavy = (age >= 2 * _EMAIL_FROM_DAYS) & (review.overdue >= _CALL_FROM_BALANCE)
    call = (age >= _CALL_FROM_DAYS) | heavy
    return Decision(np.where(call, CALL, np.where(age >= _EMAIL_FROM_DAYS, EMAIL, NONE)))


def _draw(probabilities: Floats, luck: Floats) -> Decision:
    bounds = np.cumsum(probabilities[:, :-1], axis=1)
    return Decision((luck[:, None] >= bounds).sum(axis=1), probabilities)


LEGACY_MODES: Final[Mapping[str, Decide]] = MappingProxyType(
    {"random": at_random, "stochastic": by_softmax, "deterministic": by_thresholds}
)


def legacy_policy(mode: str) -> Decide:
    """Return the contact policy of a legacy mode.

    Raises
    ------
    UsageError
        If there is no such mode.

    Examples
    --------
    >>> legacy_policy("random").__name__
    'at_random'
    """
    if mode in LEGACY_MODES:
        return LEGACY_MODES[mode]
    near = get_close_matches(mode, LEGACY_MODES, n=1)
    raise UsageError(
        "unknown legacy mode",
        given=repr(mode),
        allowed=", ".join(LEGACY_MODES),
        do=f"write {near[0]}" if near else "choose one of them",
    )
