"""Segments by a figure that is safer the higher it is, with a declared place where it is unknown."""

from __future__ import annotations

import numpy as np

from arseg.schema import SEGMENTS


def falling_tiers(values: np.ndarray, *, medium_below: float, high_below: float, unknown: str) -> np.ndarray:
    """Return High below high_below, else Medium below medium_below, else Low; ``unknown`` where NaN; shape (n,).

    Examples
    --------
    >>> falling_tiers(np.array([700, 600, 500, np.nan]), medium_below=650, high_below=550,
    ...               unknown="Medium").tolist()
    ['Low', 'Medium', 'High', 'Medium']
    """
    high, medium, low = SEGMENTS
    known = np.where(values < high_below, high, np.where(values < medium_below, medium, low))
    return np.where(np.isnan(values), unknown, known)


def falling_rules(medium_below: object, high_below: object) -> dict[str, str]:
    """Return, per segment, the threshold that decided, in words.

    Examples
    --------
    >>> falling_rules(650, 550)["Low"]
    'Low from 650'
    """
    high, medium, low = SEGMENTS
    return {
        high: f"{high} below {high_below}",
        medium: f"{medium} below {medium_below}",
        low: f"{low} from {medium_below}",
    }
