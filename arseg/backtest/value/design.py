"""The state of decisions as columns that a regression can use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from arseg.backtest.value.logged import Values
from arseg.schema import DataError


@dataclass(frozen=True)
class Design:
    """How states become columns: an intercept, the scaled state, and flags of what is unknown.

    Parameters
    ----------
    mean, spread
        Of each column of the state, where known.
    flagged
        Columns that were sometimes known and sometimes not; unknown is a state of its own there.
    """

    mean: Values
    spread: Values
    flagged: np.ndarray

    def columns(self, matrix: Values) -> Values:
        """Return the columns, shape ``(n, 1 + state + flags)``; unknown stands at the mean."""
        unknown = np.isnan(matrix)
        scaled = (np.where(unknown, self.mean, matrix) - self.mean) / self.spread
        return np.column_stack([np.ones(len(matrix)), scaled, unknown[:, self.flagged].astype(np.float64)])


def learn_design(matrix: Values) -> Design:
    """Return the design of a state's matrix.

    Examples
    --------
    >>> learn_design(np.array([[1.0], [3.0]])).columns(np.array([[2.0], [3.0]])).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """
    known = ~np.isnan(matrix)
    count = np.maximum(1, known.sum(axis=0))
    filled = np.where(known, matrix, 0.0)
    mean = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, matrix - mean, 0.0) ** 2).sum(axis=0) / count)
    flagged = known.any(axis=0) & ~known.all(axis=0)
    return Design(mean, np.where(spread > 0, spread, 1.0), np.asarray(flagged))


def state_matrix(state: pd.DataFrame, rows: int) -> Values:
    """Return the state as a matrix of one row per decision, NaN where unknown.

    Raises
    ------
    DataError
        If it has another number of rows.
    """
    if len(state) != rows:
        raise DataError(
            "the state does not fit the decisions",
            given=f"{len(state)} rows",
            allowed=f"{rows} rows, one per decision",
            do="give what was known at each decision, in their order",
        )
    return np.asarray(state.to_numpy(dtype=np.float64, na_value=np.nan))
