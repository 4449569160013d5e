"""A small open book for the tests of this room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.open_book import OpenBook

KEY_DATE = dt.date(2026, 10, 31)


def _make(customers: int = 60, each: int = 5, *, seed: int = 3, times: np.ndarray | None = None) -> OpenBook:
    rng = np.random.default_rng(seed)
    n = customers * each
    days = np.arange(1, 92) if times is None else times
    items = pd.DataFrame(
        {
            "invoice_id": [f"i{place:05d}" for place in range(n)],
            "customer_id": np.repeat([f"c{place:03d}" for place in range(customers)], each),
            "balance": rng.lognormal(7, 1, n).round(2),
            "segment": rng.choice(["High", "Medium", "Low"], n),
            "currency": rng.choice(["EUR", "USD"], n),
        }
    )
    gone = 1 - np.exp(-np.outer(rng.uniform(0.01, 0.06, n), days))
    incidence = np.stack([0.9 * gone, 0.07 * gone, 0.03 * gone], axis=1)
    return OpenBook(items, incidence, days, KEY_DATE)


@pytest.fixture(name="make_book")
def _make_book() -> Callable[..., OpenBook]:
    """Return the maker of books."""
    return _make
