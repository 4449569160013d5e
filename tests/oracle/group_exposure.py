"""What a customer's group owes."""

from __future__ import annotations

from oracle.known import Known, Row, ratio


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    names = ("balance", "overdue_balance", "count", "customer_count", "balance_share")
    missing: Row = dict.fromkeys(
        [*(f"group_open_{name}" for name in names), "group_others_days_past_due_max"]
    )
    if not any(master["parent"] for master in known.masters.values()):
        return missing
    items = [row for row in known.open if _head(known, row["customer_id"]) == _head(known, key)]
    total = sum(row["balance"] for row in items)
    own = sum(row["balance"] for row in items if row["customer_id"] == key)
    others = [row["past_due"] for row in items if row["customer_id"] != key]
    return {
        "group_open_balance": total,
        "group_open_overdue_balance": sum(row["balance"] for row in items if row["past_due"] > 0),
        "group_open_count": len(items),
        "group_open_customer_count": len({row["customer_id"] for row in items}),
        "group_open_balance_share": ratio(own, total),
        "group_others_days_past_due_max": max(others, default=None),
    }


def _head(known: Known, customer: str) -> str:
    parent: str | None = known.masters.get(customer, {}).get("parent")
    return parent or customer
