"""When an open item reached the customer."""

from __future__ import annotations

import datetime as dt

from oracle.item import open_items
from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of an open item."""
    row = open_items(known)[key]
    delivered, viewed = (happened(known, row, name) for name in ("delivered_on", "viewed_on"))
    return {
        "item_delivery_lag_days": days(row["document_date"], delivered),
        "item_days_since_delivery": days(delivered, known.day),
        "item_undelivered": float(delivered is None) if recorded(known, "delivered_on") else None,
        "item_viewed": float(viewed is not None) if recorded(known, "viewed_on") else None,
        "item_delivery_to_viewing_days": days(delivered, viewed),
        "item_terms_after_delivery_days": days(delivered, row["due_date"]),
    }


def happened(known: Known, row: Row, name: str) -> dt.date | None:
    """Return a day of an invoice, None where it is unknown or has yet to come."""
    day: dt.date | None = row[name]
    return None if day is None or day > known.day else day


def days(first: dt.date | None, last: dt.date | None) -> int | None:
    """Return the days from one day to another; None where one is missing."""
    return None if first is None or last is None else (last - first).days


def recorded(known: Known, name: str) -> bool:
    """Return whether the book says of any invoice that it has happened."""
    if ("recorded", name) not in known.memory:
        found = any(happened(known, row, name) is not None for row in known.invoices.values())
        known.memory["recorded", name] = found
    return bool(known.memory["recorded", name])
