"""The logistic regression behind every calibration slope: outcomes on the log-odds that were predicted (Cox 1958)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

_SMALLEST = 1e-6
_STEPS = 50


def log_odds(p: Values) -> Values:
    """Return ``ln(p / (1 - p))``, p clipped to [1e-6, 1 - 1e-6].

    Examples
    --------
    >>> log_odds(np.array([0.5, 1.0])).round(2).tolist()
    [0.0, 13.82]
    """
    inside = np.clip(p, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(inside / (1 - inside)))


def newton(design: Values, offset: Values, observed: Values, weight: Values) -> Values:
    """Return the coefficients of a logistic regression with an offset, by maximum likelihood; NaN where they run away.

    Parameters
    ----------
    design
        Shape (rows, coefficients).
    offset
        Added to the log-odds as it is, shape (rows,).
    observed
        0 or 1, shape (rows,).
    weight
        Of each row, shape (rows,).

    Examples
    --------
    >>> one = np.ones(4)
    >>> newton(one[:, None], 0 * one, np.array([0.0, 1.0, 1.0, 1.0]), one).round(4).tolist()
    [1.0986]
    """
    found = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        fitted = 1 / (1 + np.exp(-np.clip(offset + design @ found, -30, 30)))
        curvature = (design * (weight * fitted * (1 - fitted))[:, None]).T @ design
        if not np.isfinite(curvature).all() or np.linalg.cond(curvature) > 1e12:
            break
        step = np.linalg.solve(curvature, design.T @ (weight * (observed - fitted)))
        # Half of a long step: the far tail of the logistic curve throws Newton off.
        found = found + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < 1e-10:
            return found
    return np.full(design.shape[1], np.nan)


def line(p: Values, observed: Values, weight: Values) -> tuple[float, float]:
    """Return a and b of ``logit P(observed) = a + b logit(p)``; NaN where they cannot be estimated.

    Parameters
    ----------
    p
        Predicted probabilities, shape (rows,).
    observed, weight
        As for ``newton``.

    Examples
    --------
    >>> p, came = np.array([0.25] * 4 + [0.75] * 4), np.array([1.0, 0, 0, 0, 1, 1, 1, 0])
    >>> [round(value, 6) + 0.0 for value in line(p, came, np.ones(8))]
    [0.0, 1.0]
    """
    offset = log_odds(p)
    if len(np.unique(observed)) < 2 or len(np.unique(offset)) < 2:
        return np.nan, np.nan
    # Around (0, 1), so that the fit starts from "perfect".
    level, slope = newton(np.column_stack([np.ones(len(p)), offset]), offset, observed, weight)
    return float(level), float(1 + slope)
