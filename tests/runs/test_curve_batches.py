from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.runs import curve_batches


class _Counting:
    """A model that says of each item its own number, and counts how often it is asked."""

    asked = 0

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: np.ndarray) -> np.ndarray:
        self.asked += 1
        return np.tile(X["a"].to_numpy()[:, None, None], (1, 3, len(times)))


def test_batches_keep_the_order_of_the_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve_batches, "BATCH", 2)
    model = _Counting()
    found = curve_batches.curves(model, pd.DataFrame({"a": [0.1, 0.2, 0.3]}), np.array([1, 2]))  # type: ignore[arg-type]
    assert model.asked == 2
    assert found.shape == (3, 3, 2)
    assert found.dtype == np.float32
    assert found[:, 0, 0] == pytest.approx([0.1, 0.2, 0.3])
