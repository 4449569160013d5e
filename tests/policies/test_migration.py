from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies.migration import matrix, migration, mobility, pairs
from arseg.schema import SEGMENTS, DataError


def draw(seed: int, customers: int, reviews: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.date_range("2026-01-05", periods=reviews, freq="7D")
    frame = pd.DataFrame(
        {
            "customer_id": np.repeat([f"C{place}" for place in range(customers)], reviews),
            "key_date": np.tile(days, customers),
            "segment": rng.choice(SEGMENTS, customers * reviews),
            "open_balance": rng.lognormal(5, 2, customers * reviews),
        }
    )
    return frame[rng.random(len(frame)) < 0.8].sample(frac=1, random_state=seed)


def dumb_pairs(history: pd.DataFrame) -> list[tuple[str, str, float]]:
    found = []
    for _, rows in history.groupby("customer_id"):
        own = rows.sort_values("key_date")
        segments, balances = own["segment"].tolist(), own["open_balance"].tolist()
        found += list(zip(segments, segments[1:], balances, strict=False))
    return found


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 15), reviews=st.integers(1, 5))
def test_the_matrix_is_the_one_counted_by_hand_and_each_row_sums_to_one(seed, customers, reviews) -> None:
    history = draw(seed, customers, reviews)
    moved = migration(pairs(history), draws=5)
    found = dumb_pairs(history)
    for row in moved.itertuples():
        own = [balance for before, after, balance in found if (before, after) == (row.before, row.after)]
        from_here = [balance for before, _, balance in found if before == row.before]
        assert row.moves == len(own)
        assert row.open_balance == pytest.approx(sum(own))
        if from_here:
            assert row.share == pytest.approx(len(own) / len(from_here))
            assert row.balance_share == pytest.approx(sum(own) / sum(from_here))
        else:
            assert np.isnan(row.share)
            assert np.isnan(row.balance_share)
    for by in ("share", "balance_share"):
        sums = matrix(moved, by).sum(axis=1, min_count=1).dropna()
        np.testing.assert_allclose(sums, 1)


def test_intervals_hold_the_share_and_are_those_of_a_binomial_where_customers_move_once() -> None:
    rng = np.random.default_rng(1)
    history = pd.DataFrame(
        {
            "customer_id": np.repeat([f"C{place}" for place in range(400)], 2),
            "key_date": ["2026-01-31", "2026-02-28"] * 400,
            "segment": np.array([["Low", "High" if up else "Low"] for up in rng.random(400) < 0.3]).ravel(),
        }
    )
    row = migration(pairs(history), draws=2000).query("before == 'Low' and after == 'High'").iloc[0]
    spread = 1.96 * np.sqrt(row["share"] * (1 - row["share"]) / 400)
    assert row["share_low"] == pytest.approx(row["share"] - spread, abs=0.008)
    assert row["share_high"] == pytest.approx(row["share"] + spread, abs=0.008)
    assert np.isnan(row["balance_share"])


def test_reviews_of_one_customer_stay_together_when_resampled() -> None:
    """Ten like pairs of each of two customers are two observations, not twenty."""
    days = pd.date_range("2026-01-05", periods=11, freq="7D")
    history = pd.concat(
        pd.DataFrame({"customer_id": name, "key_date": days, "segment": list(segments)})
        for name, segments in (("A", ["High"] * 11), ("B", ["High", "Low"] * 5 + ["High"]))
    )
    row = migration(pairs(history)).query("before == 'High' and after == 'High'").iloc[0]
    assert row["share"] == pytest.approx(10 / 15)
    assert (row["share_low"], row["share_high"]) == (0.0, 1.0)


def test_the_seed_decides_the_interval() -> None:
    found = pairs(draw(3, 20, 4))
    pd.testing.assert_frame_equal(migration(found, seed=1), migration(found, seed=1))
    assert not migration(found, seed=1).equals(migration(found, seed=2))


def test_nobody_moves_nothing_moves() -> None:
    still = pd.DataFrame(np.eye(3), SEGMENTS, SEGMENTS)
    assert mobility(still) == 0
    empty = still.copy()
    empty.loc["High"] = np.nan
    assert mobility(empty) == 0


def test_mobility_is_the_mean_singular_value() -> None:
    """Everybody leaves for the next segment: P - I has the singular values sqrt 3, sqrt 3 and 0."""
    ring = pd.DataFrame(np.roll(np.eye(3), 1, axis=1), SEGMENTS, SEGMENTS)
    assert mobility(ring) == pytest.approx(2 * np.sqrt(3) / 3)


def test_the_segment_before_hysteresis_can_be_followed_too() -> None:
    history = draw(1, 3, 3).assign(raw_segment="Low")
    assert set(pairs(history, segment="raw_segment")["after"]) == {"Low"}


def test_a_customer_stands_once_a_day() -> None:
    history = draw(1, 3, 3)
    with pytest.raises(DataError, match=r"a customer stands twice on a day.*one row per customer"):
        pairs(pd.concat([history, history]))
    with pytest.raises(DataError, match="key_date"):
        pairs(history.drop(columns="key_date"))
