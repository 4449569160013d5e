"""Lots between adjacent segments, and between champion and challenger, with the chance that each had (science 7.8).

A twentieth of the customers, drawn by lot, is treated as the segment above or below. It costs little, because
neighbours differ little, and it is what makes every later backtest honest: what was drawn has a known chance.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.trials.lots import lots
from arseg.schema import SEGMENTS, DataError, UsageError, parse_day, require_columns

SHARE: Final = 0.05


def draw_holdout(
    segmentation: pd.DataFrame,
    *,
    key_date: str | dt.date,
    seed: int,
    share: float = SHARE,
    groups: pd.Series | None = None,
) -> pd.DataFrame:
    """Move a share of the customers to an adjacent segment by lot, and say how likely each segment was.

    A customer in the middle goes up or down with half the share each; one at either end has one way to go, with the
    whole of it. Those of one group move together, in the same direction where they can.

    Parameters
    ----------
    segmentation
        ``customer_id`` and ``segment``, each customer once.
    key_date
        Another day draws other lots.
    seed
        The same seed draws the same lots.
    share
        Chance of being moved, from 0 to 0.5.
    groups
        Group of each customer by ``customer_id``, such as its parent: a group that hears two tones at once tells
        nobody anything. Each customer alone where None or empty.

    Returns
    -------
    frame
        ``customer_id, segment, drawn_segment, propensity`` and ``p_<segment>`` of every segment, in the order of the
        segmentation; ``propensity`` is that of the drawn one. For ``assignments``.

    Raises
    ------
    UsageError
        If the share is not from 0 to 0.5.
    DataError
        If a customer stands twice or has an unknown segment.

    Examples
    --------
    >>> two = pd.DataFrame({"customer_id": ["A", "B"], "segment": ["High", "Low"]})
    >>> draw_holdout(two, key_date="2026-10-31", seed=1, share=0.0)["drawn_segment"].tolist()
    ['High', 'Low']
    """
    day = parse_day(key_date)
    if not 0 <= share <= 0.5:
        raise UsageError(
            "the share of the holdout is out of range", given=share, allowed="0 to 0.5", do="give 0.05"
        )
    place = _places(segmentation)
    chances = _chances(place, share)
    name = _groups(segmentation["customer_id"], groups)
    luck = lots(name, seed=seed, purpose=f"holdout {day}")
    # The segments in a fixed order, the own one first, so that one lot of a group means one direction.
    drawn = _drawn(place, luck, share)
    frame = segmentation[["customer_id", "segment"]].copy()
    frame["drawn_segment"] = pd.Series([SEGMENTS[at] for at in drawn], index=frame.index, dtype="str")
    frame["propensity"] = chances[np.arange(len(drawn)), drawn]
    for at, segment in enumerate(SEGMENTS):
        frame[f"p_{segment}"] = chances[:, at]
    return frame


def draw_challenger(
    customers: pd.Series, *, experiment: str, seed: int, share: float, groups: pd.Series | None = None
) -> pd.DataFrame:
    """Return who is under the challenger, by lot of whole groups and for good: ``customer_id, group, arm, propensity``.

    Parameters
    ----------
    customers
        Ids.
    experiment
        Its name; another one draws other lots.
    seed, groups
        As in ``draw_holdout``.
    share
        Of the groups, above 0 and below 1.

    Raises
    ------
    UsageError
        If the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise UsageError(
            "the challenger's share is out of range", given=share, allowed="between 0 and 1", do="give 0.2"
        )
    name = _groups(customers, groups)
    challenger = lots(name, seed=seed, purpose=f"challenger {experiment}") < share
    return pd.DataFrame(
        {
            "customer_id": customers.to_numpy(),
            "group": name,
            "arm": np.where(challenger, "challenger", "champion"),
            "propensity": np.where(challenger, share, 1 - share),
        }
    )


def _places(segmentation: pd.DataFrame) -> np.ndarray:
    require_columns(segmentation.columns, ("customer_id", "segment"), frame="segmentation")
    ids, place = segmentation["customer_id"], pd.Index(SEGMENTS).get_indexer(segmentation["segment"])
    if ids.duplicated().any() or (place < 0).any():
        odd = (
            segmentation[ids.duplicated() | (place < 0)]
            .head(3)[["customer_id", "segment"]]
            .to_numpy()
            .tolist()
        )
        raise DataError(
            "the segmentation cannot be drawn from",
            given=odd,
            allowed=f"each customer once, in {', '.join(SEGMENTS)}",
            do="segment with a policy of arseg.policies",
        )
    return np.asarray(place)


def _chances(place: np.ndarray, share: float) -> np.ndarray:
    last = len(SEGMENTS) - 1
    chances = np.zeros((len(place), last + 1))
    row = np.arange(len(place))
    chances[row, place] = 1 - share
    up, down = np.maximum(place - 1, 0), np.minimum(place + 1, last)
    ways = (place > 0).astype(int) + (place < last).astype(int)
    each = share / ways
    chances[row[place > 0], up[place > 0]] += each[place > 0]
    chances[row[place < last], down[place < last]] += each[place < last]
    return chances


def _drawn(place: np.ndarray, luck: np.ndarray, share: float) -> np.ndarray:
    last = len(SEGMENTS) - 1
    moved = luck >= 1 - share
    upward = luck >= 1 - share / 2
    step = np.where(upward, -1, 1)
    # At either end there is one way to go, whichever half the lot fell in.
    step = np.where(place == 0, 1, np.where(place == last, -1, step))
    return np.asarray(np.where(moved, place + step, place))


def _groups(customers: pd.Series, groups: pd.Series | None) -> np.ndarray:
    if groups is None:
        return customers.astype(str).to_numpy()
    named = customers.map(groups)
    return named.where(named.notna() & (named != ""), customers).astype(str).to_numpy()
