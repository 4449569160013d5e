"""Whether a ranking finds those whom a contact moves: targeting curves (science 4.6).

Risk is not uplift. A ranking is judged by what the contacts that it puts first bring, per collector minute, from
doubly robust scores; who reads the curve sees at which hours it pays and against which rule of thumb.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from arseg.backtest.value.estimators import check_outcomes, residuals
from arseg.backtest.value.logged import Codes, Logged, Values
from arseg.schema import DataError, UsageError

Weighting = Literal["AUTOC", "QINI"]
WEIGHTINGS: Final[tuple[Weighting, ...]] = ("AUTOC", "QINI")
_NORMAL: Final = 1.959963984540054


def uplift_scores(logged: Logged, outcomes: Values, *, treatment: str, component: str) -> Values:
    """Return the doubly robust score of giving a treatment rather than none to each decision, shape ``(n,)``.

    ``q_a - q_0 + (1[A = a] / e_a - 1[A = 0] / e_0) (R - q_A)``; its mean over any group that is known beforehand is
    the effect there.

    Parameters
    ----------
    logged
        The decisions; the first action is to do nothing.
    outcomes
        Expected rewards by models of other customers, shape ``(n, A, k)``.
    treatment
        Name of an action.
    component
        Name of a component of the reward.
    """
    check_outcomes(logged, outcomes)
    if treatment not in logged.actions[1:]:
        raise UsageError(
            f"there is no treatment {treatment!r}",
            given=treatment,
            allowed=", ".join(logged.actions[1:]),
            do="choose one",
        )
    code, column = logged.actions.index(treatment), logged.components.index(component)
    left = residuals(logged, outcomes)[:, column]
    sign = (logged.action == code) / logged.propensity[:, code] - (logged.action == 0) / logged.propensity[
        :, 0
    ]
    return np.asarray(outcomes[:, code, column] - outcomes[:, 0, column] + sign * left)


@dataclass(frozen=True)
class Rate:
    """Rank-weighted average effect of a ranking (Yadlowsky et al. 2025): above 0 it finds those who are moved.

    Parameters
    ----------
    weighting
        ``AUTOC`` weighs the first most, for when few respond; ``QINI`` weighs all alike, for when many do.
    value
        In the unit of the scores.
    low, high
        95 % interval, by halves of the customers.
    """

    weighting: Weighting
    value: float
    low: float
    high: float


def rank_weighted_effect(
    scores: Values,
    priority: Values,
    customer: Codes,
    *,
    weighting: Weighting = "AUTOC",
    draws: int = 200,
    seed: int = 0,
) -> Rate:
    """Return the rank-weighted average effect of a ranking.

    Parameters
    ----------
    scores
        Doubly robust scores, shape ``(n,)``.
    priority
        The higher, the earlier; must not have been fitted on these customers. Ties share their place.
    customer
        Who; rows of one are not independent.
    weighting
        ``AUTOC`` or ``QINI``.
    draws, seed
        Half samples of the customers.
    """
    if weighting not in WEIGHTINGS:
        raise UsageError(
            f"there is no weighting {weighting!r}",
            given=weighting,
            allowed=", ".join(WEIGHTINGS),
            do="choose one",
        )
    _check(scores, priority)
    codes = np.unique(customer, return_inverse=True)[1]
    count = int(codes.max()) + 1
    if count < 4:
        raise DataError(
            "too few customers to rank", given=count, allowed="4 or more", do="bring more history"
        )
    value = _rate(scores, priority, weighting)
    chance = np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        kept = np.isin(codes, chance.permutation(count)[: count // 2])
        drawn.append(_rate(scores[kept], priority[kept], weighting))
    # The spread of halves around the whole is that of the whole around the truth.
    error = float(np.std(drawn, ddof=1))
    return Rate(weighting, value, value - _NORMAL * error, value + _NORMAL * error)


def value_by_minutes(scores: Values, priority: Values, minutes: Values, *, points: int = 50) -> pd.DataFrame:
    """Return what a ranking brings by the minutes it may use: ``minutes, value, treated``, from 0 to all.

    Parameters
    ----------
    scores, priority
        As in ``rank_weighted_effect``.
    minutes
        Collector minutes of each contact, > 0.
    points
        Of the curve, evenly over the minutes. Between two contacts it is a straight line.
    """
    _check(scores, priority)
    if not (np.isfinite(minutes).all() and (minutes > 0).all()):
        raise DataError(
            "a contact takes no time",
            given="minutes of 0 or less",
            allowed="above 0",
            do="rank only what takes time",
        )
    order = np.argsort(-priority, kind="stable")
    place = _groups(priority[order])
    spent = np.r_[0.0, np.cumsum(np.bincount(place, minutes[order]))]
    gained = np.r_[0.0, np.cumsum(np.bincount(place, scores[order]))]
    treated = np.r_[0.0, np.cumsum(np.bincount(place).astype(np.float64))]
    asked = np.linspace(0.0, spent[-1], points)
    curve = {
        name: np.interp(asked, spent, values) for name, values in (("value", gained), ("treated", treated))
    }
    return pd.DataFrame({"minutes": asked, **curve})


def qini_curve(scores: Values, priority: Values, *, points: int = 50) -> pd.DataFrame:
    """Return the Qini curve ``share, gain``: effect of the first share less that of as many drawn by chance, per decision."""
    curve = value_by_minutes(scores, priority, np.ones(len(scores)), points=points)
    share = curve["minutes"] / len(scores)
    return pd.DataFrame({"share": share, "gain": curve["value"] / len(scores) - share * scores.mean()})


def _rate(scores: Values, priority: Values, weighting: Weighting) -> float:
    """Return the area under the TOC, each row in its turn; rows that tie have the mean of their turns."""
    count = len(scores)
    order = np.argsort(-priority, kind="stable")
    place = _groups(priority[order])
    size = np.bincount(place).astype(np.float64)
    mean = np.bincount(place, scores[order]) / size
    spread = mean[place]
    turn = np.arange(1, count + 1)
    toc = np.cumsum(spread) / turn - scores.mean()
    return float(toc.mean()) if weighting == "AUTOC" else float((turn / count * toc).mean())


def _groups(ranked: Values) -> Codes:
    """Return the number of the group of ties of each row, from the first on."""
    return np.asarray(np.r_[0, np.cumsum(np.diff(ranked) != 0)], dtype=np.int64)


def _check(scores: Values, priority: Values) -> None:
    if scores.shape != priority.shape or not len(scores):
        raise DataError(
            "scores and priorities do not fit",
            given=f"{scores.shape} and {priority.shape}",
            allowed="one of each per decision",
            do="rank the same decisions",
        )
    if not (np.isfinite(scores).all() and np.isfinite(priority).all()):
        raise DataError(
            "a score or a priority is not a number",
            given="NaN or infinite",
            allowed="finite numbers",
            do="leave such rows out",
        )
