"""Whether a customer gets slower."""

from __future__ import annotations

from oracle.known import Known, Row, mean


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    short, year = (
        mean([row["late"] for row in known.of("paid", key) if row["ago"] < days]) for days in (91, 365)
    )
    return {"cleared_days_late_trend_3m_12m": None if short is None or year is None else short - year}
