"""How many segments hang on a weight: each weight moved, the others rescaled, the flips counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.checks import checked_number
from arseg.schema import SEGMENTS, UsageError

_LEVEL: Final = {segment: place for place, segment in enumerate(reversed(SEGMENTS))}


def moved_weights(weights: Mapping[str, float], name: str, *, change: float) -> dict[str, float]:
    """Return the weights with one of them changed by a share of itself, the others rescaled to sum 1.

    A weight never exceeds 1. Where the others are all 0, what it leaves goes to them in equal parts.

    Examples
    --------
    >>> moved = moved_weights({"a": 0.5, "b": 0.3, "c": 0.2}, "a", change=0.1)
    >>> {name: round(weight, 4) for name, weight in moved.items()}
    {'a': 0.55, 'b': 0.27, 'c': 0.18}
    """
    moved = min(weights[name] * (1 + change), 1.0)
    rest = 1 - weights[name]
    others = [other for other in weights if other != name]
    shares = {other: weights[other] / rest if rest > 1e-12 else 1 / len(others) for other in others}
    return {other: moved if other == name else shares[other] * (1 - moved) for other in weights}


def weight_sensitivity(
    weights: Mapping[str, float],
    segments_under: Callable[[Mapping[str, float]], np.ndarray],
    *,
    change: float = 0.1,
) -> pd.DataFrame:
    """Return how many customers change segment when one weight moves up or down.

    Parameters
    ----------
    weights
        Weight of each criterion; they sum to 1.
    segments_under
        Gives the segments of all customers under other weights, shape (n,).
    change
        By how much of itself a weight moves, as a share.

    Returns
    -------
    frame
        One row per criterion and direction: criterion, change (signed share), weight (after the move),
        flips (customers whose segment changes), share (of all customers), raised, lowered.

    Raises
    ------
    UsageError
        If change is not above 0 and up to 1.
    """
    if not 0 < checked_number(change, name="sensitivity: change") <= 1:
        raise UsageError(
            "sensitivity: the change is out of range",
            given=change,
            allowed="above 0, up to 1",
            do="write 0.1",
        )
    before = _levels(segments_under(weights))
    rows = []
    for name in weights:
        for signed in (-change, change):
            moved = moved_weights(weights, name, change=signed)
            step = _levels(segments_under(moved)) - before
            raised, lowered = int((step > 0).sum()), int((step < 0).sum())
            share = (raised + lowered) / max(len(before), 1)
            rows.append((name, signed, moved[name], raised + lowered, share, raised, lowered))
    columns = ["criterion", "change", "weight", "flips", "share", "raised", "lowered"]
    return pd.DataFrame(rows, columns=columns)


def _levels(segments: np.ndarray) -> np.ndarray:
    high, medium, _ = SEGMENTS
    return np.where(segments == high, _LEVEL[high], np.where(segments == medium, _LEVEL[medium], 0))
