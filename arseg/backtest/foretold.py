"""How good the probability was that everything downstream reads: unpaid 30 days after the due date.

Its horizon is the item's ``late_day``: 30 days for an item that is due already, more for one that is not. Every
measure is weighted by balance, a ratio of sums over customers, with an interval from draws of whole customers.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from arseg.backtest.intervals import Values, draw_customers, ratio_interval
from arseg.metrics.receivables import ratio
from arseg.schema import CREDITED, PAID, DataError, require_columns

MEASURED: Final = ("log_loss", "brier", "expected", "observed", "gap")
_TINY: Final = 1e-6
# Days ahead at which a class of horizons ends.
_EDGES: Final = (30, 45, 60, 90, 365)


def foretold(items: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return what was said of each item beside what came, for the items that were followed long enough.

    Parameters
    ----------
    items
        Item scores with ``key_date``.
    outcomes
        Their outcomes, as ``schema.OUTCOMES``.

    Returns
    -------
    ``invoice_id, customer_id, key_date, balance, late_day, said, came``: the probability that the item is neither paid
    nor credited by its late day, and whether it was not.

    Examples
    --------
    >>> items = pd.DataFrame({"invoice_id": ["i", "j"], "customer_id": "c", "key_date": pd.Timestamp("2025-01-31"),
    ...                       "balance": 9.0, "late_day": [30, 90], "p_unpaid_30": [0.2, 0.3]})
    >>> outcomes = pd.DataFrame({"invoice_id": ["i", "j"], "key_date": pd.Timestamp("2025-01-31"), "event": [0, 1],
    ...                          "duration": [60, 9], "followed_days": 60})
    >>> foretold(items, outcomes)[["invoice_id", "said", "came"]].to_dict("list")
    {'invoice_id': ['i'], 'said': [0.2], 'came': [1.0]}
    """
    require_columns(
        items.columns, ("invoice_id", "customer_id", "key_date", "late_day", "p_unpaid_30"), frame="items"
    )
    came = outcomes[["invoice_id", "key_date", "event", "duration", "followed_days"]]
    both = items.merge(came, on=["invoice_id", "key_date"])
    both = both[both["followed_days"] >= both["late_day"]]
    left = both["event"].isin([PAID, CREDITED]) & (both["duration"] <= both["late_day"])
    both = both.assign(said=both["p_unpaid_30"], came=(~left).astype("float64"))
    names = ["invoice_id", "customer_id", "key_date", "balance", "late_day", "said", "came"]
    return both[names].reset_index(drop=True)


def horizon_class(late_day: pd.Series) -> pd.Series:
    """Return the class of horizons of each item, in words.

    Examples
    --------
    >>> horizon_class(pd.Series([30, 31, 61])).tolist()
    ['30 days', '31 to 45 days', '61 to 90 days']
    """
    words = [f"{_EDGES[0]} days"]
    words += [f"{low + 1} to {high} days" for low, high in pairwise(_EDGES)]
    place = np.searchsorted(_EDGES, late_day.to_numpy(), side="left")
    return pd.Series(np.array(words, dtype=object)[place], index=late_day.index)


def measure_foretold(
    rows: pd.DataFrame, groups: pd.Series | None = None, *, draws: int = 500, seed: int = 0
) -> pd.DataFrame:
    """Return how good the probabilities were, for all rows or by group.

    Parameters
    ----------
    rows
        From ``foretold``.
    groups
        Name of the group of each row, index as rows; rows without one are left out.
    draws, seed
        Of customers.

    Returns
    -------
    ``group, measure, value, low, high, items, customers``: log-loss, Brier score, expected and observed share unpaid,
    and their gap (observed less expected), weighted by balance. An interval of fewer than ten customers is not known.

    Raises
    ------
    DataError
        If there is no row.
    """
    if rows.empty:
        raise DataError(
            "no item was followed until 30 days past its due date",
            given="no rows",
            allowed="one or more",
            do="judge on earlier key dates, or follow them for longer",
        )
    label = pd.Series("all", index=rows.index) if groups is None else groups
    code, names = pd.factorize(rows["customer_id"])
    chosen = draw_customers(len(names), draws=draws, seed=seed)
    weight = rows["balance"].to_numpy(dtype=np.float64)
    terms = _terms(rows) * weight[:, None]
    parts = []
    for group in sorted(label.dropna().unique()):
        inside = (label == group).to_numpy()
        own = code[inside]
        top = np.column_stack([_sums(own, column, len(names)) for column in terms[inside].T])
        under = np.repeat(_sums(own, weight[inside], len(names))[:, None], top.shape[1], axis=1)
        low, high = ratio_interval(top, under, chosen)
        value = ratio(top.sum(axis=0), under.sum(axis=0))
        found = pd.DataFrame({"group": group, "measure": MEASURED, "value": value, "low": low, "high": high})
        parts.append(found.assign(items=int(inside.sum()), customers=len(np.unique(own))))
    return pd.concat(parts, ignore_index=True)


def _sums(code: NDArray[np.int64], values: Values, customers: int) -> Values:
    return np.bincount(code, values, customers).astype(np.float64)


def _terms(rows: pd.DataFrame) -> Values:
    """Return each row's part of every measure, in the order of ``MEASURED``."""
    said, came = rows["said"].to_numpy(dtype=np.float64), rows["came"].to_numpy(dtype=np.float64)
    inside = np.clip(said, _TINY, 1 - _TINY)
    loss = -(came * np.log(inside) + (1 - came) * np.log1p(-inside))
    return np.column_stack([loss, (said - came) ** 2, said, came, came - said])
