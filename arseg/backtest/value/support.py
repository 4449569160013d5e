"""The support verdict: whether history can speak of a policy at all, before any figure is printed (science 4.3).

A policy that asks for what was hardly ever done is not identified: no estimator can know what nobody tried. The
bounds then say what can be said without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from arseg.backtest.value.estimators import clustered_error, weights
from arseg.backtest.value.logged import Logged, Values
from arseg.schema import DataError

# Science 4.3. An action less likely than this was hardly ever tried.
RARE: Final = 0.02
LARGEST_GAP: Final = 0.05
FEWEST_ROWS: Final = 200.0
SHARE_OF_ROWS: Final = 0.05
FEWEST_CUSTOMERS: Final = 50.0
LARGEST_SHARE: Final = 0.05
LARGEST_IMBALANCE: Final = 0.1
SLOPES: Final = (0.8, 1.25)


@dataclass(frozen=True)
class Verdict:
    """What history can say of one policy.

    Parameters
    ----------
    identified
        Whether a point estimate may be printed.
    reasons
        What stands against it, in words; empty where nothing does.
    checks
        One row per check: ``check, value, limit, passed, meaning``.
    support_gap
        Share of the policy's choices that were less likely than ``RARE``.
    """

    identified: bool
    reasons: tuple[str, ...]
    checks: pd.DataFrame
    support_gap: float

    def __str__(self) -> str:
        return "identified" if self.identified else "not identified: " + "; ".join(self.reasons)


def judge_support(
    logged: Logged, target: Values, state: pd.DataFrame | None = None, *, slope: float | None = None
) -> Verdict:
    """Return whether history can speak of a policy.

    Parameters
    ----------
    logged
        The decisions.
    target
        Probabilities of the policy, shape ``(n, A)``.
    state
        What was known at each decision, to see whether weighting balances it; not checked where None.
    slope
        Calibration slope of the propensities where they were estimated; not checked where they were logged.

    Examples
    --------
    A rule that never leaves anything to chance says nothing of another rule:

    >>> rule = np.tile([1.0, 0.0], (400, 1))
    >>> log = Logged(np.arange(400), np.zeros(400, dtype=int), rule, np.ones((400, 1)), ("none", "call"), ("cash",))
    >>> print(judge_support(log, rule[:, ::-1].copy()))
    not identified: 100 % of the policy's choices were hardly ever made; 0 effective decisions, at least 200 needed; 0 effective customers, at least 50 needed
    """
    w = weights(logged, target)
    gap = float((target * (logged.propensity < RARE)).sum(axis=1).mean())
    found = [
        Check(
            "support gap",
            gap,
            LARGEST_GAP,
            gap <= LARGEST_GAP,
            f"{gap:.0%} of the policy's choices were hardly ever made",
        ),
        *_of_size(logged, w),
    ]
    if w.any():
        found += _of_weights(logged, w)
    if state is not None and w.any():
        found.append(_of_balance(state, w))
    if slope is not None:
        found.append(_of_slope(slope))
    checks = pd.DataFrame(found, columns=list(Check._fields))
    reasons = tuple(checks.loc[~checks["passed"].astype(bool), "meaning"].str.replace("%", " %"))
    return Verdict(not reasons, reasons, checks, gap)


class Check(NamedTuple):
    """One check of the support: its value, its limit, whether it is passed, and what it means if not."""

    check: str
    value: float
    limit: float
    passed: bool
    meaning: str


def _of_size(logged: Logged, w: Values) -> list[Check]:
    rows, customers = effective(w), effective(np.bincount(logged.customer, w))
    needed = max(FEWEST_ROWS, SHARE_OF_ROWS * len(w))
    sizes = (("decisions", rows, needed), ("customers", customers, FEWEST_CUSTOMERS))
    return [
        Check(
            f"effective {what}",
            size,
            least,
            size >= least,
            f"{size:.0f} effective {what}, at least {least:.0f} needed",
        )
        for what, size, least in sizes
    ]


def _of_weights(logged: Logged, w: Values) -> list[Check]:
    share, mean = float(w.max() / w.sum()), float(w.mean())
    error = float(clustered_error(w[:, None], logged.customer)[0])
    near = abs(mean - 1) <= 3 * error or abs(mean - 1) <= 0.05
    carries = f"one decision carries {share:.0%} of all weight"
    means = f"weights average {mean:.2f}, not 1: the propensities are not those of the log"
    return [
        Check("largest weight", share, LARGEST_SHARE, share <= LARGEST_SHARE, carries),
        Check("mean weight", mean, 1.0, near, means),
    ]


def _of_balance(state: pd.DataFrame, w: Values) -> Check:
    worst = largest_imbalance(state, w)
    said = f"after weighting the state differs by {worst:.2f} standard deviations"
    return Check("imbalance", worst, LARGEST_IMBALANCE, worst <= LARGEST_IMBALANCE, said)


def _of_slope(slope: float) -> Check:
    said = f"estimated propensities are off: calibration slope {slope:.2f}"
    return Check("propensity slope", slope, SLOPES[1], SLOPES[0] <= slope <= SLOPES[1], said)


def effective(w: ArrayLike) -> float:
    """Return the effective sample size of weights: ``(sum w)^2 / sum w^2``.

    Examples
    --------
    >>> effective(np.array([1.0, 1.0, 0.0, 0.0]))
    2.0
    """
    weight = np.asarray(w, dtype=np.float64)
    squares = float((weight**2).sum())
    return float(weight.sum() ** 2 / squares) if squares > 0 else 0.0


def largest_imbalance(state: pd.DataFrame, w: Values) -> float:
    """Return the largest standardised difference between the weighted state and the whole book's."""
    values = state.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    plain = filled.sum(axis=0) / np.maximum(1, known.sum(axis=0))
    total = (w[:, None] * known).sum(axis=0)
    weighted = (w[:, None] * filled).sum(axis=0) / np.where(total > 0, total, 1.0)
    spread = np.sqrt(np.maximum(0.0, (filled**2).sum(axis=0) / np.maximum(1, known.sum(axis=0)) - plain**2))
    differs = np.abs(weighted - plain)[(spread > 0) & (total > 0)] / spread[(spread > 0) & (total > 0)]
    return float(differs.max()) if len(differs) else 0.0


def bounds(logged: Logged, target: Values, *, lowest: Values, highest: Values) -> tuple[Values, Values]:
    """Return what can be said without support: scores of Manski's bounds, shape ``(n, k)`` each; their means are the bounds.

    Where the policy asks for what was hardly ever done, the reward may lie anywhere in its range; elsewhere it
    is weighted as in SNIPS. Needs true propensities.

    Parameters
    ----------
    logged, target
        As in ``judge_support``.
    lowest, highest
        Range of each component for one decision: shape ``(k,)``, or ``(n, k)`` by decision.

    Raises
    ------
    DataError
        If a range is upside down.
    """
    ends = _range(logged, lowest, highest)
    common = logged.propensity >= RARE
    rare = (target * ~common).sum(axis=1)
    supported = np.where(common, target, 0.0)
    chosen = supported[np.arange(len(logged)), logged.action] / logged.taken
    # Weights are brought to the share that they stand for, so that the bounds stay in the reward's range.
    scaled = chosen * (supported.sum() / chosen.sum() if chosen.sum() > 0 else 0.0)
    low, high = (scaled[:, None] * logged.reward + rare[:, None] * end for end in ends)
    return low, high


def worst_case(logged: Logged, target: Values, *, lowest: Values, highest: Values) -> tuple[Values, Values]:
    """Return what can be said without believing anything about how the desk chose; as ``bounds`` (Manski 1990).

    What the policy would have done as it was done is known; all else may lie anywhere in its range.
    """
    ends = _range(logged, lowest, highest)
    same = target[np.arange(len(logged)), logged.action][:, None]
    low, high = (same * logged.reward + (1 - same) * end for end in ends)
    return low, high


def _range(logged: Logged, lowest: Values, highest: Values) -> tuple[Values, Values]:
    low, high = (
        np.broadcast_to(np.asarray(end, dtype=np.float64), logged.reward.shape) for end in (lowest, highest)
    )
    if (low > high).any():
        raise DataError(
            "a range is upside down",
            given=f"{lowest} to {highest}",
            allowed="lowest <= highest",
            do="swap them",
        )
    return low, high
