"""Curves of many items, batch by batch and in single precision: a large book's in double would not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from arseg.schema import CAUSES

if TYPE_CHECKING:
    import pandas as pd

    from arseg.models import TimeToPayment

BATCH: Final = 20_000


def curves(model: TimeToPayment, matrix: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    """Return the incidence by cause in single precision, batch by batch: shape (items, causes, times)."""
    found = np.empty((len(matrix), len(CAUSES), len(times)), dtype=np.float32)
    for at in range(0, len(matrix), BATCH):
        rows = matrix.iloc[at : at + BATCH]
        found[at : at + BATCH] = model.predict_cumulative_incidence(rows, times)
    return found
