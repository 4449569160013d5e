"""Looks at a running trial that stay valid however often one looks (asymptotic confidence sequences).

Who looks every month and stops at the first good one finds something in a third of the trials in which there is
nothing. These intervals hold at all looks together (Robbins 1970; Waudby-Smith et al. 2024), at the price of being
wider than an interval for one look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from arseg.schema import DataError, UsageError

Values = NDArray[np.float64]

FEWEST: Final = 30


@dataclass(frozen=True)
class Look:
    """What a trial says after some of its customers.

    Parameters
    ----------
    customers
        Seen so far.
    difference
        Challenger less champion, per customer.
    low, high
        Of an interval that holds at every look, past and to come.
    stop
        Whether it is clear of zero.
    """

    customers: int
    difference: float
    low: float
    high: float
    stop: bool


def arm_scores(outcome: Values, arm: Values, *, share: float) -> Values:
    """Return one unbiased score of the difference per customer: ``(A / p - (1 - A) / (1 - p)) Y``, shape ``(n,)``.

    Parameters
    ----------
    outcome
        Of each customer, in the order in which they ended; less something known beforehand makes it steadier.
    arm
        1 for the challenger, 0 for the champion.
    share
        Chance of the challenger.
    """
    if not 0 < share < 1:
        raise UsageError(
            "the share is out of range", given=share, allowed="between 0 and 1", do="give the drawn one"
        )
    treated = np.asarray(arm, dtype=np.float64)
    return np.asarray((treated / share - (1 - treated) / (1 - share)) * outcome)


def look(scores: Values, *, level: float = 0.05, plan_for: int = 200) -> Look:
    """Return what a trial says now.

    Parameters
    ----------
    scores
        One per customer so far, in the order in which they ended.
    level
        Chance that any look ever is wrong.
    plan_for
        Number of customers at which the interval shall be narrowest; chosen before the trial.

    Raises
    ------
    DataError
        If fewer than 30 customers have ended.
    """
    count = len(scores)
    if count < FEWEST:
        raise DataError(
            "too early to look", given=f"{count} customers", allowed=f"{FEWEST} or more", do="wait"
        )
    mean, spread = float(np.mean(scores)), float(np.std(scores, ddof=1))
    reach = spread * float(radius(count, level=level, plan_for=plan_for))
    return Look(count, mean, mean - reach, mean + reach, bool(abs(mean) > reach))


def radius(count: int | Values, *, level: float = 0.05, plan_for: int = 200) -> float | Values:
    """Return half the width of the sequence in standard deviations of a score.

    ``sqrt(2 (t r^2 + 1) / (t^2 r^2) log(sqrt(t r^2 + 1) / level))``, with r chosen for the planned count
    (Waudby-Smith et al. 2024, theorem 2.2 and appendix B.2).

    Examples
    --------
    >>> bool(radius(400) < radius(100))
    True
    """
    log = -2 * np.log(level)
    squared = (log + np.log(log + 1)) / plan_for
    t = np.asarray(count, dtype=np.float64) * squared
    found = np.sqrt(2 * (t + 1) / t / np.asarray(count, dtype=np.float64) * np.log(np.sqrt(t + 1) / level))
    return float(found) if np.ndim(found) == 0 else found


def looks(scores: Values, at: tuple[int, ...], *, level: float = 0.05, plan_for: int = 200) -> pd.DataFrame:
    """Return every look so far: ``customers, difference, low, high, stop``."""
    return pd.DataFrame([look(scores[:count], level=level, plan_for=plan_for).__dict__ for count in at])
