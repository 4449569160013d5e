"""What customers dispute, how often, and for how long."""

from __future__ import annotations

from oracle.known import Known, Row, mean, ratio


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    mine = [
        row
        for row in known.disputes.values()
        if known.invoices.get(row["invoice_id"], {}).get("customer_id") == key
    ]
    opened = [known.ago(row["opened_on"]) for row in mine]
    closed = [row for row in mine if row["closed_on"] is not None and row["closed_on"] <= known.day]
    items = known.of("open", key)
    issued = sum(known.ago(row["document_date"]) < 365 for row in known.of("invoices", key))
    year = sum(days < 365 for days in opened)
    told = {
        "dispute_open_count": len(mine) - len(closed),
        "dispute_open_item_share": ratio(sum(row["disputed"] for row in items), len(items)),
        "dispute_count_90d": sum(days < 90 for days in opened),
        "dispute_count_12m": year,
        "dispute_rate_12m": ratio(year, issued),
        "dispute_close_days_mean_12m": mean(
            [
                (row["closed_on"] - row["opened_on"]).days
                for row in closed
                if known.ago(row["closed_on"]) < 365
            ]
        ),
        "dispute_last_days": min(opened, default=None),
    }
    return told if "disputes" in known.present else dict.fromkeys(told)
