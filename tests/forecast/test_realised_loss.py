from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.realised_loss import expected_against_realised
from arseg.schema import DataError


def _book(seed: int, factor: float = 1.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    n = 1500
    risk = rng.uniform(0.05, 0.3, n)
    items = pd.DataFrame(
        {
            "invoice_id": np.arange(n).astype(str),
            "customer_id": rng.integers(0, 300, n),
            "segment": np.where(risk > 0.15, "High", "Low"),
            "bucket": "1-30",
        }
    )
    balance = rng.uniform(50, 150, n)
    items["expected_loss"] = balance * risk
    lost = balance * (rng.random(n) < factor * risk)
    outcomes = pd.DataFrame(
        {
            "invoice_id": items["invoice_id"],
            "balance": balance,
            "cash": balance - lost,
            "credited": 0.0,
            "written_off": lost,
        }
    ).sample(frac=1, random_state=seed)
    return items, outcomes


def test_the_interval_of_a_true_expectation_holds_one_at_its_rate() -> None:
    inside = [
        bool(expected_against_realised(*_book(seed), by=(), draws=300)["inside"].iloc[0])
        for seed in range(60)
    ]
    assert 0.85 <= np.mean(inside) <= 1.0


def test_an_expectation_of_half_is_found_out() -> None:
    row = expected_against_realised(*_book(1, factor=2.0), draws=300).iloc[-1]
    assert row["ratio"] == pytest.approx(2.0, abs=0.3)
    assert row["inside"] is False or not row["inside"]


def test_sums_are_those_of_the_same_items() -> None:
    items, outcomes = _book(2)
    frame = expected_against_realised(items, outcomes, draws=100)
    assert frame["by"].tolist() == ["segment", "segment", "bucket", "total"]
    total = frame.iloc[-1]
    assert total["realised"] == pytest.approx(outcomes["written_off"].sum())
    assert frame.loc[frame["by"] == "segment", "expected"].sum() == pytest.approx(
        items["expected_loss"].sum()
    )


def test_few_customers_get_no_interval() -> None:
    items, outcomes = _book(3)
    row = expected_against_realised(items[items["customer_id"] < 5], outcomes, by=(), draws=100).iloc[-1]
    assert np.isnan(row["low"])
    assert row["inside"] is None


def test_an_item_without_an_outcome_is_refused() -> None:
    items, outcomes = _book(4)
    with pytest.raises(DataError, match="items have no outcome"):
        expected_against_realised(items, outcomes.iloc[1:])
