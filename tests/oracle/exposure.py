"""What a customer owes."""

from __future__ import annotations

from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    mine = known.of("open", key)
    disputed = sum(row["balance"] for row in mine if row["disputed"])
    return {
        "open_count": len(mine),
        "open_balance": sum(row["balance"] for row in mine),
        "open_overdue_balance": sum(row["balance"] for row in mine if row["past_due"] > 0),
        "open_disputed_balance": disputed if "disputes" in known.present else None,
    }
