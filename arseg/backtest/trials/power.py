"""How many customers a trial needs, and what it costs to hold them out, with amounts as skewed as they are.

A trial draws customers, not invoices; a few large ones decide the sum. Its power is therefore taken from the book's
own customers: they are dealt into arms again and again, and the effect is put on one arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from arseg.schema import DataError, UsageError

Values = NDArray[np.float64]

LEVEL: Final = 0.05
ENOUGH: Final = 0.8
_NORMAL: Final = 1.959963984540054
_ENOUGH_Z: Final = 0.8416212335729143


@dataclass(frozen=True)
class Power:
    """What a trial of a ratio of sums can see.

    Parameters
    ----------
    customers
        In the book.
    share
        Of them in the smaller arm.
    error
        Standard error of the difference between the arms, in the unit of the ratio.
    detectable
        Smallest true difference that is found in four trials of five at 5 %.
    concentration
        Share of the denominator of the largest customer.
    """

    customers: int
    share: float
    error: float
    detectable: float
    concentration: float


def trial_power(above: Values, below: Values, *, share: float, reviews: int = 1) -> Power:
    """Return what a trial over the customers of a book could see.

    Parameters
    ----------
    above, below
        Numerator and denominator of each customer (or group that fares alike) over one review, shape ``(n,)``.
    share
        In the smaller arm, above 0 and at most 0.5.
    reviews
        How many such reviews the trial lasts; a customer's own level stays, so this helps less than customers do.

    Raises
    ------
    UsageError
        If the share or the number of reviews is out of range.
    DataError
        If there are fewer than 10 customers or the denominator is not positive.
    """
    if not 0 < share <= 0.5 or reviews < 1:
        raise UsageError(
            "the trial is out of range",
            given=f"share {share}, {reviews} reviews",
            allowed="a share above 0 and up to 0.5, 1 review or more",
            do="mend it",
        )
    top, bottom = (np.asarray(values, dtype=np.float64) for values in (above, below))
    if len(top) < 10 or not bottom.sum() > 0:
        raise DataError(
            "too little to plan a trial with",
            given=f"{len(top)} customers, together {bottom.sum():g}",
            allowed="10 customers or more, and something to divide by",
            do="bring more history",
        )
    ratio = top.sum() / bottom.sum()
    # The delta method: what each customer adds to the ratio, in a book of that size.
    linear = (top - ratio * bottom) / bottom.mean()
    error = float(np.sqrt(linear.var(ddof=1) / len(top) * (1 / share + 1 / (1 - share))))
    return Power(len(top), share, error, (_NORMAL + _ENOUGH_Z) * error, float(bottom.max() / bottom.sum()))


def found_share(
    above: Values, below: Values, *, share: float, effect: float, draws: int = 500, seed: int = 0
) -> float:
    """Return how often a trial finds an effect that multiplies a customer's numerator, by dealing the book's own customers.

    Parameters
    ----------
    above, below, share
        As in ``trial_power``.
    effect
        Relative: 0.1 raises the numerator of the smaller arm by a tenth. With 0 the answer is the rate of false alarms.
    draws, seed
        Trials dealt.
    """
    chance = np.random.default_rng(seed)
    count = len(above)
    found = 0
    for _ in range(draws):
        # Customers of a next year are like these, not these.
        who = chance.integers(0, count, count)
        arm = chance.random(count) < share
        top = above[who] * np.where(arm, 1 + effect, 1.0)
        found += _clear(top, below[who], arm)
    return found / draws


def sizes(above: Values, below: Values, *, customers: tuple[int, ...], share: float) -> pd.DataFrame:
    """Return the smallest detectable difference by the number of customers: ``customers, error, detectable``."""
    known = trial_power(above, below, share=share)
    scale = np.sqrt(known.customers / np.asarray(customers, dtype=np.float64))
    return pd.DataFrame(
        {"customers": customers, "error": known.error * scale, "detectable": known.detectable * scale}
    )


def cost_of_holdout(gain_per_customer: float, *, customers: int, share: float, reviews: int) -> float:
    """Return what is given up, in currency, by treating a share of the customers by the policy thought worse.

    Examples
    --------
    >>> cost_of_holdout(3.0, customers=1000, share=0.05, reviews=12)
    1800.0
    """
    return float(max(0.0, gain_per_customer) * customers * share * reviews)


def _clear(top: Values, bottom: Values, arm: np.ndarray) -> bool:
    """Whether the difference of two ratios of sums is clear of zero at 5 %."""
    values, variances = [], []
    for side in (arm, ~arm):
        if side.sum() < 2 or not bottom[side].sum() > 0:
            return False
        ratio = top[side].sum() / bottom[side].sum()
        linear = (top[side] - ratio * bottom[side]) / bottom[side].mean()
        values.append(ratio)
        variances.append(linear.var(ddof=1) / side.sum())
    return bool(abs(values[0] - values[1]) > _NORMAL * np.sqrt(sum(variances)))
