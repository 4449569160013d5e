"""What the key date knew of the items of earlier month-ends, and whose they are.

A model learns from the figures and outcomes alone; how much they say depends on how many customers stand behind them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import pandas as pd

from arseg.backtest import Walk
from arseg.backtest.walk_forward import Landmark
from arseg.side_by_side import side_by_side

_TARGET: Final = ["event", "duration"]
_IDENTITY: Final = ["customer_id", "key_date", "followed_days"]
# Whose a row is must never be taken for a feature of the same name.
_APART: Final = {name: f"__{name}" for name in _IDENTITY}


@dataclass(frozen=True)
class Known:
    """What the key date knew of the items of earlier month-ends.

    Parameters
    ----------
    X, y
        As ``Walk.training`` gives them; empty where nothing was known.
    rows
        ``customer_id``, ``key_date``, ``followed_days`` of the same rows.
    of
        How many rows there were to draw from; as many as there are here unless ``training.most_rows`` is fewer.
    """

    X: pd.DataFrame
    y: pd.DataFrame
    rows: pd.DataFrame
    of: int = 0


def known_rows(walk: Walk, key_date: dt.date) -> Known:
    """Return the rows that a model for the key date learns from, with whose they are; none is no error.

    Parameters
    ----------
    walk
        The walk; its landmarks are built where they are missing.
    key_date
        The day stood on.
    """
    marks = walk.landmarks(key_date)
    most = walk.share_of(marks)
    told = list(side_by_side(lambda mark: _known(walk, mark, key_date, most), marks))
    parts, of = [part for part, _ in told], sum(count for _, count in told)
    if not any(map(len, parts)):
        X = walk.landmark(key_date).features.matrix().iloc[:0].reset_index(drop=True)
        return Known(X, pd.DataFrame(columns=_TARGET, dtype="int64"), pd.DataFrame(columns=_IDENTITY))
    all_rows = pd.concat([part for part in parts if len(part)], ignore_index=True)
    rows = all_rows[list(_APART.values())].set_axis(_IDENTITY, axis=1)
    y = all_rows[_TARGET].astype("int64")
    return Known(all_rows.drop(columns=[*_TARGET, *_APART.values()]), y, rows, of)


def _known(walk: Walk, mark: Landmark, key_date: dt.date, most: int) -> tuple[pd.DataFrame, int]:
    """Return what was known of the drawn items of one month-end, and how many there were to draw from."""
    told = walk.told(mark, key_date)
    if told.empty:
        return pd.DataFrame(), 0
    drawn = walk.drawn(told, mark, most)[[*_TARGET, *_IDENTITY]]
    return mark.features.of(drawn.index).matrix().join(drawn.rename(columns=_APART), how="inner"), len(told)
