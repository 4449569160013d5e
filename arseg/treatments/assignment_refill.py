"""One collector's day filled anew, as well as can be: a knapsack by dynamic programming.

What a collector does with most value left stays; the rest of the day, and what nobody has taken, are chosen
again together. Minutes are counted on a fine grid and rounded up, so a day is never overrun; the
answer is exact where all minutes lie on the grid.
"""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

from arseg.treatments.knapsack import NOISE

# The grid, in parts of a minute, and how many points it has at most.
_PARTS: Final = 100
_POINTS: Final = 40_000


def refill(minutes: np.ndarray, value: np.ndarray, customer: np.ndarray, room: float) -> np.ndarray:
    """Return the options that fill the room best, at most one per customer, ascending.

    Parameters
    ----------
    minutes, value, customer
        Of each option, sorted by customer; minutes and values above 0.
    room
        Minutes to fill.

    Examples
    --------
    >>> refill(np.array([7.0, 6.0, 6.0]), np.array([9.0, 8.0, 8.0]), np.array([0, 1, 2]), 12.0)
    array([1, 2])
    """
    _, took, cost = _filled(minutes, value, customer, room)
    return _back(took, cost)


def worth_by_room(
    minutes: np.ndarray, value: np.ndarray, customer: np.ndarray, room: float
) -> tuple[np.ndarray, int]:
    """Return what fills each room up to this one best, by point of the grid, and points per minute.

    Examples
    --------
    >>> best, parts = worth_by_room(np.array([1.0, 2.0]), np.array([5.0, 7.0]), np.array([0, 1]), 3.0)
    >>> [best[parts * minutes].item() for minutes in range(4)]
    [0.0, 5.0, 7.0, 12.0]
    """
    best, _, _ = _filled(minutes, value, customer, room)
    return best, _parts(room)


def _parts(room: float) -> int:
    return min(_PARTS, max(int(_POINTS / max(room, 1.0)), 1))


def _filled(
    minutes: np.ndarray, value: np.ndarray, customer: np.ndarray, room: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the best by point of the grid, the option that each customer adds there, and points per option."""
    parts = _parts(room)
    cost = np.ceil(minutes * parts - NOISE * parts).astype("int64")
    points = int(np.floor(room * parts + NOISE * parts)) + 1
    best = np.zeros(max(points, 1))
    starts = np.flatnonzero(np.diff(customer, prepend=-1))
    took = np.full((len(starts), len(best)), -1, dtype="int32")
    for turn, (first, end) in enumerate(itertools.pairwise([*starts, len(minutes)])):
        before = best.copy()
        for option in range(first, end):
            if cost[option] < len(best):
                tried = before[: len(best) - cost[option]] + value[option]
                better = tried > best[cost[option] :]
                best[cost[option] :][better] = tried[better]
                took[turn, cost[option] :][better] = option
    return best, took, cost


def _back(took: np.ndarray, cost: np.ndarray) -> np.ndarray:
    at, chosen = took.shape[1] - 1, []
    for turn in range(len(took) - 1, -1, -1):
        option = int(took[turn, at])
        if option >= 0:
            chosen.append(option)
            at -= int(cost[option])
    return np.array(sorted(chosen), dtype="int64")
