"""Cox's partial likelihood on whole days, weighted, with delayed entry and a ridge, and its baseline.

Ties are Breslow's: each of a day's events is compared with all that were at risk that day. Unlike
Efron's, that keeps a row of weight 2 the row twice. A day's sums over those at risk are all that is
needed of the other rows, so a step costs one product of the matrix with itself and no loop over rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from arseg.models.protocol import Integers, Numbers

_STEPS: Final = 60
_HALVINGS: Final = 30
_LARGEST: Final = 20.0


@dataclass(frozen=True)
class Spells:
    """When each row is at risk: on the days ``entry < t <= leaves``.

    Parameters
    ----------
    entry, leaves
        Whole days, 0 <= entry < leaves <= days, shape (rows,).
    happened
        Whether the event came on the day ``leaves``, shape (rows,).
    weight
        Shape (rows,).
    days
        Length of the clock.
    """

    entry: Integers
    leaves: Integers
    happened: npt.NDArray[np.bool_]
    weight: Numbers
    days: int

    def at_risk(self, mass: Numbers) -> Numbers:
        """Return the sum of a mass over those at risk, day 1 first, shape (days,)."""
        gone = np.bincount(self.leaves, mass, self.days + 1) - np.bincount(self.entry, mass, self.days + 1)
        return np.asarray(gone[::-1].cumsum()[::-1][1:], dtype=np.float64)

    def events(self, mass: Numbers) -> Numbers:
        """Return the sum of a mass over a day's events, day 1 first, shape (days,)."""
        return np.asarray(np.bincount(self.leaves, mass * self.happened, self.days + 1)[1:], dtype=np.float64)

    def during(self, cumulative: Numbers) -> Numbers:
        """Return how much of a cumulative curve each row met while at risk, shape (rows,)."""
        curve = np.append(0.0, cumulative)
        return curve[self.leaves] - curve[self.entry]


def breslow(spells: Spells, hazard_ratio: Numbers) -> Numbers:
    """Return the baseline hazard of each day: its events over the hazard ratios at risk (Breslow 1974).

    Parameters
    ----------
    spells
        When each row is at risk.
    hazard_ratio
        exp(x b) of each row, shape (rows,).

    Returns
    -------
    Shape (days,); 0 on a day with nobody at risk.

    Examples
    --------
    >>> one = Spells(np.zeros(3, int), np.array([1, 2, 2]), np.array([True, True, False]), np.ones(3), 2)
    >>> breslow(one, np.array([2.0, 1.0, 1.0])).tolist()
    [0.25, 0.5]
    """
    events, at_risk = spells.events(spells.weight), spells.at_risk(spells.weight * hazard_ratio)
    return np.where(events > 0, events / np.maximum(at_risk, 1e-300), 0.0)


def residuals(spells: Spells, hazard_ratio: Numbers) -> Numbers:
    """Return each row's events minus those expected of it (martingale residuals), shape (rows,)."""
    expected = hazard_ratio * spells.during(np.cumsum(breslow(spells, hazard_ratio)))
    return spells.happened - expected


def hazard_ratios(matrix: Numbers, coefficients: Numbers) -> Numbers:
    """Return exp(x b) of each row, within e^-20 and e^20, shape (rows,)."""
    return np.exp(np.clip(matrix @ coefficients, -_LARGEST, _LARGEST))


def fit_coefficients(matrix: Numbers, spells: Spells, ridge: float) -> Numbers:
    """Return the coefficients of the greatest penalised partial likelihood, shape (columns,).

    ``sum_i w_i d_i x_i b - sum_t d_t ln S0(t) - ridge |b|^2 / 2`` by Newton steps, each halved until
    it climbs. The ridge makes the climb's summit unique and finite, so it is always reached.

    Parameters
    ----------
    matrix
        Standardised columns, shape (rows, columns).
    spells
        When each row is at risk.
    ridge
        Penalty per squared coefficient.

    Examples
    --------
    >>> clock = Spells(np.zeros(4, int), np.arange(1, 5), np.ones(4, bool), np.ones(4), 4)
    >>> fit_coefficients(np.array([[1.0], [0.0], [1.0], [0.0]]), clock, ridge=0.0).round(3).tolist()
    [0.941]
    """
    found = np.zeros(matrix.shape[1])
    if not found.size:
        return found
    height = _height(matrix, spells, found, ridge)
    for _ in range(_STEPS):
        slope, bend = _derivatives(matrix, spells, found, ridge)
        step = np.linalg.lstsq(bend, slope, rcond=1e-12)[0]
        promised = float(slope @ step)
        if promised <= 1e-12 * spells.weight.sum():
            break
        for _halving in range(_HALVINGS):
            tried = found + step
            reached = _height(matrix, spells, tried, ridge)
            if reached >= height:
                break
            step = step / 2
        else:
            break
        found, height = tried, reached
    return found


def _height(matrix: Numbers, spells: Spells, coefficients: Numbers, ridge: float) -> float:
    line = matrix @ coefficients
    if np.abs(line).max(initial=0.0) > _LARGEST:
        return -np.inf
    events, at_risk = spells.events(spells.weight), spells.at_risk(spells.weight * np.exp(line))
    logs = events * np.log(np.maximum(at_risk, 1e-300))
    seen = spells.weight * spells.happened @ line
    return float(seen - logs.sum() - ridge / 2 * coefficients @ coefficients)


def _derivatives(
    matrix: Numbers, spells: Spells, coefficients: Numbers, ridge: float
) -> tuple[Numbers, Numbers]:
    """Return the slope, and the bend with its sign turned."""
    ratio = hazard_ratios(matrix, coefficients)
    mass = spells.weight * ratio
    daily = breslow(spells, ratio)
    expected = mass * spells.during(np.cumsum(daily))
    slope = (spells.weight * spells.happened - expected) @ matrix - ridge * coefficients
    # sum_t d_t S2(t) / S0(t) is one product, for S2 sums over rows that each meet a stretch of days.
    second = (matrix * expected[:, None]).T @ matrix
    at_risk = np.maximum(spells.at_risk(mass), 1e-300)
    sums = np.column_stack([spells.at_risk(mass * column) for column in matrix.T])
    means = sums / at_risk[:, None]
    second -= (means * spells.events(spells.weight)[:, None]).T @ means
    return slope, second + ridge * np.eye(len(slope))
