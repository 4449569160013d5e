"""Payers who are unusual by their own habit, listed with few false alarms."""

from __future__ import annotations

from oracle.item_anomaly import p_value, payments
from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    if len(payments(known, key)) < 5:
        return {"payer_late_p_value": None, "payer_late_q_value": None, "payer_anomaly": None}
    if "tested" not in known.memory:
        every = {row["customer_id"] for row in known.open}
        known.memory["tested"] = {who: p for who in every if (p := smallest(known, who)) is not None}
    tested: dict[str, float] = known.memory["tested"]
    if key not in tested:
        return {"payer_late_p_value": 1.0, "payer_late_q_value": 1.0, "payer_anomaly": 0.0}
    # Listing all up to some p, the false ones among them are expected to be p times those tested.
    q = min(
        limit * len(tested) / sum(p <= limit for p in tested.values())
        for limit in tested.values()
        if limit >= tested[key]
    )
    return {"payer_late_p_value": tested[key], "payer_late_q_value": q, "payer_anomaly": float(q < 0.1)}


def smallest(known: Known, customer: str) -> float | None:
    """Return the smallest p of a customer's items past due, corrected for how many they are."""
    late = [row["past_due"] for row in known.of("open", customer) if row["past_due"] > 0]
    found = [p for days in late if (p := p_value(known, customer, days)) is not None]
    return 1 - (1 - min(found)) ** len(found) if found else None
