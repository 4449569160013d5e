"""Off-policy estimators as scores per decision, so that one interval serves them all (science 4.3).

Every estimator returns ``psi`` of shape ``(n, k)``: its value is the mean of the rows, and because rows of one
customer are summed before they are squared, its standard error knows that they are not independent. Those that
divide by the sum of weights return the linearised rows, whose mean is the estimate exactly.

=============  ========================================================================================
DM             direct method: the outcome model alone
IPS            Horvitz and Thompson 1952: rewards weighted by target over logged probability
SNIPS          Swaminathan and Joachims 2015: the same, divided by the sum of weights
DR             Dudik, Langford, Li 2011: model plus weighted residual
SNDR           the same with normalised weights
SwitchDR       Wang, Agarwal, Dudik 2017: the residual only where the weight is at most tau
DRos           Su et al. 2020: weights shrunk to lambda w / (w^2 + lambda)
MRDR           Farajtabar, Chow, Ghavamzadeh 2018: DR with the model fitted for least variance (outcomes.py)
=============  ========================================================================================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from arseg.backtest.value.logged import Logged, Values, check_probabilities
from arseg.schema import DataError

# Grids over which tau and lambda are chosen by least estimated squared error.
TAUS = (1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 50.0, np.inf)
LAMBDAS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 1e4, np.inf)


def weights(logged: Logged, target: Values) -> Values:
    """Return target over logged probability of what was done, shape ``(n,)``.

    Parameters
    ----------
    logged
        The decisions.
    target
        Probabilities of the policy that is asked about, shape ``(n, A)``; rows sum to 1.
    """
    if target.shape != logged.propensity.shape:
        raise DataError(
            "the target policy does not fit the decisions",
            given=f"shape {target.shape}",
            allowed=f"shape {logged.propensity.shape}",
            do="give a probability for every decision and action",
        )
    check_probabilities(target, name="the target policy")
    return np.asarray(target[np.arange(len(logged)), logged.action] / logged.taken)


def on_policy(logged: Logged) -> Values:
    """Return the rewards themselves: the value of the policy in force."""
    return logged.reward


def ips(logged: Logged, target: Values) -> Values:
    """Return ``w R``; shape ``(n, k)``."""
    return weights(logged, target)[:, None] * logged.reward


def snips(logged: Logged, target: Values) -> Values:
    """Return ``V + n w (R - V) / sum w`` with ``V = sum w R / sum w``; shape ``(n, k)``."""
    w = weights(logged, target)
    return _normalised(w, logged.reward)


def direct(logged: Logged, target: Values, outcomes: Values) -> Values:
    """Return the outcome model under the target, shape ``(n, k)``.

    Parameters
    ----------
    logged, target
        As in ``weights``.
    outcomes
        Expected reward of every action, shape ``(n, A, k)``, by models that did not see the customer.
    """
    check_outcomes(logged, outcomes)
    return np.asarray(np.einsum("na,nak->nk", target, outcomes))


def doubly_robust(logged: Logged, target: Values, outcomes: Values) -> Values:
    """Return ``q(x, pi) + w (R - q(x, A))``; shape ``(n, k)``."""
    w = weights(logged, target)
    return direct(logged, target, outcomes) + w[:, None] * residuals(logged, outcomes)


def self_normalised_dr(logged: Logged, target: Values, outcomes: Values) -> Values:
    """Return DR whose weights are divided by their mean, linearised; shape ``(n, k)``."""
    w = weights(logged, target)
    return direct(logged, target, outcomes) + _normalised(w, residuals(logged, outcomes))


def switch_dr(logged: Logged, target: Values, outcomes: Values, *, tau: float | None = None) -> Values:
    """Return DR whose correction is left out where the weight exceeds tau; shape ``(n, k)``.

    Parameters
    ----------
    logged, target, outcomes
        As in ``direct``.
    tau
        Largest weight; chosen from ``TAUS`` by least estimated squared error of the first component if None.
    """
    w, left = weights(logged, target), residuals(logged, outcomes)
    model = direct(logged, target, outcomes)
    kept = {bound: np.where(w <= bound, w, 0.0) for bound in ((tau,) if tau is not None else TAUS)}
    chosen = _least_error(logged, model, left, w, kept)
    return model + kept[chosen][:, None] * left


def optimistic_dr(logged: Logged, target: Values, outcomes: Values, *, shrink: float | None = None) -> Values:
    """Return DR with weights shrunk to ``lambda w / (w^2 + lambda)``; shape ``(n, k)``.

    Parameters
    ----------
    logged, target, outcomes
        As in ``direct``.
    shrink
        Lambda: 0 is the direct method, infinity is DR; chosen from ``LAMBDAS`` by least estimated squared
        error of the first component if None.
    """
    w, left = weights(logged, target), residuals(logged, outcomes)
    model = direct(logged, target, outcomes)
    kept = {bound: _shrunk(w, bound) for bound in ((shrink,) if shrink is not None else LAMBDAS)}
    chosen = _least_error(logged, model, left, w, kept)
    return model + kept[chosen][:, None] * left


def residuals(logged: Logged, outcomes: Values) -> Values:
    """Return the reward less the model's of what was done, shape ``(n, k)``."""
    check_outcomes(logged, outcomes)
    return np.asarray(logged.reward - outcomes[np.arange(len(logged)), logged.action])


def check_outcomes(logged: Logged, outcomes: Values) -> None:
    """Refuse an outcome model whose answers do not fit the decisions.

    Raises
    ------
    DataError
        If the shape is not ``(n, A, k)`` or an answer is not a number.
    """
    wanted = (*logged.propensity.shape, logged.reward.shape[1])
    if outcomes.shape != wanted or not np.isfinite(outcomes).all():
        raise DataError(
            "the outcome model does not fit the decisions",
            given=f"shape {outcomes.shape}, finite: {bool(np.isfinite(outcomes).all())}",
            allowed=f"finite numbers of shape {wanted}",
            do="predict every component for every action",
        )


def clustered_error(psi: Values, customer: ArrayLike) -> Values:
    """Return the customer-clustered standard error of the mean of each column, shape ``(k,)``.

    Rows are centred, summed by customer, squared and summed; ``G / (G - 1)`` corrects for G customers.

    Examples
    --------
    >>> clustered_error(np.array([[0.0], [0.0], [2.0], [2.0]]), [0, 0, 1, 1]).tolist()
    [1.0]
    """
    codes = np.unique(np.asarray(customer), return_inverse=True)[1]
    groups = int(codes.max()) + 1 if len(codes) else 0
    if groups < 2:
        return np.full(psi.shape[1], np.nan)
    centred = psi - psi.mean(axis=0)
    sums = np.stack([np.bincount(codes, column, groups) for column in centred.T], axis=1)
    return np.asarray(np.sqrt((sums**2).sum(axis=0) * groups / (groups - 1)) / len(psi))


def _normalised(w: Values, values: Values) -> Values:
    total = w.sum()
    if total <= 0:
        return np.full(values.shape, np.nan)
    mean = (w[:, None] * values).sum(axis=0) / total
    return np.asarray(mean + len(w) / total * w[:, None] * (values - mean))


def _shrunk(w: Values, bound: float) -> Values:
    return w if np.isinf(bound) else bound * w / (w**2 + bound)


def _least_error(logged: Logged, model: Values, left: Values, w: Values, kept: dict[float, Values]) -> float:
    """Return the bound whose variance plus squared bias bound is least, by the first component.

    The bias of leaving weight out is estimated as in Su et al. 2020: the mean of the weight left out times the
    residual, or its root mean square bound where that is larger, so that a vanishing mean does not hide it.
    """
    if len(kept) == 1:
        return next(iter(kept))
    first = left[:, :1]
    errors = {}
    for bound, weight in kept.items():
        variance = clustered_error(model[:, :1] + weight[:, None] * first, logged.customer)[0] ** 2
        gap = (w - weight)[:, None] * first
        noise = clustered_error(gap, logged.customer)[0] ** 2
        errors[bound] = variance + max(float(gap.mean()) ** 2, noise)
    return min(errors, key=lambda bound: errors[bound])
