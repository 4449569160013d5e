"""What collecting costs, per thousand collected (science 1.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from arseg.metrics.receivables import Ratio

_PER = 1000.0


def cost_to_collect(cost: ArrayLike, collected: ArrayLike) -> Ratio:
    """Return the cost per 1,000 collected past due, on average.

    Parameters
    ----------
    cost
        Labour, channels, agencies and law, currency.
    collected
        Cash on items that were past due, currency.

    Examples
    --------
    >>> cost_to_collect(250.0, 100_000.0).value.item()
    2.5
    """
    return Ratio.of(np.asarray(cost, dtype=np.float64) * _PER, collected)


def incremental_cost(
    cost: ArrayLike, cost_without: ArrayLike, collected: ArrayLike, collected_without: ArrayLike
) -> Ratio:
    """Return the cost of the next 1,000: more cost / more cash, between two ways of collecting.

    It is the one to decide by: most of what is collected comes in without being asked for.

    Parameters
    ----------
    cost, cost_without
        With and without what is decided on.
    collected, collected_without
        Cash on items that were past due, in both.

    Returns
    -------
    NaN where no more is collected: then it is not worth any cost.

    Examples
    --------
    >>> incremental_cost(250.0, 150.0, 100_000.0, 98_000.0).value.item()
    50.0
    """
    more = np.asarray(cost, dtype=np.float64) - np.asarray(cost_without, dtype=np.float64)
    came = np.asarray(collected, dtype=np.float64) - np.asarray(collected_without, dtype=np.float64)
    return Ratio.of(more * _PER, came)
