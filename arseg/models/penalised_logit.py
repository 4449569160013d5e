"""Weighted logistic regression with a ridge, from an offset: what a small book's hazard is learnt with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from arseg.models.protocol import Numbers

_STEPS: Final = 50
_HALVINGS: Final = 30
_ROWS_AT_ONCE: Final = 8192


@dataclass(frozen=True)
class Trials:
    """Rows that saw an event or not.

    Parameters
    ----------
    matrix
        Columns; the first is the intercept's and not penalised, shape (rows, columns).
    offset
        Log-odds from which each row starts, shape (rows,).
    happened
        Shape (rows,).
    weight
        Shape (rows,).
    """

    matrix: Numbers
    offset: Numbers
    happened: npt.NDArray[np.bool_]
    weight: Numbers

    def weighted(self, weight: Numbers) -> Trials:
        """Return the same rows with other weights."""
        return replace(self, weight=weight)

    def loss(self, coefficients: Numbers) -> float:
        """Return the summed log-loss."""
        line = self.offset + self.matrix @ coefficients
        return float(self.weight @ (np.logaddexp(0.0, line) - self.happened * line))


def fit_logit(
    trials: Trials, penalty: float, start: Numbers | None = None, *, tolerance: float = 1e-10
) -> Numbers:
    """Return the coefficients of the least penalised log-loss, shape (columns,).

    ``sum_i w_i [ln(1 + e^eta_i) - y_i eta_i] + penalty |b|^2 / 2`` by iteratively re-weighted least
    squares, each step halved until it falls; the intercept is not penalised.

    Parameters
    ----------
    trials
        Rows to learn from.
    penalty
        Per squared coefficient, > 0.
    start
        Where to begin; zeros where not given.
    tolerance
        Fall per unit of weight below which it has arrived.

    Examples
    --------
    >>> trials = Trials(np.ones((4, 1)), np.zeros(4), np.array([True, False, False, False]), np.ones(4))
    >>> fit_logit(trials, penalty=1.0).round(4).tolist()
    [-1.0986]
    """
    columns = trials.matrix.shape[1]
    found = np.zeros(columns) if start is None else start
    ridge = np.full(columns, penalty)
    ridge[0] = 0.0
    height = trials.loss(found) + ridge @ found**2 / 2
    enough = tolerance * trials.weight.sum()
    for _ in range(_STEPS):
        slope, bend = _derivatives(trials, found)
        slope = slope + ridge * found
        step = np.linalg.lstsq(bend + np.diag(ridge), -slope, rcond=1e-12)[0]
        if -slope @ step <= enough:
            break
        for _halving in range(_HALVINGS):
            reached = trials.loss(found + step) + ridge @ (found + step) ** 2 / 2
            if reached <= height:
                break
            step = step / 2
        else:
            break
        found, height = found + step, reached
    return found


def _derivatives(trials: Trials, coefficients: Numbers) -> tuple[Numbers, Numbers]:
    """Return slope and bend of the log-loss, in parts that stay in the processor's cache."""
    from scipy.special import expit

    columns = trials.matrix.shape[1]
    slope, bend = np.zeros(columns), np.zeros((columns, columns))
    for first in range(0, len(trials.matrix), _ROWS_AT_ONCE):
        part = slice(first, first + _ROWS_AT_ONCE)
        rows = trials.matrix[part]
        chance = expit(trials.offset[part] + rows @ coefficients)
        slope += (trials.weight[part] * (chance - trials.happened[part])) @ rows
        # A product of a matrix with its own transpose costs half of one with another matrix.
        scaled = rows * np.sqrt(trials.weight[part] * chance * (1 - chance))[:, None]
        bend += scaled.T @ scaled
    return slope, bend
