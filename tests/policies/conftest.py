"""Random customer scores, with gaps, ties, zero balances and shuffled rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.schema import CUSTOMER_SCORES

Draw = Callable[..., pd.DataFrame]

WORDS = ("", "paper", "email", "edi", "portal", "fax / phone", "other", "DE")


def _draw(seed: int, customers: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    coarse = rng.choice([0.0, 0.1, 0.15, 0.35, 0.5, 1.0], customers)
    balance = np.where(rng.random(customers) < 0.2, 0.0, rng.lognormal(7, 2, customers)).round(2)
    frame = pd.DataFrame(
        {
            "customer_id": pd.Series([f"C{i:03d}" for i in range(customers)], dtype="str"),
            "open_count": rng.integers(1, 9, customers),
            "open_balance": balance,
            "overdue_balance": np.where(
                rng.random(customers) < 0.4, 0.0, balance * rng.random(customers)
            ).round(2),
            "disputed_balance": np.where(rng.random(customers) < 0.2, balance, 0.0),
            "oldest_days_past_due": rng.choice([-20, 0, 1, 30, 31, 60, 61, 200], customers),
            "p_unpaid_30": np.where(rng.random(customers) < 0.5, coarse, rng.random(customers)),
            "p_write_off": rng.random(customers) ** 4,
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
        if column.required:
            continue
        if column.name not in frame:
            frame[column.name] = _optional(column.name, column.type, rng=rng, customers=customers)
        frame.loc[rng.random(customers) < rng.random(), column.name] = np.nan
    return frame.sample(frac=1, random_state=rng)


def _optional(name: str, kind: str, *, rng: np.random.Generator, customers: int) -> pd.Series:
    if kind == "text":
        return pd.Series(
            rng.choice(WORDS, customers, p=[0.1, 0.3, 0.2, 0.2, 0.1, 0.04, 0.03, 0.03]), dtype="str"
        )
    if name in ("payer_jumped", "legal"):
        return pd.Series((rng.random(customers) < 0.1).astype("float64"))
    if name in ("late_share", "failure_risk", "margin"):
        return pd.Series(rng.random(customers).round(2))
    if name == "credit_score":
        return pd.Series(rng.integers(300, 851, customers).astype("float64"))
    return pd.Series(rng.integers(0, 366, customers).astype("float64"))


@pytest.fixture(scope="session")
def draw_scores() -> Draw:
    return _draw
