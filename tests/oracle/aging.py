"""The open balance by age."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from oracle.known import Known, Row

BANDS = {"current": 0, "1_30": 1, "31_60": 31, "61_90": 61, "over_90": 91}


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    mine = known.of("open", key)
    totals, counts = dict.fromkeys(BANDS, Decimal(0)), Counter[str]()
    for row in mine:
        band = [name for name, start in BANDS.items() if row["past_due"] >= start or name == "current"][-1]
        totals[band] += row["balance"]
        counts[band] += 1
    everything = float(sum(totals.values()))
    return {
        **{f"open_balance_{name}": total for name, total in totals.items()},
        **{f"open_share_{name}": float(total) / everything for name, total in totals.items()},
        **{f"open_count_{name}": counts[name] for name in BANDS},
        "open_oldest_days_past_due": max(row["past_due"] for row in mine),
        "open_days_past_due_mean": float(sum(row["balance"] * row["past_due"] for row in mine)) / everything,
        "open_oldest_age_days": max(known.ago(row["document_date"]) for row in mine),
    }
