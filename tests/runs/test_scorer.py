from __future__ import annotations

import numpy as np
import pandas as pd

from arseg.runs.scorer import DAYS, MODEL_CODE, incidences


class _Known:
    """A model whose answer is its own place in the array."""

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: tuple[int, ...]) -> np.ndarray:
        rows, causes, days = np.ix_(range(len(X)), range(3), times)
        return rows * 10_000.0 + causes * 1000.0 + days


def test_each_cause_and_day_has_its_column_and_each_item_its_row() -> None:
    features = pd.DataFrame({"days_past_due": [3, 9]}, index=pd.Index(["i1", "i2"], name="invoice_id"))
    found = incidences(_Known(), features)  # type: ignore[arg-type]
    assert found.shape == (2, 3 * len(DAYS))
    assert found.loc["i1", "paid_30"] == 30
    assert found.loc["i2", "credited_7"] == 11_007
    assert found.loc["i2", "written_off_365"] == 12_365


def test_the_code_that_mlflow_keeps_only_calls_this_module() -> None:
    assert "from arseg.runs.scorer import as_pyfunc" in MODEL_CODE
    assert len(MODEL_CODE.splitlines()) == 4
    compile(MODEL_CODE, "model.py", "exec")
