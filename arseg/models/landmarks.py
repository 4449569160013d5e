"""Reading landmark rows: the features, target and weights that a model learns from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.protocol import Integers, Numbers, check_target
from arseg.schema import DataError, require_columns

# Columns of X that place a row on its clocks; they may not be empty.
CLOCK_COLUMNS: Final = ("days_past_due", "key_day")
REQUIRED_COLUMNS: Final = ("days_past_due", "terms_days", "key_day")


def check_weight(sample_weight: npt.ArrayLike | None, rows: int) -> Numbers:
    """Return the weight of each row, ones where none is given.

    Raises
    ------
    DataError
        If a weight is negative or not finite, or their number is not that of the rows.

    Examples
    --------
    >>> check_weight(None, 2)
    array([1., 1.])
    """
    weight = np.ones(rows) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (rows,) or not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise DataError(
            "sample_weight does not fit the rows",
            given=f"{weight.shape} values from {weight.min(initial=np.inf)} to {weight.max(initial=-np.inf)}",
            allowed=f"{rows} finite values >= 0, not all 0",
            do="pass one weight per row",
        )
    return weight


def read_features(X: pd.DataFrame, names: Iterable[str]) -> Numbers:
    """Return the named columns of X as numbers, shape (rows, names).

    Raises
    ------
    DataError
        If columns are missing, are not numbers, are infinite, or an item has no place in time.

    Examples
    --------
    >>> read_features(pd.DataFrame({"key_day": [20000], "other": ["x"]}), ["key_day"])
    array([[20000.]])
    """
    names = list(names)
    require_columns(X.columns, names, frame="X")
    _refuse([n for n in names if X[n].dtype.kind not in "biuf"], "not numbers", "encode them as numbers")
    values = X[names].to_numpy(dtype=np.float64, na_value=np.nan)
    _refuse(
        [n for n, bad in zip(names, np.isinf(values).any(axis=0), strict=True) if bad], "infinite", "use NaN"
    )
    empty = dict(zip(names, np.isnan(values).any(axis=0), strict=True))
    _refuse(
        [n for n in CLOCK_COLUMNS if empty.get(n)], "partly empty", "fill them: they place the item in time"
    )
    return values


def _refuse(columns: list[str], state: str, remedy: str) -> None:
    if columns:
        raise DataError(
            f"columns of X are {state}", given=columns, allowed="finite numbers or NaN", do=remedy
        )


def feature_names(X: pd.DataFrame) -> list[str]:
    """Return the names of the columns of X after the checks of a fit.

    Raises
    ------
    DataError
        If a required column is missing or a name stands twice.
    """
    require_columns(X.columns, REQUIRED_COLUMNS, frame="X")
    names = [str(name) for name in X.columns]
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError("columns of X stand twice", given=twice, allowed="unique names", do="drop one")
    return names


def check_fit(
    X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None
) -> tuple[Integers, Integers, Numbers]:
    """Return event, duration and weight after every check that needs both sides.

    Raises
    ------
    DataError
        As ``check_target`` and ``check_weight``, or if X and y differ in length.
    """
    event, duration = check_target(y)
    if len(X) != len(y):
        raise DataError(
            "X and y differ in length", given=f"{len(X)} and {len(y)} rows", allowed="equal", do="align them"
        )
    return event, duration, check_weight(sample_weight, len(X))
