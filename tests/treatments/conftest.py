"""Random customers: their scores and segments, with disputes, ties, zero balances and shuffled rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.schema import SEGMENTS
from arseg.treatments import Playbook, read_playbook

Book = tuple[pd.DataFrame, pd.DataFrame]


def _draw(seed: int, customers: int) -> Book:
    rng = np.random.default_rng(seed)
    ids = pd.Series([f"C{i:03d}" for i in range(customers)], dtype="str")
    # A few coarse values, so that ties in value per minute are common.
    balance = rng.choice([0.0, 100.0, 2500.0, 40_000.0], customers)
    days = rng.choice([-20, 0, 1, 30, 31, 60, 61, 200], customers)
    scores = pd.DataFrame(
        {
            "customer_id": ids,
            "open_count": rng.integers(1, 2000, customers),
            "open_balance": balance,
            "overdue_balance": np.where(days > 0, balance * rng.choice([0.5, 1.0], customers), 0.0),
            "disputed_balance": np.where(rng.random(customers) < 0.2, balance, 0.0),
            "oldest_days_past_due": days,
            "p_unpaid_30": rng.choice([0.0, 0.05, 0.41, 1.0], customers),
            "reasons": pd.Series(rng.choice(["", "late twice"], customers), dtype="str"),
        }
    )
    segments = pd.Series(rng.choice(SEGMENTS, customers), dtype="str")
    segmentation = pd.DataFrame({"customer_id": ids, "segment": segments, "why": "drawn"})
    return segmentation.sample(frac=1, random_state=rng), scores.sample(frac=1, random_state=rng)


@pytest.fixture(scope="session")
def draw_book() -> Callable[[int, int], Book]:
    return _draw


@pytest.fixture(scope="session")
def standard() -> Playbook:
    return read_playbook("standard")
