"""How the day's work lies on the collectors, and how evenly."""

from __future__ import annotations

import numpy as np
import pandas as pd

from arseg.treatments.allocation_capacity import Capacity
from arseg.treatments.knapsack import Knapsack


def desks(sack: Knapsack, place: np.ndarray, capacity: Capacity, hour_price: np.ndarray) -> pd.DataFrame:
    """Return one row per collector.

    Parameters
    ----------
    sack
        The day's knapsack.
    place
        The collector of each option, -1 where not taken.
    capacity
        The collectors and their hours.
    hour_price
        Worth of one more hour of each collector (currency).

    Returns
    -------
    frame
        collector; minutes and used_minutes; full (their ratio, 0 where there are no minutes); customers;
        own_customers (of those, how many are the collector's own); hour_price.
    """
    taken = np.flatnonzero(place >= 0)
    team = len(sack.room)
    used = np.bincount(place[taken], sack.minutes[taken], team)
    own = taken[sack.owner[taken] == place[taken]]
    return pd.DataFrame(
        {
            "collector": pd.array(list(capacity.names), dtype="str"),
            "minutes": sack.room,
            "used_minutes": used,
            "full": np.divide(used, sack.room, out=np.zeros(team), where=sack.room > 0),
            "customers": np.bincount(place[taken], minlength=team),
            "own_customers": np.bincount(place[own], minlength=team),
            "hour_price": hour_price,
        }
    )


def gini(amounts: np.ndarray) -> float:
    """Return the Gini coefficient of amounts >= 0: 0 where all are equal, near 1 where one has all.

    Examples
    --------
    >>> gini(np.array([3.0, 3.0])), gini(np.array([0.0, 0.0, 0.0, 8.0])), gini(np.array([0.0]))
    (0.0, 0.75, 0.0)
    """
    ordered, n = np.sort(amounts), len(amounts)
    total = float(ordered.sum())
    if total <= 0:
        return 0.0
    rank = np.arange(1, n + 1)
    return float(2 * (rank * ordered).sum() / (n * total) - (n + 1) / n)


def variation(amounts: np.ndarray) -> float:
    """Return the coefficient of variation of amounts >= 0: standard deviation / mean, 0 where all are 0.

    Examples
    --------
    >>> variation(np.array([1.0, 3.0]))
    0.5
    """
    mean = float(np.mean(amounts)) if len(amounts) else 0.0
    return float(np.std(amounts)) / mean if mean > 0 else 0.0
