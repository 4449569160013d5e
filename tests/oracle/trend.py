"""Whether a customer gets slower, step by step or at once."""

from __future__ import annotations

from statistics import median

from oracle.known import Known, Row, mean, quantile


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    year = [row for row in known.of("paid", key) if row["ago"] < 365]
    short, whole = mean([row["late"] for row in year if row["ago"] < 91]), mean([row["late"] for row in year])
    in_time = sorted(year, key=lambda row: (row["cleared_on"], row["late"]))
    slopes = pace(in_time[-8:])
    slope = median(slopes) if len(slopes) >= 6 else None
    mostly = sum(each > 0 for each in slopes) >= 0.8 * len(slopes)
    jump = leap([row["late"] for row in in_time[-9:]])
    return {
        "cleared_days_late_trend_3m_12m": None if short is None or whole is None else short - whole,
        "cleared_days_late_slope": slope,
        "cleared_days_late_jump": jump,
        "payer_drifts": None if slope is None else int(slope >= 3 and mostly),
        "payer_jumped": None if jump is None else int(jump >= 3),
    }


def pace(rows: list[Row]) -> list[float]:
    """Return how fast days late grow in 30 days between any two paid on different days."""
    return [
        30 * (after["late"] - before["late"]) / (before["ago"] - after["ago"])
        for before in rows
        for after in rows
        if before["ago"] > after["ago"]
    ]


def leap(late: list[int]) -> float | None:
    """Return how far the last lies above those before it, in their spread."""
    *before, last = late or [0]
    low, high = quantile(before, 0.25), quantile(before, 0.75)
    if len(before) < 3 or low is None or high is None:
        return None
    return (last - median(before)) / max((high - low) / 1.349, 5)
