"""Outcome models that never saw the customer whom they speak of (cross-fitting, science 4.3)."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd

from arseg.backtest.value.design import learn_design, state_matrix
from arseg.backtest.value.logged import Codes, Logged, Values
from arseg.schema import DataError, UsageError

Kind = Literal["boosted", "linear"]

# Small trees that stop early: the model takes noise away, the weights take its bias away.
_BOOSTED: Final = {
    "max_depth": 3,
    "learning_rate": 0.1,
    "min_child_weight": 20.0,
    "subsample": 0.8,
    "reg_lambda": 10.0,
    "tree_method": "hist",
    "nthread": 1,
}
_ROUNDS: Final = 80
_RIDGE: Final = 1.0


def fold_of(customer: Codes, *, folds: int, seed: int) -> Codes:
    """Return the fold of every decision; all of one customer are in the same.

    Examples
    --------
    >>> fold_of(np.array([0, 1, 0, 1]), folds=2, seed=1).tolist() in ([0, 1, 0, 1], [1, 0, 1, 0])
    True
    """
    known = np.unique(customer)
    if not 2 <= folds <= len(known):
        raise DataError(
            "the customers do not fill the folds",
            given=f"{len(known)} customers, {folds} folds",
            allowed="at least two folds, and a customer for each",
            do="ask for fewer folds, or bring more history",
        )
    place = np.random.default_rng(seed).permutation(len(known)) % folds
    return np.asarray(place[np.searchsorted(known, customer)])


def cross_fit(
    logged: Logged,
    state: pd.DataFrame,
    *,
    kind: Kind = "boosted",
    folds: int = 5,
    seed: int = 0,
    weight: Values | None = None,
) -> Values:
    """Return the expected reward of every action, shape ``(n, A, k)``, by models of other customers.

    Parameters
    ----------
    logged
        The decisions.
    state
        What was known when each was made: numbers, one row per decision; NaN where unknown.
    kind
        ``boosted``: shallow trees over state and action. ``linear``: a ridge regression per action.
    folds, seed
        Customers are dealt into folds by the seed.
    weight
        Weight of each decision in the fit, shape ``(n,)``; alike where None.
    """
    if kind not in ("boosted", "linear"):
        raise UsageError(
            f"there is no outcome model {kind!r}", given=kind, allowed="boosted, linear", do="choose one"
        )
    matrix = state_matrix(state, len(logged))
    where = fold_of(logged.customer, folds=folds, seed=seed)
    share = np.ones(len(logged)) if weight is None else np.asarray(weight, dtype=np.float64)
    expected = np.empty((*logged.propensity.shape, logged.reward.shape[1]))
    fit = _boosted if kind == "boosted" else _linear
    for fold in range(folds):
        held, rest = where == fold, np.flatnonzero(where != fold)
        expected[held] = fit(logged, matrix, share, rest, matrix[held], seed)
    return expected


def least_variance_weight(logged: Logged, target: Values) -> Values:
    """Return the weights with which a model makes DR's variance least (MRDR), shape ``(n,)``.

    ``pi(A|x) (1 - e) / e^2`` of what was done; Farajtabar, Chow, Ghavamzadeh 2018, as in science 4.3. They are
    kept above a thousandth of their mean: where the target does nothing of what was done, the model still has
    to say something.
    """
    chosen = target[np.arange(len(logged)), logged.action]
    weight = chosen * (1 - logged.taken) / logged.taken**2
    mean = weight.mean()
    return np.asarray(np.maximum(weight, mean / 1000) / mean if mean > 0 else np.ones(len(logged)))


def _boosted(logged: Logged, matrix: Values, share: Values, rest: Codes, held: Values, seed: int) -> Values:
    """Fit one booster per component on the rest, and answer for every action of the held rows."""
    import xgboost

    actions = np.eye(len(logged.actions))
    known = xgboost.QuantileDMatrix(
        np.hstack([matrix[rest], actions[logged.action[rest]]]), weight=share[rest], nthread=1
    )
    asked = [xgboost.DMatrix(np.hstack([held, np.tile(row, (len(held), 1))]), nthread=1) for row in actions]
    answers = np.empty((len(held), len(actions), logged.reward.shape[1]))
    for component in range(answers.shape[2]):
        reward = logged.reward[rest, component]
        # Amounts span orders of magnitude; the booster's regularisation is made for numbers about 1.
        scale = float(reward.std()) or 1.0
        known.set_label(reward / scale)
        model = xgboost.train(
            {**_BOOSTED, "seed": seed, "base_score": float(np.average(reward, weights=share[rest]) / scale)},
            known,
            num_boost_round=_ROUNDS,
        )
        for action, rows in enumerate(asked):
            answers[:, action, component] = model.predict(rows) * scale
    return answers


def _linear(logged: Logged, matrix: Values, share: Values, rest: Codes, held: Values, seed: int) -> Values:
    """Fit a ridge regression per action on the rest; unknown state stands at its mean."""
    del seed
    design = learn_design(matrix[rest])
    known, asked = design.columns(matrix[rest]), design.columns(held)
    answers = np.empty((len(held), len(logged.actions), logged.reward.shape[1]))
    penalty = np.diag([0.0, *[_RIDGE] * (known.shape[1] - 1)])
    everyone = np.average(logged.reward[rest], axis=0, weights=share[rest])
    for action in range(len(logged.actions)):
        took = logged.action[rest] == action
        if not took.any():
            # Nobody else got it: the model knows nothing of it, and support says so.
            answers[:, action] = everyone
            continue
        weighted = known[took] * share[rest][took, None]
        solved = np.linalg.solve(known[took].T @ weighted + penalty, weighted.T @ logged.reward[rest][took])
        answers[:, action] = asked @ solved
    return answers
