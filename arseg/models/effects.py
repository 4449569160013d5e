"""What a fitted model makes of its columns: what if one were different, which count, and in which way.

These describe the model, not the world: a customer whose limit is raised does not pay later because customers with
higher limits do. What a contact would do is asked of ``DiscreteHazard`` with a path of contacts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.models.protocol import Numbers, TimeToPayment, check_times
from arseg.schema import CAUSES, PAID, DataError, require_columns

_MOST_ROWS: Final = 2000
_FROM, _TO = 0.02, 0.98


def what_if(
    model: TimeToPayment, X: pd.DataFrame, changes: Mapping[str, float], *, horizon: int = 30
) -> pd.DataFrame:
    """Return what the model says of items as they are, and with some of their parameters changed.

    Parameters
    ----------
    model
        Fitted.
    X
        Items, as for a prediction.
    changes
        New value by column; NaN for "not known".
    horizon
        Days after the key date.

    Returns
    -------
    Index as X: ``unpaid`` and ``unpaid_changed``, the probabilities not to be paid by the horizon, and
    ``difference``, the second less the first.

    Raises
    ------
    DataError
        If a column does not exist, or the horizon is beyond a year.

    Examples
    --------
    >>> from arseg.models import KaplanMeierByTerms
    >>> X = pd.DataFrame({"days_past_due": [-20, 40], "terms_days": 30, "key_day": 20000})
    >>> model = KaplanMeierByTerms().fit(X, pd.DataFrame({"event": [1, 0], "duration": [20, 90]}))
    >>> bool(what_if(model, X[:1], {"days_past_due": 40})["difference"].iloc[0] > 0)
    True
    """
    require_columns(X.columns, changes, frame="X")
    days = check_times([horizon])
    changed = X.assign(**{name: float(value) for name, value in changes.items()})
    before, after = (_unpaid(model, frame, int(days[0])) for frame in (X, changed))
    return pd.DataFrame(
        {"unpaid": before, "unpaid_changed": after, "difference": after - before}, index=X.index
    )


def importance(
    model: TimeToPayment,
    X: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    horizon: int = 30,
    repeats: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how far the predictions move when a column is dealt anew among the items.

    Needs no outcomes, so it can be asked on any day; a column that another says as well counts for little.

    Parameters
    ----------
    model
        Fitted.
    X
        Items; of more than 2,000 as many are drawn.
    columns
        Those to deal; all by default.
    horizon
        Days after the key date.
    repeats
        Deals per column.
    seed
        Of the deals.

    Returns
    -------
    ``column, moved``: mean absolute change of the probability to be unpaid, largest first.

    Raises
    ------
    DataError
        If a column does not exist.
    """
    names = list(X.columns if columns is None else columns)
    require_columns(X.columns, names, frame="X")
    random = np.random.default_rng(seed)
    some = _some(X, random)
    before = _unpaid(model, some, horizon)
    moved = {}
    for name in names:
        deals = []
        for _ in range(repeats):
            dealt = some.assign(**{name: some[name].to_numpy()[random.permutation(len(some))]})
            deals.append(np.abs(_unpaid(model, dealt, horizon) - before).mean())
        moved[name] = float(np.mean(deals))
    found = pd.DataFrame({"column": list(moved), "moved": list(moved.values())})
    return found.sort_values(["moved", "column"], ascending=[False, True], ignore_index=True)


def effect(
    model: TimeToPayment,
    X: pd.DataFrame,
    column: str,
    *,
    horizon: int = 30,
    points: int = 12,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the predictions as one column runs through its range, all else as it is (partial dependence).

    Parameters
    ----------
    model
        Fitted.
    X
        Items; of more than 2,000 as many are drawn.
    column
        The column.
    horizon
        Days after the key date.
    points
        Values at most: quantiles of the column from 2 % to 98 %, so that none lies where no item is.
    seed
        Of the draw.

    Returns
    -------
    ``value, unpaid, low, high, items``: mean and the 10 % and 90 % quantiles, over items, of the probability to be
    unpaid by the horizon (Friedman 2001; Goldstein et al. 2015 for the spread), and how many items have a value
    nearest to this one.

    Raises
    ------
    DataError
        If there is no such column, or it is empty.
    """
    require_columns(X.columns, [column], frame="X")
    some = _some(X, np.random.default_rng(seed))
    known = some[column].dropna().to_numpy(dtype=np.float64)
    if not len(known):
        raise DataError(
            f"column {column} has no values",
            given="NaN throughout",
            allowed="some values",
            do="ask of another",
        )
    values = np.unique(np.quantile(known, np.linspace(_FROM, _TO, points), method="nearest"))
    nearest = np.abs(known[:, None] - values).argmin(axis=1)
    rows = []
    for place, value in enumerate(values):
        unpaid = _unpaid(model, some.assign(**{column: value}), horizon)
        low, high = np.quantile(unpaid, [0.1, 0.9])
        rows.append(
            (float(value), float(unpaid.mean()), float(low), float(high), int((nearest == place).sum()))
        )
    return pd.DataFrame(rows, columns=["value", "unpaid", "low", "high", "items"])


def _some(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    if len(X) <= _MOST_ROWS:
        return X
    return X.iloc[np.sort(random.choice(len(X), _MOST_ROWS, replace=False))]


def _unpaid(model: TimeToPayment, X: pd.DataFrame, horizon: int) -> Numbers:
    found: Numbers = 1 - model.predict_cumulative_incidence(X, [horizon])[:, CAUSES.index(PAID), 0]
    return found
