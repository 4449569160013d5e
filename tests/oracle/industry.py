"""How late the industry's other customers pay."""

from __future__ import annotations

from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    mine = known.masters.get(key, {}).get("industry")
    others = [row for row in known.paid if row["customer_id"] != key]
    if mine is None or not others:
        return {"industry_late_rate": None}
    peers = [row for row in others if known.masters.get(row["customer_id"], {}).get("industry") == mine]
    book = sum(row["late"] > 0 for row in others) / len(others)
    return {"industry_late_rate": (sum(row["late"] > 0 for row in peers) + 20 * book) / (len(peers) + 20)}
