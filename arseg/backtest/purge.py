"""Training rows whose label window reaches into what is to be judged are left out (science 4.1).

A row of landmark m with duration d was labelled by what happened on ``(m, m + d]``. A key date k is judged on
``(k, k + H]``, and of the last days before it the book does not know enough: a row is kept iff it ends by
``k - embargo``. Labels are by day, so nothing else is lost.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from arseg.schema import require_columns


@dataclass(frozen=True)
class Purged:
    """What was kept of one landmark.

    Parameters
    ----------
    rows
        The rows kept.
    dropped
        How many were not.
    """

    rows: pd.DataFrame
    dropped: int


def purge(rows: pd.DataFrame, landmark: dt.date, *, until: dt.date) -> Purged:
    """Keep the rows whose label window ends by a day.

    Parameters
    ----------
    rows
        With ``duration``, days after the landmark up to which the row's outcome was followed, >= 1.
    landmark
        The day on which the rows' features were frozen.
    until
        The key date less the embargo.

    Raises
    ------
    DataError
        If there is no duration.

    Examples
    --------
    >>> rows = pd.DataFrame({"duration": [1, 20, 21]})
    >>> kept = purge(rows, dt.date(2025, 1, 31), until=dt.date(2025, 2, 20))
    >>> kept.rows["duration"].tolist(), kept.dropped
    ([1, 20], 1)
    """
    require_columns(rows.columns, ("duration",), frame="training rows")
    inside = rows["duration"] <= (until - landmark).days
    return Purged(rows[inside], int((~inside).sum()))
