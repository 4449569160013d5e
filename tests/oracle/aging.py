"""The open balance by age."""

from __future__ import annotations

from decimal import Decimal

from oracle.known import Known, Row

BANDS = {"current": 0, "1_30": 1, "31_60": 31, "61_90": 61, "over_90": 91}


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    mine = known.of("open", key)
    totals = dict.fromkeys(BANDS, Decimal(0))
    for row in mine:
        band = [name for name, start in BANDS.items() if row["past_due"] >= start or name == "current"][-1]
        totals[band] += row["balance"]
    weighted = float(sum(row["balance"] * row["past_due"] for row in mine))
    return {
        **{f"open_balance_{name}": total for name, total in totals.items()},
        "open_oldest_days_past_due": max(row["past_due"] for row in mine),
        "open_days_past_due_mean": weighted / float(sum(row["balance"] for row in mine)),
    }
