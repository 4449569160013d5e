from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.discrimination import HORIZONS, accuracy, calibration


def _judged(rows: int = 400, seed: int = 1) -> pd.DataFrame:
    """Return items whose true chance of being paid by each horizon is known to one model of two."""
    rng = np.random.default_rng(seed)
    rate = rng.uniform(0.005, 0.1, rows)
    duration = np.maximum(rng.exponential(1 / rate).astype(int), 1)
    followed = rng.integers(20, 120, rows)
    event = (duration <= followed).astype(int)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i % 50}" for i in range(rows)],
            "balance": rng.lognormal(5, 1, rows),
            "event": event,
            "duration": np.where(event == 1, duration, followed),
            "followed_days": followed,
        }
    )
    for name, hazard in (("knows", rate), ("guesses", np.full(rows, rate.mean()))):
        for horizon in HORIZONS:
            frame[f"{name}_{horizon}"] = 1 - np.exp(-hazard * horizon)
    parts = []
    for name in ("knows", "guesses"):
        part = frame.rename(columns={f"{name}_{horizon}": f"paid_{horizon}" for horizon in HORIZONS})
        parts.append(part.assign(model=name))
    return pd.concat(parts, ignore_index=True)


def test_the_model_that_knows_has_the_lower_loss() -> None:
    losses = accuracy(_judged()).set_index(["model", "horizon"])["log_loss"]
    assert losses[("knows", 0)] < losses[("guesses", 0)]


def test_loss_is_the_amount_weighted_mean_over_mature_rows_only() -> None:
    judged = _judged()
    own = judged[(judged["model"] == "knows") & (judged["followed_days"] >= 60)]
    paid = ((own["event"] == 1) & (own["duration"] <= 60)).to_numpy()
    p = own["paid_60"].clip(1e-6, 1 - 1e-6).to_numpy()
    loss = -np.where(paid, np.log(p), np.log1p(-p))
    found = accuracy(judged).set_index(["model", "horizon"]).loc[("knows", 60)]
    assert found["log_loss"] == pytest.approx(np.average(loss, weights=own["balance"]))
    assert found["rows"] == len(own)
    assert found["customers"] == own["customer_id"].nunique()


def test_a_horizon_without_mature_rows_is_left_out() -> None:
    judged = _judged()
    judged = judged[judged["followed_days"] < 60]
    found = accuracy(judged)
    assert set(found["horizon"]) == {0, 7, 14, 30}


def test_calibration_compares_expected_and_observed_of_items_followed_to_their_late_day() -> None:
    rng = np.random.default_rng(2)
    day = pd.Timestamp("2025-06-30")
    n = 2000
    p = rng.uniform(0, 1, n)
    items = pd.DataFrame(
        {
            "invoice_id": [f"i{i}" for i in range(n)],
            "key_date": day,
            "customer_id": [f"c{i // 20}" for i in range(n)],
            "balance": 1.0,
            "late_day": 30,
            "p_unpaid_30": p,
        }
    )
    paid = rng.uniform(0, 1, n) > p
    outcomes = pd.DataFrame(
        {
            "invoice_id": items["invoice_id"],
            "key_date": day,
            "event": paid.astype(int),
            "duration": np.where(paid, 10, 80),
            "followed_days": np.where(np.arange(n) < 100, 20, 80),
        }
    )
    table = calibration(items, outcomes, draws=200, seed=1)
    assert table["rows"].sum() == n - 100
    # Customers are alike here, so an interval is that of 190 independent rows: 2 x 1.96 x sqrt(p (1 - p) / 190).
    own = table[(table["expected"] > 0.2) & (table["expected"] < 0.8)]
    expected = 3.92 * np.sqrt(own["observed"] * (1 - own["observed"]) / 190)
    assert ((own["high"] - own["low"]) / expected).between(0.7, 1.4).all()
    assert ((table["low"] < table["observed"]) & (table["observed"] < table["high"])).all()
    assert np.abs(table["expected"] - table["observed"]).max() < 0.12
