"""Random customer scores, with gaps, ties, zero balances and shuffled rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.schema import CUSTOMER_SCORES

Draw = Callable[..., pd.DataFrame]


def _draw(seed: int, customers: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    coarse = rng.choice([0.0, 0.1, 0.15, 0.35, 0.5, 1.0], customers)
    balance = np.where(rng.random(customers) < 0.2, 0.0, rng.lognormal(7, 2, customers)).round(2)
    frame = pd.DataFrame(
        {
            "customer_id": pd.Series([f"C{i:03d}" for i in range(customers)], dtype="str"),
            "open_count": rng.integers(1, 9, customers),
            "open_balance": balance,
            "overdue_balance": (balance * rng.random(customers)).round(2),
            "disputed_balance": np.where(rng.random(customers) < 0.2, balance, 0.0),
            "oldest_days_past_due": rng.choice([-20, 0, 1, 30, 31, 60, 61, 200], customers),
            "p_unpaid_30": np.where(rng.random(customers) < 0.5, coarse, rng.random(customers)),
            "p_write_off": rng.random(customers),
            "expected_days": rng.uniform(1, 365, customers),
            "expected_loss": balance * 0.01,
            "on_time_share": rng.random(customers),
            "credit_utilisation": rng.exponential(1.0, customers),
            "credit_score_change": rng.normal(0, 30, customers),
            "industry_late_rate": rng.random(customers),
            "account_age_days": rng.uniform(0, 4000, customers),
            "reasons": pd.Series([""] * customers, dtype="str"),
        }
    )
    for column in CUSTOMER_SCORES.columns:
        if not column.required:
            frame.loc[rng.random(customers) < rng.random(), column.name] = np.nan
    return frame.sample(frac=1, random_state=rng)


@pytest.fixture(scope="session")
def draw_scores() -> Draw:
    return _draw
