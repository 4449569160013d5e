"""How restless segments are: churn, moves that are undone, and how long a customer stays (science 5.1)."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.levels import levels_of
from arseg.policies.migration import matrix, migration, mobility, pairs
from arseg.schema import SEGMENTS

UNDONE_WITHIN_DAYS: Final = 60


def churn(found: pd.DataFrame) -> dict[str, float]:
    """Return steps, moves, pairs of reviews, and steps per pair (NaN without one).

    A step is one segment further: High to Low is one move and two steps.

    Parameters
    ----------
    found
        What ``pairs`` returned.

    Examples
    --------
    >>> churn(pd.DataFrame({"before": ["High", "Low"], "after": ["Low", "Low"]}))
    {'steps': 2.0, 'moves': 1.0, 'reviews': 2.0, 'churn': 1.0}
    """
    step = np.abs(levels_of(found["after"]) - levels_of(found["before"]))
    steps, moves, reviews = float(step.sum()), float((step > 0).sum()), float(len(step))
    return {
        "steps": steps,
        "moves": moves,
        "reviews": reviews,
        "churn": steps / reviews if reviews else np.nan,
    }


def reversals(found: pd.DataFrame, *, within_days: int = UNDONE_WITHIN_DAYS) -> dict[str, float]:
    """Return how many moves were undone, of those that could be followed long enough, and the share.

    A move is undone if a later review within the days finds the customer in the segment it left, or
    beyond it. A move counts only if the customer was reviewed on the last of those days or later: a
    recent one may still be undone, a customer who paid all and left cannot be.

    Parameters
    ----------
    found
        What ``pairs`` returned.
    within_days
        Days after the move in which undoing it counts.

    Returns
    -------
    dict
        undone, followed, reversal_rate (NaN where no move could be followed).

    Examples
    --------
    >>> history = pd.DataFrame({"customer_id": "A", "segment": ["Low", "High", "Low", "Low"],
    ...                         "key_date": ["2026-01-01", "2026-01-08", "2026-01-15", "2026-04-01"]})
    >>> reversals(pairs(history))
    {'undone': 1.0, 'followed': 2.0, 'reversal_rate': 0.5}
    """
    rows = pd.DataFrame(
        {
            "who": found["customer_id"],
            "day": found["key_date"],
            "left": levels_of(found["before"]),
            "level": levels_of(found["after"]),
        }
    )
    last = rows.groupby("who")["day"].transform("max")
    moved = (rows["left"] != rows["level"]) & (rows["day"] + pd.Timedelta(days=within_days) <= last)
    moves = rows[moved].reset_index(names="move")
    later = moves.merge(rows[["who", "day", "level"]], on="who", suffixes=("", "_later"))
    days = (later["day_later"] - later["day"]).dt.days
    # Up was undone from below, down from above.
    back = np.sign(later["level"] - later["left"]) * (later["left"] - later["level_later"]) >= 0
    undone = float(later.loc[(days > 0) & (days <= within_days) & back, "move"].nunique())
    followed = float(len(moves))
    return {
        "undone": undone,
        "followed": followed,
        "reversal_rate": undone / followed if followed else np.nan,
    }


def median_dwell(found: pd.DataFrame) -> float:
    """Return the median days from entering a segment to leaving it (Kaplan-Meier).

    A stay that was not seen to end is censored at the customer's last review; one whose beginning was
    not seen is left out. NaN where no more than half of the stays are known to have ended.

    Parameters
    ----------
    found
        What ``pairs`` returned.

    Examples
    --------
    >>> history = pd.DataFrame({"customer_id": "A", "segment": ["Low", "High", "High", "Low"],
    ...                         "key_date": ["2026-01-01", "2026-01-08", "2026-01-15", "2026-01-29"]})
    >>> median_dwell(pairs(history))
    21.0
    """
    last = found.groupby("customer_id")["key_date"].transform("max")
    moved = found[found["before"] != found["after"]]
    left = moved.groupby("customer_id")["key_date"].shift(-1)
    ended = left.notna().to_numpy()
    days = (left.fillna(last) - moved["key_date"]).dt.days.to_numpy()
    times = np.unique(days[ended])
    alive = 1.0
    for time in times:
        alive *= 1 - (ended & (days == time)).sum() / (days >= time).sum()
        if alive <= 0.5 + 1e-12:
            return float(time)
    return float("nan")


def stability(history: pd.DataFrame) -> pd.DataFrame:
    """Return the restlessness of the segments before and after hysteresis, side by side.

    Parameters
    ----------
    history
        Reviews of ``Hysteresis.follow``: segment and raw_segment per customer and key date.

    Returns
    -------
    frame
        Two rows, index ``raw`` and ``stabilised``: High, Medium, Low (share of the customers of the last
        key date; NaN without one), steps, moves, reviews, churn, undone, followed, reversal_rate,
        median_dwell (days), mobility.

    Raises
    ------
    DataError
        If a column is missing or a customer stands twice on a day.
    """
    rows = {}
    for name, segment in (("raw", "raw_segment"), ("stabilised", "segment")):
        found = pairs(history, segment=segment)
        last = history[pd.to_datetime(history["key_date"]) == pd.to_datetime(history["key_date"]).max()]
        sizes = last[segment].value_counts(normalize=True).reindex(SEGMENTS, fill_value=0.0)
        square = matrix(migration(found, draws=0))
        rows[name] = (
            (sizes if len(last) else sizes * np.nan).to_dict()
            | churn(found)
            | reversals(found)
            | {"median_dwell": median_dwell(found), "mobility": mobility(square)}
        )
    return pd.DataFrame.from_dict(rows, orient="index")
