"""Cash expected by week from the open items, as a band.

Each item pays its balance in full on a day drawn from its own cumulative incidence. Draws are not
independent: one normal shock moves the whole book, one moves all items of a customer, and the rest
is the item's own (a Gaussian copula). Without the shared shocks the band would be far too narrow.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from arseg.schema import UsageError
from arseg.schema.shown import AsWritten

WEEK = 7


@dataclass(frozen=True)
class Shocks(AsWritten):
    """How far the draws of different items move together.

    Parameters
    ----------
    book
        Share of an item's variance that the whole book has in common.
    customer
        Share that the items of one customer have in common.
    draws
        Number of simulated futures.
    seed
        Seed of the simulation.
    """

    book: float = 0.02
    customer: float = 0.4
    draws: int = 1000
    seed: int = 20260131

    def __post_init__(self) -> None:
        if self.book < 0 or self.customer < 0 or self.book + self.customer >= 1:
            raise UsageError(
                "the shares of shared variance do not fit",
                given=f"book={self.book}, customer={self.customer}",
                allowed="both at least 0 and together below 1",
                do="lower one of them",
            )


def expected_cash(
    items: pd.DataFrame,
    paid_by: NDArray[np.float64],
    *,
    key_date: dt.date,
    shocks: Shocks | None = None,
) -> pd.DataFrame:
    """Return the cash that the open items bring in each coming week, with bands.

    Parameters
    ----------
    items
        ``customer_id`` and ``balance`` (reporting currency), one row per open item.
    paid_by
        Probability that the item is paid by the end of week 1, 2, ...: shape ``(items, weeks)``.
    key_date
        The weeks start on the following day.
    shocks
        Dependence between items and size of the simulation.

    Returns
    -------
    frame
        ``week`` (its first day), ``expected``, ``low_50``, ``high_50``, ``low_80``, ``high_80``;
        the expected value is the exact sum, the bands are quantiles of the simulated futures.

    Examples
    --------
    >>> items = pd.DataFrame({"customer_id": ["a"], "balance": [100.0]})
    >>> frame = expected_cash(items, np.array([[0.5, 0.75]]), key_date=dt.date(2026, 10, 31))
    >>> frame["expected"].tolist()
    [50.0, 25.0]
    """
    shocks = shocks or Shocks()
    balance = items["balance"].to_numpy(dtype=np.float64)
    weeks = paid_by.shape[1]
    expected = balance @ np.diff(paid_by, axis=1, prepend=0.0)
    simulated = _simulate(items["customer_id"], balance, paid_by, shocks)
    low_80, low_50, high_50, high_80 = np.quantile(simulated, [0.1, 0.25, 0.75, 0.9], axis=0)
    first = pd.Timestamp(key_date) + pd.Timedelta(days=1)
    return pd.DataFrame(
        {
            "week": [first + pd.Timedelta(days=WEEK * week) for week in range(weeks)],
            "expected": expected,
            "low_50": low_50,
            "high_50": high_50,
            "low_80": low_80,
            "high_80": high_80,
        }
    )


def _simulate(
    customers: pd.Series, balance: NDArray[np.float64], paid_by: NDArray[np.float64], shocks: Shocks
) -> NDArray[np.float64]:
    """Return cash by draw and week, one draw at a time so that memory stays with the book's size."""
    rng = np.random.default_rng(shocks.seed)
    code, names = pd.factorize(customers, sort=True)
    weeks = paid_by.shape[1]
    own = np.sqrt(1 - shocks.book - shocks.customer)
    edges = np.column_stack([paid_by, np.ones(len(balance))])
    cash = np.zeros((shocks.draws, weeks))
    for draw in range(shocks.draws):
        shared = np.sqrt(shocks.book) * rng.standard_normal()
        group = np.sqrt(shocks.customer) * rng.standard_normal(len(names))
        uniform = ndtr(shared + group[code] + own * rng.standard_normal(len(balance)))
        week = (uniform[:, None] > edges).sum(axis=1)
        cash[draw] = np.bincount(week, weights=balance, minlength=weeks + 2)[:weeks]
    return cash
