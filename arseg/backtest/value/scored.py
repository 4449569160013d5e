"""Every estimator's scores for a policy; outcome models are fitted once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from arseg.backtest.value.decisions import DecisionLog
from arseg.backtest.value.estimators import (
    direct,
    doubly_robust,
    ips,
    optimistic_dr,
    self_normalised_dr,
    snips,
    switch_dr,
)
from arseg.backtest.value.logged import Values
from arseg.backtest.value.outcomes import Kind, cross_fit, least_variance_weight
from arseg.schema import UsageError

# Those that divide by what they saw of the weights are steadier and lean a little; the first is the headline.
ESTIMATORS: Final = ("SNDR", "DR", "SwitchDR", "DRos", "MRDR", "SNIPS", "IPS", "DM")
HEADLINE: Final = "SNDR"


def require_estimators(names: tuple[str, ...]) -> None:
    """Refuse an estimator that there is none of.

    Raises
    ------
    UsageError
        If one is none of ``ESTIMATORS``.
    """
    for name in names:
        if name not in ESTIMATORS:
            allowed = ", ".join(ESTIMATORS)
            raise UsageError(f"there is no estimator {name!r}", given=name, allowed=allowed, do="choose one")


class Outcomes:
    """Outcome models that are fitted when they are first asked for, and the scores that rest on them.

    Parameters
    ----------
    log
        The decisions.
    kind
        Outcome model, as in ``cross_fit``.
    seed
        Deals customers into folds.
    """

    def __init__(self, log: DecisionLog, kind: Kind = "boosted", seed: int = 0) -> None:
        self.log, self._kind, self._seed = log, kind, seed
        self._plain: Values | None = None

    def score(self, estimator: str, target: Values) -> Values:
        """Return the scores of an estimator for a policy, shape ``(n, k)``; their mean is its value."""
        return _SCORES[estimator](self, target)

    def plain(self) -> Values:
        """Return the outcomes of all that share a model, shape ``(n, A, k)``."""
        if self._plain is None:
            self._plain = cross_fit(self.log.logged, self.log.state, kind=self._kind, seed=self._seed)
        return self._plain

    def least_variance(self, target: Values) -> Values:
        """Return the outcomes by models that make a policy's variance least; a regression is fitted in a moment."""
        weight = least_variance_weight(self.log.logged, target)
        return cross_fit(self.log.logged, self.log.state, kind="linear", seed=self._seed, weight=weight)


_SCORES: Final[Mapping[str, Callable[[Outcomes, Values], Values]]] = MappingProxyType(
    {
        "SNDR": lambda models, target: self_normalised_dr(models.log.logged, target, models.plain()),
        "DR": lambda models, target: doubly_robust(models.log.logged, target, models.plain()),
        "SwitchDR": lambda models, target: switch_dr(models.log.logged, target, models.plain()),
        "DRos": lambda models, target: optimistic_dr(models.log.logged, target, models.plain()),
        "MRDR": lambda models, target: doubly_robust(
            models.log.logged, target, models.least_variance(target)
        ),
        "SNIPS": lambda models, target: snips(models.log.logged, target),
        "IPS": lambda models, target: ips(models.log.logged, target),
        "DM": lambda models, target: direct(models.log.logged, target, models.plain()),
    }
)
