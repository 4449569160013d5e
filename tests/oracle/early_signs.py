"""Signs that a customer gets into trouble, before its balance tells."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from oracle.exposure import in_force, payer
from oracle.item import open_items, postings_of
from oracle.known import Known, Row, mean


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    now = _overdue(known, key, 0)
    part, paid = _part_paid(known, key), [row for row in known.of("paid", key) if row["ago"] < 90]
    hit = len(part) + len(paid)
    returned = [row for row in known.postings if row["kind"] == "reversal" and payer(known, row) == key]
    return {
        "sign_overdue_balance_change_30d": now - _overdue(known, key, 30),
        "sign_overdue_balance_change_90d": now - _overdue(known, key, 90),
        "sign_part_payment_share_90d": len(part) / hit if hit else None,
        "sign_order_size_ratio_90d": _order_size(known, key),
        "sign_dispute_count_30d": _disputes(known, key) if "disputes" in known.present else None,
        "sign_limit_cut_90d": _cut(known, key),
        "sign_reversal_count_90d": sum(known.ago(row["value_date"]) < 90 for row in returned),
    }


def _overdue(known: Known, customer: str, days: int) -> Decimal:
    """Return what was overdue some days ago: what is open now, and what was taken off since."""
    then, total = known.day - dt.timedelta(days=days), Decimal(0)
    cleared_before = {row["invoice_id"] for row in known.of("cleared", customer) if row["cleared_on"] <= then}
    for invoice in known.of("invoices", customer):
        number = invoice["invoice_id"]
        if invoice["euro"] <= 0 or number in cleared_before:
            continue
        if invoice["document_date"] <= then and invoice["due_date"] < then:
            owed = open_items(known).get(number, {}).get("balance", Decimal(0))
            for posting in postings_of(known, number):
                if posting["value_date"] > then:
                    put_back = posting["kind"] in {"recovery", "reversal"}
                    owed -= posting["euro"] if put_back else -posting["euro"]
            at_most = owed if number in open_items(known) else invoice["euro"]
            total += max(Decimal(0), min(owed, at_most))
    return total


def _part_paid(known: Known, customer: str) -> list[str]:
    found = []
    for row in known.of("open", customer):
        fresh = [p for p in postings_of(known, row["invoice_id"]) if known.ago(p["value_date"]) < 90]
        if sum(p["euro"] * {"payment": 1, "reversal": -1}.get(p["kind"], 0) for p in fresh) > 0:
            found.append(row["invoice_id"])
    return found


def _order_size(known: Known, customer: str) -> float | None:
    issued = [
        (known.ago(r["document_date"]), r["euro"]) for r in known.of("invoices", customer) if r["euro"] > 0
    ]
    new = mean([float(euro) for ago, euro in issued if ago < 90])
    old = mean([float(euro) for ago, euro in issued if 90 <= ago < 455])
    return new / old if new and old else None


def _disputes(known: Known, customer: str) -> int:
    mine = {row["invoice_id"] for row in known.of("open", customer)}
    fresh = [row for row in known.disputes.values() if known.ago(row["opened_on"]) < 30]
    return sum(row["invoice_id"] in mine for row in fresh)


def _cut(known: Known, customer: str) -> bool | None:
    now = in_force(known, customer).get("credit_limit")
    if now is None or "credit" not in known.present:
        return None
    lately = [r["credit_limit"] for r in known.of("credit", customer) if known.ago(r["effective_on"]) < 90]
    limits = [*lately, in_force(known, customer, 90).get("credit_limit")]
    return any(limit is not None and limit > now for limit in limits)
