"""Whether a customer gets slower, step by step or at once."""

from __future__ import annotations

from statistics import median

from oracle.known import Known, Row, mean, quantile


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    year = [row for row in known.of("paid", key) if row["ago"] < 365]
    short, whole = mean([row["late"] for row in year if row["ago"] < 91]), mean([row["late"] for row in year])
    in_time = sorted(year, key=lambda row: (row["cleared_on"], row["late"]))
    late = [row["late"] for row in in_time]
    slope, jump = drift(late[-6:]), leap(late[-8:])
    return {
        "cleared_days_late_trend_3m_12m": None if short is None or whole is None else short - whole,
        "cleared_days_late_slope": slope,
        "cleared_days_late_jump": jump,
        "payer_drifts": None if slope is None else int(slope >= 1),
        "payer_jumped": None if jump is None else int(jump >= 3),
    }


def drift(late: list[int]) -> float | None:
    """Return the median of the slopes between any two."""
    if len(late) < 4:
        return None
    steps = range(len(late))
    return median((late[j] - late[i]) / (j - i) for i in steps for j in steps if i < j)


def leap(late: list[int]) -> float | None:
    """Return how far the last lies above those before it, in their spread."""
    *before, last = late or [0]
    low, high = quantile(before, 0.25), quantile(before, 0.75)
    if len(before) < 3 or low is None or high is None:
        return None
    return (last - median(before)) / max((high - low) / 1.349, 5)
