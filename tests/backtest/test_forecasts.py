from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from arseg.backtest.forecasts import forecast_unpaid, mean_delays
from arseg.backtest.walk_forward import Fold
from arseg.features import Features
from arseg.models.asked_once import AskedBook

DAY = dt.date(2025, 1, 31)


class _Steady:
    """Pays at one rate and credits at a tenth of it, so that every figure can be written down."""

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Any) -> np.ndarray:
        gone = 1 - np.exp(-X["rate"].to_numpy()[:, None] * np.asarray(times)[None, :])
        return np.stack([gone * 0.8, gone * 0.1, gone * 0.1], axis=1)


def _fold(names: list[str]) -> Fold:
    rates = {"i1": 0.01, "i2": 0.02, "i3": 0.05}
    matrix = pd.DataFrame({"rate": [rates[name] for name in names]}, index=pd.Index(names, name="invoice_id"))
    return cast("Fold", SimpleNamespace(key_date=DAY, said=AskedBook(cast("Any", _Steady()), matrix)))


def _features(**customers: Any) -> Features:
    return cast("Features", SimpleNamespace(customers=pd.DataFrame(customers)))


def test_each_item_is_read_at_its_own_day_and_a_write_off_leaves_it_unpaid() -> None:
    items = pd.DataFrame({"invoice_id": ["i3", "i1"], "late_day": [30, 75]})
    found = forecast_unpaid(_fold(["i1", "i3"]), items)
    for age, later in ((60, 30), (90, 60)):
        days, rates = items["late_day"].to_numpy() + later, np.array([0.05, 0.01])
        np.testing.assert_allclose(found[f"p_unpaid_{age}"], 1 - 0.9 * (1 - np.exp(-rates * days)))


def test_an_item_that_falls_due_in_a_year_is_read_at_the_last_day_that_a_model_knows() -> None:
    items = pd.DataFrame({"invoice_id": ["i2"], "late_day": [330]})
    found = forecast_unpaid(_fold(["i2"]), items).iloc[0]
    wanted = [1 - 0.9 * (1 - np.exp(-0.02 * day)) for day in (360, 365)]
    np.testing.assert_allclose(found[["p_unpaid_60", "p_unpaid_90"]].astype("float64"), wanted)


def test_the_customers_own_mean_is_taken_as_the_block_drew_it_to_the_books() -> None:
    customers = pd.DataFrame({"customer_id": ["b", "c"]})
    both = {
        "customer_id": ["a", "b"],
        "payer_days_late_shrunk": [1.0, 2.0],
        "cleared_days_late_mean_12m": 9.0,
    }
    found = mean_delays(_features(**both), customers)["mean_days_late"]
    np.testing.assert_array_equal(found, [2.0, np.nan])
    found = mean_delays(_features(customer_id=["a", "b"], cleared_days_late_mean_12m=[9.0, 8.0]), customers)
    assert found["mean_days_late"].iloc[0] == 8.0
    assert mean_delays(_features(customer_id=["a", "b"]), customers)["mean_days_late"].isna().all()
