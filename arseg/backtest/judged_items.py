"""What was said of each item on a key date beside what came, at several ages, and the segments it stood in.

An item is *unpaid at +a* if it was neither paid nor credited a days after its due day, or after the key date where it
was due before: nobody can be judged by days that were over. Only items followed that long are judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from arseg.backtest.intervals import Values
from arseg.schema import CREDITED, PAID, SEGMENTS, DataError, require_columns

AGES: Final = (30, 60, 90)
# Places of the segments, riskiest last; -1 for none.
RISING: Final = tuple(reversed(SEGMENTS))
# What a customer can be ranked by without a policy: column of the customer scores, and how it is called.
RANKED_BY: Final[Mapping[str, str]] = {
    "p_unpaid_30": "score",
    "oldest_days_past_due": "oldest days past due",
    "mean_days_late": "mean days late",
}

Places = NDArray[np.int64]


@dataclass(frozen=True)
class JudgedItems:
    """Items of all key dates, with customers and key dates as numbers.

    Parameters
    ----------
    items
        ``invoice_id, customer_id, key_date, balance, days_past_due, event, duration, followed_days``; by age
        ``said_30, came_30`` ...: the probability of being unpaid and whether it was, missing where it is not known yet;
        ``lost``: whether it was unpaid at the fixed age; ``risk_*``: what its customer can be ranked by.
    customer, date
        Place of each item's customer and key date.
    customers, dates
        Their names, sorted.
    loss_age
        The fixed age, days after due.
    """

    items: pd.DataFrame
    customer: Places
    date: Places
    customers: pd.Index
    dates: pd.DatetimeIndex
    loss_age: int

    def segments(self, rows: pd.DataFrame, policy: str) -> Places:
        """Return the place of each item's segment in ``RISING``; -1 where the policy gave none.

        Parameters
        ----------
        rows
            ``policy, key_date, customer_id, segment``, as from ``replay``.
        policy
            Its name there.
        """
        own = rows[rows["policy"] == policy]
        given = np.full((len(self.dates), len(self.customers)), -1, dtype=np.int64)
        at = self.dates.get_indexer(own["key_date"]), self.customers.get_indexer(own["customer_id"])
        known = (at[0] >= 0) & (at[1] >= 0)
        given[at[0][known], at[1][known]] = pd.Index(RISING).get_indexer(own["segment"])[known]
        return given[self.date, self.customer]

    def sparse_cells(self, weight: Values, level: Places, levels: int) -> csr_array:
        """Return sums by customer and, in columns, key date and level; items without a level or a weight are left out.

        A customer stands in one level per key date, so of many levels nearly all is zero.
        """
        inside = (level >= 0) & ~np.isnan(weight)
        place = self.customer[inside], self.date[inside] * levels + level[inside]
        shape = (len(self.customers), len(self.dates) * levels)
        return coo_array((weight[inside].astype(np.float64), place), shape=shape).tocsr()

    def cells(self, weight: Values, level: Places, levels: int) -> Values:
        """Return the same, shape (customers, dates, levels)."""
        found = self.sparse_cells(weight, level, levels).toarray()
        return np.asarray(found.reshape(len(self.customers), len(self.dates), levels))


def judge_items(
    items: pd.DataFrame, outcomes: pd.DataFrame, customers: pd.DataFrame, *, loss_age: int = 90
) -> JudgedItems:
    """Return what was said of the items of a backtest beside what came.

    Parameters
    ----------
    items, outcomes, customers
        Of a ``BacktestResult``: scores with ``key_date``, and what came of the items.
    loss_age
        Days after due at which an item that is neither paid nor credited counts as lost, whenever it is written off.

    Raises
    ------
    DataError
        If a column is missing or no item was followed.
    """
    names = ("invoice_id", "customer_id", "key_date", "balance", "days_past_due", "late_day", "p_unpaid_30")
    require_columns(items.columns, names, frame="items")
    came = outcomes[["invoice_id", "key_date", "event", "duration", "followed_days"]]
    told = items[[*names, *(name for name in ("p_unpaid_60", "p_unpaid_90") if name in items)]]
    both = told.assign(key_date=pd.to_datetime(told["key_date"])).merge(
        came.assign(key_date=pd.to_datetime(came["key_date"])), on=["invoice_id", "key_date"]
    )
    if both.empty:
        raise DataError(
            "no item was followed", given="no rows", allowed="items and their outcomes", do="backtest first"
        )
    risk = customers.assign(key_date=pd.to_datetime(customers["key_date"]))
    known = [name for name in RANKED_BY if name in risk]
    both = both.merge(
        risk[["customer_id", "key_date", *known]].rename(columns={name: f"risk_{name}" for name in known}),
        on=["customer_id", "key_date"],
        how="left",
    )
    for age in AGES:
        both[f"said_{age}"] = both.get(f"p_unpaid_{age}", np.nan)
        both[f"came_{age}"] = _unpaid(both, both["late_day"] + (age - AGES[0]))
    both["lost"] = _unpaid(both, loss_age - both["days_past_due"]).where(both["days_past_due"] < loss_age)
    customer, names_ = pd.factorize(both["customer_id"], sort=True)
    date, dates = pd.factorize(both["key_date"], sort=True)
    return JudgedItems(both, customer, date, pd.Index(names_), pd.DatetimeIndex(dates), loss_age)


def _unpaid(both: pd.DataFrame, day: pd.Series) -> pd.Series:
    """Return 1 where an item was neither paid nor credited by a day after its key date, NaN where it is not known."""
    cleared = both["event"].isin([PAID, CREDITED]) & (both["duration"] <= day)
    return (~cleared).astype(np.float64).where(both["followed_days"] >= day)
