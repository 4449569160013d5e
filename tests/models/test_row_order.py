"""Keys and chances of rows."""

from __future__ import annotations

import numpy as np

from arseg.models.row_order import row_keys, scatter


def test_keys_know_values_and_not_their_bits() -> None:
    keys = row_keys(np.array([[0.0, np.nan], [-0.0, -np.nan], [np.nan, 0.0]]))
    assert keys[0] == keys[1] != keys[2]


def test_scattered_keys_are_even() -> None:
    draws = scatter(np.arange(100_000, dtype=np.uint64), seed=4)
    counts, _ = np.histogram(draws, bins=20, range=(0, 1))
    assert counts.sum() == 100_000
    assert np.abs(counts / 5000 - 1).max() < 0.06


def test_another_seed_is_another_draw() -> None:
    keys = np.arange(1000, dtype=np.uint64)
    assert np.abs(np.corrcoef(scatter(keys, 1), scatter(keys, 2))[0, 1]) < 0.1
    assert (scatter(keys, 1) == scatter(keys[::-1], 1)[::-1]).all()
