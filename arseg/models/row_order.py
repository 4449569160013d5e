"""An order of rows, and chances of rows, that do not depend on the order in which they came."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arseg.models.protocol import Numbers


def row_keys(values: Numbers) -> npt.NDArray[np.uint64]:
    """Return a number per row that depends on nothing but its values, shape (rows,).

    Examples
    --------
    >>> keys = row_keys(np.array([[1.0, np.nan], [2.0, 0.0], [1.0, np.nan]]))
    >>> bool(keys[0] == keys[2]), bool(keys[0] == keys[1])
    (True, False)
    """
    keys = np.zeros(len(values), dtype=np.uint64)
    for column in values.T:
        # One NaN and one zero: their bits differ by origin.
        plain = np.where(np.isnan(column), np.nan, column + 0.0)
        keys = _mix(keys ^ plain.view(np.uint64))
    return keys


def scatter(keys: npt.NDArray[np.uint64], seed: int) -> Numbers:
    """Return a number in [0, 1) per key, as if drawn, but the same for equal keys.

    Examples
    --------
    >>> scatter(np.array([7, 7], dtype=np.uint64), seed=0).tolist()
    [0.3935452525211064, 0.3935452525211064]
    """
    start = _mix(np.array([seed], dtype=np.uint64))
    return (_mix(keys ^ start) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _mix(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread 64-bit keys evenly (SplitMix64)."""
    mixed = keys + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
