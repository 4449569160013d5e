"""How invoices reach a customer, and how long it takes."""

from __future__ import annotations

from oracle.item_delivery import happened, recorded
from oracle.known import Known, Row, mean, quantile, ratio

MODES = ("paper", "email", "portal", "edi")


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    year = [row for row in known.of("invoices", key) if known.ago(row["document_date"]) < 365]
    lags = [lag for lag in (lag_of(known, row) for row in year) if lag is not None]
    paid = [row for row in known.of("paid", key) if row["ago"] < 365 and lag_of(known, row) is not None]
    late = [row for row in paid if row["late"] > 0]
    explained = sum(min(max(lag_of(known, row) or 0, 0), row["late"]) for row in late)
    return {
        **modes(known, key),
        "invoice_delivery_lag_mean_12m": mean(lags),
        "invoice_delivery_lag_p90_12m": quantile(lags, 0.9),
        "invoice_undelivered_share_12m": ratio(len(year) - len(lags), len(year))
        if recorded(known, "delivered_on")
        else None,
        "cleared_days_from_delivery_mean_12m": mean([r["to_pay"] - (lag_of(known, r) or 0) for r in paid]),
        "cleared_days_from_issue_mean_12m": mean([row["to_pay"] for row in paid]),
        "cleared_late_days_delivery_share_12m": ratio(explained, sum(row["late"] for row in late)),
    }


def lag_of(known: Known, row: Row) -> int | None:
    """Return the days from issue to delivery, None where it is not known to be delivered."""
    delivered = happened(known, row, "delivered_on")
    return None if delivered is None else (delivered - row["document_date"]).days


def modes(known: Known, key: str) -> Row:
    """Return the mode in force, and whether it changed within a year."""
    if "customers" not in known.present:
        return {f"customer_delivery_{name}": None for name in (*MODES, "changed_12m")}
    own = known.masters.get(key, {}).get("invoice_delivery")
    found: Row = {f"customer_delivery_{name}": None if own is None else float(own == name) for name in MODES}
    versions = sorted(known.of("customers", key), key=lambda row: row["known_on"])
    begun = [row for row in versions if known.ago(row["known_on"]) >= 365]
    within = [row for row in versions if known.ago(row["known_on"]) < 365]
    held = {row["invoice_delivery"] for row in begun[-1:] + within} - {None}
    return {**found, "customer_delivery_changed_12m": float(len(held) > 1) if held else None}
