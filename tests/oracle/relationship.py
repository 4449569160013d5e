"""How long and how much."""

from __future__ import annotations

from decimal import Decimal

from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    issued = known.of("invoices", key)
    begun = [row["document_date"] for row in issued]
    if known.masters.get(key, {}).get("onboarded_on"):
        begun.append(known.masters[key]["onboarded_on"])
    year = [row["euro"] for row in issued if known.ago(row["document_date"]) < 365]
    return {
        "customer_account_age_days": known.ago(min(begun)),
        "customer_invoice_count_12m": len(year),
        "customer_sales_12m": sum(year, Decimal(0)),
    }
