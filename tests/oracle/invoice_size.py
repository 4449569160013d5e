"""How large an open item is, for its customer and in the book."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from decimal import Decimal

from oracle.item import open_items
from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of an open item."""
    row = open_items(known)[key]
    year = [
        other["euro"]
        for other in known.of("invoices", row["customer_id"])
        if other["euro"] > 0 and known.ago(other["document_date"]) < 365
    ]
    if "amounts" not in known.memory:
        known.memory["amounts"] = sorted(item["euro"] for item in known.open)
    return {
        "item_amount_customer_percentile": rank(year, row["euro"]) if len(year) >= 3 else None,
        "item_amount_customer_mean_ratio": float(row["euro"]) / (float(sum(year)) / len(year))
        if year
        else None,
        "item_amount_book_percentile": rank(known.memory["amounts"], row["euro"]),
    }


def rank(amounts: Iterable[Decimal], own: Decimal) -> float:
    """Return the share of amounts below one, equal ones counting half."""
    ordered = sorted(amounts)
    return (bisect.bisect_left(ordered, own) + bisect.bisect_right(ordered, own)) / 2 / len(ordered)
