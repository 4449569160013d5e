from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.forecast import Shocks, expected_cash
from arseg.schema import UsageError

KEY_DATE = dt.date(2026, 10, 31)


def _book(customers: int = 60, each: int = 5) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(3)
    n = customers * each
    items = pd.DataFrame(
        {
            "customer_id": np.repeat([f"c{i:03d}" for i in range(customers)], each),
            "balance": rng.lognormal(7, 1, n),
        }
    )
    paid_by = 1 - np.exp(-np.outer(rng.uniform(0.05, 0.5, n), np.arange(1, 14)))
    return items, paid_by


def test_the_expected_cash_is_the_exact_sum_and_the_bands_hold_it() -> None:
    items, paid_by = _book()
    frame = expected_cash(items, paid_by, key_date=KEY_DATE)
    assert frame["expected"].sum() == pytest.approx(items["balance"] @ paid_by[:, -1])
    assert (frame["low_80"] <= frame["low_50"]).all()
    assert (frame["high_50"] <= frame["high_80"]).all()
    assert frame["week"].iloc[0] == pd.Timestamp("2026-11-01")


def test_the_simulated_mean_equals_the_expected_cash() -> None:
    items, paid_by = _book()
    from arseg.forecast import cash

    simulated = cash._simulate(items["customer_id"], items["balance"].to_numpy(), paid_by, Shocks(draws=4000))
    expected = items["balance"].to_numpy() @ np.diff(paid_by, axis=1, prepend=0.0)
    error = simulated.std(axis=0) / np.sqrt(len(simulated))
    assert (np.abs(simulated.mean(axis=0) - expected) < 5 * error).all()


def test_shared_shocks_widen_the_band() -> None:
    items, paid_by = _book()
    alone = expected_cash(items, paid_by, key_date=KEY_DATE, shocks=Shocks(book=0.0, customer=0.0))
    together = expected_cash(items, paid_by, key_date=KEY_DATE, shocks=Shocks(book=0.1, customer=0.6))
    width = lambda frame: (frame["high_80"] - frame["low_80"]).sum()  # noqa: E731
    assert width(together) > 1.3 * width(alone)


def test_the_same_seed_gives_the_same_bytes() -> None:
    items, paid_by = _book()
    first, second = (expected_cash(items, paid_by, key_date=KEY_DATE) for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_an_empty_book_brings_nothing() -> None:
    items = pd.DataFrame(
        {"customer_id": pd.Series([], dtype="str"), "balance": pd.Series([], dtype="float64")}
    )
    frame = expected_cash(items, np.zeros((0, 3)), key_date=KEY_DATE)
    assert frame["expected"].tolist() == [0.0, 0.0, 0.0]


def test_shares_of_variance_that_do_not_fit_are_refused() -> None:
    with pytest.raises(
        UsageError, match=r"shares of shared variance do not fit\. Given: book=0\.5, customer=0\.6"
    ):
        Shocks(book=0.5, customer=0.6)
