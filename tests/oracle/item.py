"""Open items as they stand."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from oracle.known import Known, Row, by


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of an open item."""
    row = open_items(known)[key]
    posted = postings_of(known, key)
    paid = sum(p["euro"] * {"payment": 1, "reversal": -1}.get(p["kind"], 0) for p in posted)
    if "versions" not in known.memory:
        known.memory["versions"] = Counter(version["invoice_id"] for version in known.seen["invoices"])
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
        "item_amount": row["euro"],
        "item_part_paid": paid > 0,
        "item_part_paid_share": float(paid) / float(row["euro"]) if paid > 0 else 0,
        "item_last_posting_days": min((known.ago(p["value_date"]) for p in posted), default=None),
        "item_restated": known.memory["versions"][key] > 1,
    }


def open_items(known: Known) -> dict[str, Row]:
    """Return the open items by number."""
    if "open" not in known.memory:
        known.memory["open"] = {row["invoice_id"]: row for row in known.open}
    found: dict[str, Row] = known.memory["open"]
    return found


def postings_of(known: Known, invoice: str) -> list[Row]:
    """Return the postings of one invoice."""
    if "postings of invoices" not in known.memory:
        known.memory["postings of invoices"] = by(known.postings, "invoice_id")
    return list(known.memory["postings of invoices"].get(invoice, []))
