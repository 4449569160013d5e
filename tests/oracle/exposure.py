"""What a customer owes, and what stands against it."""

from __future__ import annotations

from decimal import Decimal

from oracle.item import postings_of
from oracle.known import Known, Row, ratio


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    mine = known.of("open", key)
    total = sum(row["balance"] for row in mine)
    overdue = sum(row["balance"] for row in mine if row["past_due"] > 0)
    disputed = sum(row["balance"] for row in mine if row["disputed"])
    undisputed = sum(row["balance"] for row in mine if row["past_due"] > 0 and not row["disputed"])
    disputes, cash = "disputes" in known.present, _unapplied_cash(known, key)
    facts = in_force(known, key)
    insured, orders = facts.get("insured"), facts.get("open_orders")
    return {
        "open_count": len(mine),
        "open_balance": total,
        "open_overdue_balance": overdue,
        "open_disputed_balance": disputed if disputes else None,
        "open_not_due_balance": total - overdue,
        "open_undisputed_overdue_balance": undisputed if disputes else None,
        "open_overdue_share": ratio(overdue, total),
        "open_largest_item_share": ratio(max(row["balance"] for row in mine), total),
        "exposure_unapplied_cash": cash,
        "exposure_net_balance": None if cash is None else total - cash,
        "exposure_credit_balance": _credit_balance(known, key),
        "exposure_credit_note_amount_90d": sum(
            p["euro"]
            for p in known.postings
            if p["kind"] == "credit_note" and known.ago(p["value_date"]) < 90 and payer(known, p) == key
        ),
        "exposure_insured_balance": None if insured is None else min(total, insured),
        "exposure_uninsured_balance": None if insured is None else max(total - insured, 0),
        "exposure_open_orders": orders,
        "exposure_total": None if orders is None else total + orders,
    }


def in_force(known: Known, customer: str, days: int = 0) -> Row:
    """Return the credit row that was in force some days before the key date; empty where none was."""
    rows = [row for row in known.of("credit", customer) if known.ago(row["effective_on"]) >= days]
    return max(rows, key=lambda row: (row["effective_on"], row["known_on"]), default={})


def payer(known: Known, posting: Row) -> str | None:
    """Return whose posting it is: as it says itself, else as its invoice says."""
    own: str | None = posting["customer_id"]
    return own or known.invoices.get(posting["invoice_id"], {}).get("customer_id")


def _unapplied_cash(known: Known, customer: str) -> Decimal | None:
    on_account = [row for row in known.postings if row["invoice_id"] is None]
    if on_account and all(row["customer_id"] is None for row in on_account):
        return None
    mine = [row for row in on_account if row["customer_id"] == customer]
    paid = sum(row["euro"] for row in mine if row["kind"] == "payment")
    return Decimal(paid - sum(row["euro"] for row in mine if row["kind"] == "reversal"))


def _credit_balance(known: Known, customer: str) -> Decimal:
    held = Decimal(0)
    for invoice in known.of("invoices", customer):
        if invoice["euro"] < 0:
            standing = invoice["euro"]
            for posting in postings_of(known, invoice["invoice_id"]):
                back = posting["kind"] in {"recovery", "reversal"}
                standing += posting["euro"] if back else -posting["euro"]
            held += max(-standing, Decimal(0))
    return held
