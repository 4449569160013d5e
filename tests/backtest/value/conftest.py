"""Decisions with known truth: a state, four actions, propensities that follow the state, customers with their own level."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from arseg.backtest.value.logged import Logged

Values = NDArray[np.float64]
ACTIONS = ("none", "email", "call")
EFFECT = np.array([0.0, 1.0, 2.5])


def softmax(x: Values) -> Values:
    grown = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def draw_log(
    seed: int, *, customers: int = 300, each: int = 8, hidden: float = 0.0
) -> tuple[Logged, pd.DataFrame, Values]:
    """Return a log, its state, and the true mean reward of every action, shape (n, A).

    ``hidden`` moves both the choice and the reward by something that the log does not know.
    """
    chance = np.random.default_rng(seed)
    count = customers * each
    customer = np.repeat(np.arange(customers), each)
    level = chance.normal(0, 1.0, customers)[customer]
    risk, size = chance.normal(0, 1, count), chance.normal(0, 1, count)
    unseen = chance.choice([-1.0, 1.0], count)
    logged = 0.05 + 0.85 * softmax(np.stack([0 * risk, 0.5 + 0.5 * risk, 0.8 * risk], axis=1))
    true = logged.copy()
    if hidden:
        odds = logged[:, 2] / (1 - logged[:, 2]) * np.exp(hidden * unseen)
        call = odds / (1 + odds)
        true *= ((1 - call) / (1 - logged[:, 2]))[:, None]
        true[:, 2] = call
    action = (chance.random(count)[:, None] >= np.cumsum(true, axis=1)[:, :-1]).sum(axis=1)
    mean = 3 + level[:, None] - risk[:, None] + 0.3 * size[:, None] + EFFECT * (1 + 0.5 * (risk > 0))[:, None]
    reward = mean[np.arange(count), action] + unseen * bool(hidden) + chance.normal(0, 1, count)
    cost = np.array([0.0, 0.1, 5.0])[action]
    return (
        Logged(customer, action, logged, np.column_stack([reward, cost]), ACTIONS, ("cash", "cost")),
        pd.DataFrame({"risk": risk, "size": size}),
        mean,
    )


def call_the_risky(state: pd.DataFrame, share: float = 0.8) -> Values:
    """Return a policy that mostly calls where risk is above 0 and mostly leaves alone elsewhere."""
    risky = (state["risk"] > 0).to_numpy()
    rest = (1 - share) / 2
    return np.where(risky[:, None], [rest, rest, share], [share, rest, rest]).astype(np.float64)


@pytest.fixture
def drawn() -> Callable[..., tuple[Logged, pd.DataFrame, Values]]:
    return draw_log
