"""Groups of rows that were predicted alike; no measure itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def quantile_groups(p: npt.NDArray[np.float64], groups: int) -> npt.NDArray[np.int64]:
    """Return each row's place among the groups of ``calibration_table``, 0 for the lowest predictions.

    Examples
    --------
    >>> quantile_groups(np.array([0.8, 0.1, 0.1, 0.1]), 4).tolist()
    [1, 0, 0, 0]
    """
    cuts = np.quantile(p, np.arange(1, groups) / groups) if len(p) else np.empty(0)
    places = np.unique(np.searchsorted(cuts, p, side="right"), return_inverse=True)[1]
    return np.asarray(places, dtype=np.int64)
