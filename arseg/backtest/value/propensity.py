"""How likely every action was, where the log does not say: a multinomial logit of other customers (science 4.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from arseg.backtest.value.design import learn_design, state_matrix
from arseg.backtest.value.logged import Codes, Values
from arseg.backtest.value.outcomes import fold_of
from arseg.schema import DataError

_STEPS = 60
_ENOUGH = 1e-8
_RIDGE = 1.0


@dataclass(frozen=True)
class Propensities:
    """Estimated probabilities of the actions, and how far they can be believed.

    Parameters
    ----------
    chances
        Shape ``(n, A)``; rows sum to 1.
    slope
        Calibration slope of what was done against the estimated log-odds, over the actions: 1 is right.
    largest_gap
        Largest difference, in any tenth of an action's probabilities, between said and seen frequency.
    """

    chances: Values
    slope: float
    largest_gap: float


def estimate_propensities(
    state: pd.DataFrame, action: Codes, customer: Codes, *, actions: int, folds: int = 5, seed: int = 0
) -> Propensities:
    """Estimate how likely every action was from what was known, by models of other customers.

    Parameters
    ----------
    state
        Numbers known at each decision; NaN where unknown, which is a state of its own.
    action, customer
        Codes, shape ``(n,)``.
    actions
        Number of actions.
    folds, seed
        Customers are dealt into folds by the seed.

    Raises
    ------
    DataError
        If an action was never taken: then nothing is known of it.
    """
    counts = np.bincount(action, minlength=actions)
    if (counts == 0).any():
        raise DataError(
            "an action was never taken",
            given=f"counts by action: {counts.tolist()}",
            allowed="every action at least once",
            do="leave it out of the actions, or collect history that has it",
        )
    matrix = state_matrix(state, len(action))
    where = fold_of(customer, folds=folds, seed=seed)
    chances = np.empty((len(action), actions))
    for fold in range(folds):
        rest, held = where != fold, where == fold
        design = learn_design(matrix[rest])
        fitted = _fit(design.columns(matrix[rest]), action[rest], actions)
        chances[held] = _chances(design.columns(matrix[held]), fitted)
    return Propensities(chances, _slope(chances, action), _gap(chances, action))


def _fit(design: Values, action: Codes, actions: int) -> Values:
    """Return the coefficients, shape ``(columns, A)``, by Newton's method with a small ridge on all but the intercept."""
    count, width = design.shape
    taken = np.eye(actions)[action]
    beta = np.zeros((width, actions))
    ridge = np.full(width, _RIDGE)
    ridge[0] = _RIDGE / 100
    for _ in range(_STEPS):
        chances = _chances(design, beta)
        gradient = design.T @ (taken - chances) - ridge[:, None] * beta
        hessian = np.zeros((width * actions, width * actions))
        for one in range(actions):
            for two in range(one, actions):
                weight = chances[:, one] * ((one == two) - chances[:, two])
                part = design.T @ (design * weight[:, None])
                hessian[one * width : (one + 1) * width, two * width : (two + 1) * width] = part
                hessian[two * width : (two + 1) * width, one * width : (one + 1) * width] = part
        hessian += np.diag(np.tile(ridge, actions))
        step = np.linalg.solve(hessian, gradient.T.ravel()).reshape(actions, width).T
        beta += step
        if float(np.abs(step).max()) < _ENOUGH * count:
            break
    return beta


def _chances(design: Values, beta: Values) -> Values:
    linear = design @ beta
    grown = np.exp(linear - linear.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def _slope(chances: Values, action: Codes) -> float:
    """Return the slope of a conditional logit of what was done on the estimated log-probabilities."""
    logs = np.log(np.maximum(chances, 1e-12))
    taken = logs[np.arange(len(action)), action]
    slope = 1.0
    for _ in range(_STEPS):
        tilted = np.exp(slope * (logs - logs.max(axis=1, keepdims=True)))
        tilted /= tilted.sum(axis=1, keepdims=True)
        mean = (tilted * logs).sum(axis=1)
        spread = (tilted * logs**2).sum(axis=1) - mean**2
        if spread.sum() <= 0:
            return float("nan")
        step = float((taken - mean).sum() / spread.sum())
        slope += float(np.clip(step, -1.0, 1.0))
        if abs(step) < _ENOUGH:
            break
    return slope


def _gap(chances: Values, action: Codes) -> float:
    """Return the largest gap between said and seen frequency over tenths of each action's probabilities."""
    gaps = [0.0]
    for one in range(chances.shape[1]):
        order = np.argsort(chances[:, one], kind="stable")
        tenths = [tenth for tenth in np.array_split(order, 10) if len(tenth)]
        gaps += [abs(float(chances[tenth, one].mean() - (action[tenth] == one).mean())) for tenth in tenths]
    return max(gaps)
