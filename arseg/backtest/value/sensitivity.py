"""How much hidden knowledge of the collectors it would take to overturn a result (science 4.3).

Marginal sensitivity model (Tan 2006; Zhao, Small, Bhattacharya 2019): given what the ledger knows, the true odds
of what was done lie within a factor Lambda of those used. Every inverse propensity then lies in a known range, and
the extreme self-normalised means are found by sorting the rewards and trying every threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from arseg.backtest.value.estimators import weights
from arseg.backtest.value.logged import Logged, Values
from arseg.schema import UsageError

LARGEST: Final = 100.0
_CLOSE: Final = 1e-3


def sharp_bounds(reward: Values, low: Values, high: Values) -> tuple[float, float]:
    """Return the least and the greatest of ``sum w R / sum w`` over all weights with ``low <= w <= high``.

    A linear-fractional programme: at its greatest, weights are high above a threshold of the reward and low
    below it, so n + 1 thresholds are tried in one pass.

    Examples
    --------
    >>> sharp_bounds(np.array([0.0, 1.0]), np.array([1.0, 1.0]), np.array([3.0, 3.0]))
    (0.25, 0.75)
    """
    order = np.argsort(reward, kind="stable")
    return _of_sorted(reward[order], low[order], high[order])


def _of_sorted(value: Values, floor: Values, ceiling: Values) -> tuple[float, float]:
    """Return the least and the greatest weighted mean of ascending values."""

    def best(first: Values, second: Values) -> Values:
        """Return the means when the lowest j rewards have the first weights and the rest the second."""
        top = np.r_[0.0, np.cumsum(first * value)] + np.r_[np.cumsum((second * value)[::-1])[::-1], 0.0]
        below = np.r_[0.0, np.cumsum(first)] + np.r_[np.cumsum(second[::-1])[::-1], 0.0]
        return np.asarray(np.divide(top, below, out=np.full(len(below), np.nan), where=below > 0))

    return float(np.nanmin(best(ceiling, floor))), float(np.nanmax(best(floor, ceiling)))


def weight_range(logged: Logged, target: Values, *, strength: float) -> tuple[Values, Values]:
    """Return the range of each weight when odds may be off by a factor, shape ``(n,)`` each.

    ``1/e`` lies in ``[1 + (1/e - 1) / Lambda, 1 + (1/e - 1) Lambda]``.

    Raises
    ------
    UsageError
        If the factor is below 1.
    """
    if not strength >= 1:
        raise UsageError(
            "Lambda is below 1", given=strength, allowed="1 (no hidden knowledge) or more", do="raise it"
        )
    chosen = weights(logged, target) * logged.taken
    odds = 1 / logged.taken - 1
    return chosen * (1 + odds / strength), chosen * (1 + odds * strength)


def difference_bounds(
    logged: Logged, target: Values, *, component: str, strength: float
) -> tuple[float, float]:
    """Return the range of the policy's mean reward less that of the policy in force, at one Lambda."""
    low, high = weight_range(logged, target, strength=strength)
    reward = logged.component(component)
    used = high > 0
    least, most = sharp_bounds(reward[used], low[used], high[used])
    return least - float(reward.mean()), most - float(reward.mean())


def difference_interval(
    logged: Logged, target: Values, *, component: str, strength: float, draws: int = 200, seed: int = 0
) -> tuple[float, float]:
    """Return a 95 % interval of the difference that holds at one Lambda: percentile bootstrap of customers.

    Zhao, Small and Bhattacharya 2019, theorem 1: the lower quantile of the lower bounds and the upper
    quantile of the upper bounds.
    """
    low, high = weight_range(logged, target, strength=strength)
    reward = logged.component(component)
    who = np.unique(logged.customer, return_inverse=True)[1]
    count = int(who.max()) + 1
    # A customer drawn twice weighs twice: rewards are sorted once, for all draws.
    order = np.argsort(reward, kind="stable")
    order = order[high[order] > 0]
    value, floor, ceiling, sorted_who = reward[order], low[order], high[order], who[order]
    rows, totals = np.bincount(who, minlength=count), np.bincount(who, reward, count)
    chance, ends = np.random.default_rng(seed), []
    for _ in range(draws):
        times = np.bincount(chance.integers(0, count, count), minlength=count).astype(np.float64)
        often = times[sorted_who]
        bounds = _of_sorted(value, floor * often, ceiling * often)
        ends.append(np.asarray(bounds) - (times @ totals) / (times @ rows))
    lower, upper = np.asarray(ends).T
    return float(np.quantile(lower, 0.025)), float(np.quantile(upper, 0.975))


def break_even(holds: Callable[[float], bool]) -> float:
    """Return Lambda*: the smallest Lambda at which a result no longer holds; infinity beyond 100.

    Parameters
    ----------
    holds
        Whether the interval at a Lambda still keeps clear of zero. It must not hold again at a larger one.

    Examples
    --------
    >>> round(break_even(lambda strength: strength < 2.5), 2)
    2.5
    """
    if not holds(1.0):
        return 1.0
    if holds(LARGEST):
        return float("inf")
    low, high = 1.0, LARGEST
    while high - low > _CLOSE * low:
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high


def e_value(risk_ratio: float) -> float:
    """Return the E-value of a risk ratio: ``RR + sqrt(RR (RR - 1))``, of 1/RR where it is below 1.

    VanderWeele and Ding 2017: an unmeasured cause would have to be tied to treatment and outcome by risk
    ratios of at least this size, each, to explain the whole away.

    Examples
    --------
    >>> round(e_value(2.0), 3), e_value(1.0), round(e_value(0.5), 3)
    (3.414, 1.0, 3.414)
    """
    if not risk_ratio > 0:
        raise UsageError(
            "the risk ratio is not positive", given=risk_ratio, allowed="above 0", do="check the rates"
        )
    ratio = max(risk_ratio, 1 / risk_ratio)
    return float(ratio + np.sqrt(ratio * (ratio - 1)))
