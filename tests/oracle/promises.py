"""Promises to pay, and whether they were kept."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from oracle.contacts import payer
from oracle.known import Known, Row, by, ratio


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    book = [row for rows in _judged(known).values() for row in rows]
    mine = _judged(known).get(key, [])
    matured, kept = ([row for row in mine if row[word]] for word in ("matured", "kept"))
    rate = ratio(sum(row["kept"] for row in book), sum(row["matured"] for row in book))
    running = [row for row in mine if row["open"]]
    due = [row["promised"] - row["paid"] for row in running if row["promised"] is not None]
    broken = [known.ago(row["end"]) for row in matured if not row["kept"]]
    told = {
        "promise_count_12m": len(mine),
        "promise_matured_count_12m": len(matured),
        "promise_kept_count_12m": len(kept),
        "promise_kept_rate_12m": (len(kept) + 5 * rate) / (len(matured) + 5)
        if matured and rate is not None
        else None,
        "promise_kept_amount_share_12m": ratio(
            sum(row["paid"] for row in matured), sum(row["promised"] for row in matured)
        ),
        "promise_open": float(bool(running)),
        "promise_open_amount": sum(due) if due or not running else None,
        "promise_broken_last_days": min(broken, default=None),
    }
    return told if "promises" in known.present else dict.fromkeys(told)


def _judged(known: Known) -> dict[str, list[Row]]:
    """Return the promises of the last 365 days, by customer, with what came of them."""
    if "promises" not in known.memory:
        cash = [row for row in known.postings if row["kind"] in {"payment", "reversal"}]
        for row in cash:
            row["payer"] = payer(known, row)
        groups = {
            "of_invoice": by(cash, "invoice_id"),
            "of_customer": by(cash, "payer"),
            "moves": by(known.postings, "invoice_id"),
            "promises": by(known.promises.values(), "customer_id"),
        }
        found = {
            customer: [_judge(known, row, rows, groups) for row in rows if known.ago(row["made_on"]) < 365]
            for customer, rows in groups["promises"].items()
        }
        known.memory["promises"] = found
    judged: dict[str, list[Row]] = known.memory["promises"]
    return judged


def _judge(known: Known, promise: Row, others: list[Row], groups: dict[str, dict[str, list[Row]]]) -> Row:
    end = last_day(promise["due_on"])
    for other in others:
        if other["invoice_id"] == promise["invoice_id"] and other["made_on"] > promise["made_on"]:
            end = min(end, other["made_on"] - dt.timedelta(days=1))
    promised = _promised(known, promise, groups["moves"])
    whose = "of_customer" if promise["invoice_id"] is None else "of_invoice"
    cash = groups[whose].get(promise["invoice_id"] or promise["customer_id"], [])
    paid = Decimal(0)
    for row in cash:
        if promise["made_on"] <= row["value_date"] <= end:
            paid += row["euro"] if row["kind"] == "payment" else -row["euro"]
    met = promised is not None and paid >= Decimal("0.95") * promised
    over = end < known.day
    return {
        "end": end,
        "promised": promised,
        "paid": min(max(paid, Decimal(0)), promised) if promised is not None else Decimal(0),
        "matured": over and promised is not None,
        "kept": over and met,
        "open": not over and not met,
    }


def last_day(due: dt.date) -> dt.date:
    """Return the third day from Monday to Friday after a day."""
    counted = 0
    while counted < 3:
        due += dt.timedelta(days=1)
        counted += due.weekday() < 5
    return due


def _promised(known: Known, promise: Row, moves: dict[str, list[Row]]) -> Decimal | None:
    """Return the named amount, or the invoice's balance of the evening before; None if not above zero."""
    amount: Decimal | None = promise["amount"]
    invoice = known.invoices.get(promise["invoice_id"])
    if amount is None and invoice is not None:
        amount = invoice["euro"]
        for row in moves.get(promise["invoice_id"], []):
            if row["value_date"] < promise["made_on"]:
                amount += row["euro"] if row["kind"] in {"recovery", "reversal"} else -row["euro"]
    return amount if amount is not None and amount > 0 else None
