"""Whose figures are watched: of a large book a few thousand customers, the same on every date.

Ranks over a hundred thousand customers and two years would take minutes, and a mean over five thousand moves by chance
less than the least spread that an alarm asks for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

import pandas as pd

from arseg.backtest.lot import drawn_by_lot
from arseg.features import Features

MOST: Final = 5_000
# One lot for all dates: other customers every month would be a change of every series every month.
_EVERY_DATE: Final = dt.date(2000, 1, 1)


def watched(names: pd.Index, most: int = MOST) -> pd.Index:
    """Return which of a date's customers are watched, each given once.

    Examples
    --------
    >>> watched(pd.Index(["A", "B"])).tolist()
    ['A', 'B']
    """
    return names[drawn_by_lot(names, most, day=_EVERY_DATE, seed=0)]


def watched_customers(features: Features, most: int = MOST) -> Features:
    """Return the features of the customers that are watched, and of no item.

    Parameters
    ----------
    features
        Of one date.
    most
        Customers at the most, drawn by lot.
    """
    drawn = features.of_customers(watched(pd.Index(features.customers["customer_id"]), most))
    return replace(drawn, items=features.items[:0])
