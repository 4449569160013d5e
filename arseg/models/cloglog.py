"""Complementary log-log regression beside a given margin: ``P(event) = 1 - exp(-exp(margin + inputs . theta))``.

On this scale a coefficient is the log of a ratio of hazards, and does not hang on the length of an interval.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from arseg.models.protocol import Integers, Numbers

Happened = npt.NDArray[np.bool_]

# As if ten more rows per coefficient had said that the inputs do nothing.
_RIDGE: Final = 2.5


def fit_beside(
    margin: Numbers, inputs: Numbers, happened: Happened, weight: Numbers, start: Numbers, *, steps: int
) -> Numbers:
    """Return the ridge-penalised maximum-likelihood coefficients beside a given margin, by Newton's steps.

    Parameters
    ----------
    margin, happened, weight
        Shape (rows,).
    inputs
        Shape (rows, columns).
    start
        Coefficients to start from, shape (columns,).
    steps
        At most.

    Examples
    --------
    >>> inputs = np.repeat([[0.0], [1.0]], 1000, axis=0)
    >>> happened = np.tile(np.arange(1000) < 200, 2) | (np.arange(2000) >= 1800)
    >>> fit_beside(np.full(2000, -1.5), inputs, happened, np.ones(2000), np.zeros(1), steps=20).round(2).tolist()
    [0.82]
    """
    theta = start
    for _ in range(steps):
        slope, curve = derivatives(margin + inputs @ theta, happened)
        uphill = inputs.T @ (weight * slope) - _RIDGE * theta
        step = np.linalg.solve(_information(inputs, weight * curve), uphill)
        theta = theta + np.clip(step, -1, 1)
        if np.abs(step).max(initial=0) < 1e-9:
            break
    return theta


def robust_covariance(
    margin: Numbers, inputs: Numbers, happened: Happened, weight: Numbers, item: Integers
) -> Numbers:
    """Return the covariance of coefficients, robust to what the rows of an item share, shape (columns, columns).

    Parameters
    ----------
    margin
        With the inputs in it, shape (rows,).
    inputs, happened, weight
        As for the fit.
    item
        Of each row, shape (rows,).
    """
    slope, curve = derivatives(margin, happened)
    _, place = np.unique(item, return_inverse=True)
    sums = np.column_stack([np.bincount(place, column) for column in (inputs.T * weight * slope)])
    bread = np.linalg.inv(_information(inputs, weight * curve))
    found: Numbers = bread @ (sums.T @ sums) @ bread
    return found


def log_likelihood(margin: Numbers, happened: Happened, weight: Numbers) -> float:
    """Return the log-likelihood of rows at a margin."""
    rate = rate_of(margin)
    return float((weight * np.where(happened, np.log(-np.expm1(-rate)), -rate)).sum())


def derivatives(margin: Numbers, happened: Happened) -> tuple[Numbers, Numbers]:
    """Return the slope of each row's log-likelihood in its margin, and its expected curvature."""
    rate = rate_of(margin)
    odds = rate / np.expm1(rate)
    return np.where(happened, odds, -rate), rate * odds


def rate_of(margin: Numbers) -> Numbers:
    """Return the cumulative hazard of a margin."""
    return np.exp(np.clip(margin, -30, 4))


def hazard_of(margin: Numbers) -> Numbers:
    """Return the probability of the event at a margin."""
    found: Numbers = -np.expm1(-rate_of(margin))
    return found


def _information(inputs: Numbers, weight: Numbers) -> Numbers:
    return (inputs * weight[:, None]).T @ inputs + _RIDGE * np.eye(inputs.shape[1])
