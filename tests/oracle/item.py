"""Open items as they stand."""

from __future__ import annotations

import datetime as dt

from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of an open item."""
    row = open_items(known)[key]
    return {
        "days_past_due": row["past_due"],
        "age_days": known.ago(row["document_date"]),
        "terms_days": (row["due_date"] - row["document_date"]).days,
        "balance": row["balance"],
        "balance_share": float(row["balance"]) / float(row["euro"]),
        "key_day": (known.day - dt.date(1970, 1, 1)).days,
        "due_weekday": row["due_date"].weekday(),
        "due_month_day": row["due_date"].day,
        "item_disputed": float(row["disputed"]) if "disputes" in known.present else None,
    }


def open_items(known: Known) -> dict[str, Row]:
    """Return the open items by number."""
    if "open" not in known.memory:
        known.memory["open"] = {row["invoice_id"]: row for row in known.open}
    found: dict[str, Row] = known.memory["open"]
    return found
