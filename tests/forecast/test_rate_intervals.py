from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.rate_intervals import rate_intervals


def _seen(seed: int, customers: int = 120, each: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    fails = np.repeat(rng.random(customers) < 0.2, each)
    reached = rng.uniform(50, 150, customers * each)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(customers), each),
            "segment": "High",
            "bucket": "1-30",
            "reached": reached,
            "lost": reached * fails,
        }
    )


def test_the_interval_over_customers_holds_the_truth_at_its_rate() -> None:
    held = []
    for seed in range(80):
        row = rate_intervals(_seen(seed), draws=200).iloc[0]
        held.append(row["low"] <= 0.2 <= row["high"])
    assert 0.86 <= np.mean(held) <= 1.0


def test_invoices_drawn_one_by_one_would_claim_too_much() -> None:
    seen = _seen(1)
    width = lambda frame: float((frame["high"] - frame["low"]).iloc[0])  # noqa: E731
    alone = rate_intervals(seen.assign(customer_id=np.arange(len(seen))), draws=300)
    assert width(rate_intervals(seen, draws=300)) > 1.5 * width(alone)


def test_few_customers_have_a_rate_and_no_interval_and_one_that_dominates_is_seen() -> None:
    row = rate_intervals(_seen(2, customers=5)).iloc[0]
    assert np.isnan(row["low"])
    seen = _seen(3)
    seen.loc[0, "reached"] = seen["reached"].sum()
    assert rate_intervals(seen, draws=50)["largest_share"].iloc[0] == pytest.approx(0.5, abs=0.01)


def test_any_index_gives_the_same() -> None:
    seen = _seen(4)
    shuffled = seen.sample(frac=1, random_state=1)
    first, second = rate_intervals(seen, draws=50), rate_intervals(shuffled, draws=50)
    pd.testing.assert_frame_equal(first, second)
