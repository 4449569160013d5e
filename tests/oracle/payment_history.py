"""How a customer has paid."""

from __future__ import annotations

from oracle.known import Known, Row, mean, quantile, ratio

WINDOWS = {"3m": 91, "6m": 182, "12m": 365}


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    found: Row = {}
    for window, days in WINDOWS.items():
        paid = [row for row in known.of("paid", key) if row["ago"] < days]
        punctual = [row for row in paid if row["late"] <= 0]
        found[f"cleared_count_{window}"] = len(paid)
        for name, field in (("late", "late"), ("to_pay", "to_pay")):
            values = [row[field] for row in paid]
            found[f"cleared_days_{name}_mean_{window}"] = mean(values)
            found[f"cleared_days_{name}_median_{window}"] = quantile(values, 0.5)
            found[f"cleared_days_{name}_p90_{window}"] = quantile(values, 0.9)
        found[f"cleared_on_time_share_{window}"] = ratio(len(punctual), len(paid))
        amounts = [sum(row["euro"] for row in rows) for rows in (punctual, paid)]
        found[f"cleared_on_time_amount_share_{window}"] = ratio(*amounts)
    year = [row for row in known.of("paid", key) if row["ago"] < 365]
    last = max(year, key=lambda row: (row["cleared_on"], row["late"]), default=None)
    return found | {"cleared_days_late_last": last["late"] if last else None}
