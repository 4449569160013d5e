"""Logged decisions: who was treated how, how likely that was, and what came of it (science 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from arseg.schema import DataError

Values = NDArray[np.float64]
Codes = NDArray[np.int64]

# Probabilities come from files and from softmaxes; beyond this they do not sum to 1.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Logged:
    """Decisions of a customer at a review, n of them, each one of A actions.

    Parameters
    ----------
    customer
        Who was decided on, shape ``(n,)``: codes of the customers, from 0. Rows of one are not independent.
    action
        What was done, shape ``(n,)``: codes into ``actions``.
    propensity
        How likely each action was when it was chosen, shape ``(n, A)``; rows sum to 1.
    reward
        What came of it over the horizon, one column per component, shape ``(n, k)``. More is not better or
        worse by itself: cash, euro-days, losses, cost, contacts.
    actions
        Names of the actions.
    components
        Names of the components.

    Raises
    ------
    DataError
        If shapes do not fit, an action or a customer has no code, probabilities do not sum to 1, what was
        done had none, or a reward is not a number.
    """

    customer: Codes
    action: Codes
    propensity: Values
    reward: Values
    actions: tuple[str, ...]
    components: tuple[str, ...]

    def __post_init__(self) -> None:
        count, width = len(self.action), len(self.actions)
        shapes = {
            "customer": (self.customer.shape, (count,)),
            "propensity": (self.propensity.shape, (count, width)),
            "reward": (self.reward.shape, (count, len(self.components))),
        }
        for name, (given, wanted) in shapes.items():
            if given != wanted:
                _refuse(f"{name} does not fit the decisions", f"shape {given}", f"shape {wanted}")
        if count and not (self.action.min() >= 0 and self.action.max() < width):
            _refuse(
                "an action has no name", sorted(set(self.action.tolist())), f"codes from 0 to {width - 1}"
            )
        if not np.isfinite(self.reward).all():
            _refuse("a reward is not a number", "NaN or infinite", "mature decisions with every component")
        check_probabilities(self.propensity, name="propensity")
        if (self.taken <= 0).any():
            _refuse(
                "what was done had no chance", "a propensity of 0", "propensities above 0 for what was done"
            )

    def __len__(self) -> int:
        """Return the number of decisions."""
        return len(self.action)

    @property
    def taken(self) -> Values:
        """How likely was what was done, shape ``(n,)``."""
        return np.asarray(self.propensity[np.arange(len(self)), self.action])

    @cached_property
    def customers(self) -> int:
        """Number of customers."""
        return len(np.unique(self.customer))

    def component(self, name: str) -> Values:
        """Return one component of the reward, shape ``(n,)``."""
        if name not in self.components:
            _refuse(f"there is no component {name!r}", name, ", ".join(self.components))
        return np.asarray(self.reward[:, self.components.index(name)])


def check_probabilities(chances: Values, *, name: str) -> None:
    """Refuse rows that are not probabilities over the actions.

    Raises
    ------
    DataError
        If one is negative or not a number, or a row does not sum to 1 within 1e-6.
    """
    if not np.isfinite(chances).all() or (chances < 0).any():
        _refuse(f"{name} is not a probability", "negative or NaN", "numbers from 0 to 1")
    if len(chances) and np.abs(chances.sum(axis=1) - 1).max() > _ROUNDING:
        _refuse(f"{name} does not sum to 1", chances.sum(axis=1).min(), "rows that sum to 1 over the actions")


def as_codes(names: Sequence[str]) -> Codes:
    """Return codes from 0 for names, equal for equal names.

    Examples
    --------
    >>> as_codes(["B", "A", "B"]).tolist()
    [1, 0, 1]
    """
    return np.unique(np.asarray(names, dtype=str), return_inverse=True)[1].astype(np.int64)


def _refuse(what: str, given: object, allowed: object) -> None:
    raise DataError(what, given=given, allowed=allowed, do="mend the log of decisions", code="decision_log")
