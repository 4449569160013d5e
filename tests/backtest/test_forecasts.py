from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from arseg.backtest.forecasts import forecast_unpaid, mean_delays
from arseg.backtest.walk_forward import Fold

DAY = dt.date(2025, 1, 31)


class _Steady:
    """Pays at one rate and credits at a tenth of it, so that every figure can be written down."""

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Any) -> np.ndarray:
        gone = 1 - np.exp(-X["rate"].to_numpy()[:, None] * np.asarray(times)[None, :])
        return np.stack([gone * 0.8, gone * 0.1, gone * 0.1], axis=1)


def _fold(**customers: Any) -> Fold:
    matrix = pd.DataFrame({"rate": [0.01, 0.02, 0.05]}, index=pd.Index(["i1", "i2", "i3"], name="invoice_id"))
    features = SimpleNamespace(matrix=lambda: matrix, customers=pd.DataFrame(customers))
    return cast("Fold", SimpleNamespace(key_date=DAY, models={"steady": _Steady()}, features=features))


def test_each_item_is_read_at_its_own_day_and_a_write_off_leaves_it_unpaid() -> None:
    items = pd.DataFrame({"invoice_id": ["i3", "i1"], "late_day": [30, 75]})
    found = forecast_unpaid(_fold(), items)
    for age, later in ((60, 30), (90, 60)):
        days, rates = items["late_day"].to_numpy() + later, np.array([0.05, 0.01])
        np.testing.assert_allclose(found[f"p_unpaid_{age}"], 1 - 0.9 * (1 - np.exp(-rates * days)))


def test_the_customers_own_mean_is_taken_as_the_block_drew_it_to_the_books() -> None:
    customers = pd.DataFrame({"customer_id": ["b", "c"]})
    both = {
        "customer_id": ["a", "b"],
        "payer_days_late_shrunk": [1.0, 2.0],
        "cleared_days_late_mean_12m": 9.0,
    }
    found = mean_delays(_fold(**both), customers)["mean_days_late"]
    np.testing.assert_array_equal(found, [2.0, np.nan])
    found = mean_delays(_fold(customer_id=["a", "b"], cleared_days_late_mean_12m=[9.0, 8.0]), customers)
    assert found["mean_days_late"].iloc[0] == 8.0
    assert mean_delays(_fold(customer_id=["a", "b"]), customers)["mean_days_late"].isna().all()
