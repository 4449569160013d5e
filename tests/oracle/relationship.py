"""How long and how much."""

from __future__ import annotations

from decimal import Decimal

from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    issued, paid = known.of("invoices", key), known.of("paid", key)
    master = known.masters.get(key, {})
    begun = [row["document_date"] for row in issued]
    onboarded = master.get("onboarded_on")
    if onboarded:
        begun.append(onboarded)
    year = [row["euro"] for row in issued if known.ago(row["document_date"]) < 365]
    kind = master.get("business_type")
    return {
        "customer_account_age_days": known.ago(min(begun)),
        "customer_invoice_count_12m": len(year),
        "customer_sales_12m": sum(year, Decimal(0)),
        "customer_relationship_days": max(known.ago(onboarded), 0) if onboarded else None,
        "customer_new": float(known.ago(min(begun)) < 180),
        "customer_first_paid_days": max((row["ago"] for row in paid), default=None),
        "customer_paid_count": len(paid),
        "customer_prior_only": float(len(paid) < 3),
        **{
            f"customer_is_{name}": None if kind is None else float(kind == name)
            for name in ("company", "sole_trader", "public")
        },
    }
