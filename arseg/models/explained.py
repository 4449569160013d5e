"""What each column adds to the log-odds of payment, averaged over every third interval of an item."""

from __future__ import annotations

from typing import Final

import numpy as np

from arseg.models.cause import CauseHazard
from arseg.models.person_period import Layout, batches
from arseg.models.protocol import Numbers
from arseg.side_by_side import side_by_side

# Intervals of which one is asked: next to the due date they are days, and a column says of one what it says of the next.
_EVERY: Final = 3


def explained(layout: Layout, hazard: CauseHazard, values: Numbers, day: int, *, jobs: int = 1) -> Numbers:
    """Return the mean contribution of each column of a person-period row, item by item; batches are worked on side by side.

    Parameters
    ----------
    layout
        Of the rows.
    hazard
        Of payment.
    values
        Features, shape (items, features).
    day
        Day after the key date up to whose interval the contributions are averaged, over the first, the fourth and so on.
    jobs
        Threads, where nothing is worked on beside it.

    Returns
    -------
    Shape (items, columns of the layout).
    """
    found = np.zeros((len(values), len(layout.names)))

    def explain(batch: slice) -> None:
        age, _ = layout.clocks(values[batch])
        whole = layout.cut(age, np.full(len(age), day))
        periods = whole.take(whole.position % _EVERY == 0)
        parts = hazard.contributions(layout.matrix(values[batch], periods), jobs=jobs)
        summed = np.add.reduceat(parts, np.flatnonzero(periods.position == 0), axis=0)
        found[batch] = summed / np.bincount(periods.item, minlength=periods.items)[:, None]

    for _ in side_by_side(explain, batches(len(values))):
        pass
    return found
