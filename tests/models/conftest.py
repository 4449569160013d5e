from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

# They need libraries that the tests do not: doctest collection would import them.
collect_ignore_glob = ["reference/make_*.py"]

DAYS = 200


@dataclass(frozen=True)
class Book:
    """Landmark rows with their outcomes and the true daily incidence, shape (rows, 3, DAYS)."""

    X: pd.DataFrame
    y: pd.DataFrame
    truth: np.ndarray
    followed_days: np.ndarray


def draw_book(rows: int, seed: int = 0, noise: float = 1.5) -> Book:
    """Draw items whose customers pay in weekly runs around due date plus their own delay."""
    rng = np.random.default_rng(seed)
    customers = max(rows // 20, 5)
    delay, run = rng.gamma(1.2, 9, customers), rng.integers(0, 5, customers)
    customer = rng.integers(0, customers, rows)
    terms = rng.choice([14, 30, 60], rows)
    key_day = rng.choice(np.arange(19000, 19720, 30), rows)
    age = rng.integers(-terms, 100)
    u = np.arange(1, DAYS + 1)
    late, weekday = age[:, None] + u, (key_day[:, None] + u + 3) % 7
    near = late - delay[customer][:, None]
    paid = 0.003 + 0.35 * np.exp(-0.5 * (near / 4) ** 2) + 0.06 * (near > 4) * np.exp(-near.clip(0) / 60)
    paid = paid + 0.15 * (late == 0)
    paid = np.where(weekday == run[customer][:, None], np.minimum(paid * 2.2, 0.8), paid * 0.5) * (
        weekday < 5
    )
    hazards = np.stack([paid, np.full_like(paid, 0.0008), 0.003 * (late > 60)], axis=1)
    survival = np.cumprod(1 - hazards.sum(axis=1), axis=1)
    before = np.column_stack([np.ones(rows), survival[:, :-1]])
    truth = np.cumsum(before[:, None, :] * hazards, axis=2)
    share = rng.random(rows)
    total = 1 - survival
    duration = 1 + (total < share[:, None]).sum(axis=1)
    inside = np.minimum(duration, DAYS) - 1
    mix = hazards[np.arange(rows), :, inside]
    cause = 1 + (rng.random(rows)[:, None] > np.cumsum(mix / mix.sum(axis=1, keepdims=True), axis=1)).sum(
        axis=1
    )
    followed = rng.integers(40, DAYS, rows)
    event = np.where(duration <= followed, cause.clip(1, 3), 0)
    count = rng.poisson(8, customers)[customer].astype(float)
    blur = rng.normal(0, noise, customers)[customer]
    X = pd.DataFrame(
        {
            "days_past_due": age,
            "terms_days": terms,
            "key_day": key_day,
            "balance": rng.lognormal(7, 1, rows),
            "cleared_days_late_mean_12m": np.where(count > 0, delay[customer] + blur, np.nan),
            "cleared_count_12m": count,
            "run_weekday": run[customer],
        },
        index=[f"i{row:06}" for row in range(rows)],
    )
    y = pd.DataFrame({"event": event, "duration": np.minimum(duration, followed)}, index=X.index)
    return Book(X, y, truth, followed)


@pytest.fixture(scope="session", name="draw")
def _draw() -> Callable[..., Book]:
    return draw_book
