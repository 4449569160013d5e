"""How a customer has paid."""

from __future__ import annotations

from oracle.known import Known, Row, mean, quantile, ratio


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    paid = known.of("paid", key)
    short, year = ([row for row in paid if row["ago"] < days] for days in (91, 365))
    late = [row["late"] for row in year]
    punctual = [row for row in year if row["late"] <= 0]
    last = max(paid, key=lambda row: (row["cleared_on"], row["invoice_id"]), default=None)
    return {
        "cleared_count_3m": len(short),
        "cleared_count_12m": len(year),
        "cleared_days_late_mean_3m": mean([row["late"] for row in short]),
        "cleared_days_late_mean_12m": mean(late),
        "cleared_days_late_median_12m": quantile(late, 0.5),
        "cleared_days_late_p90_12m": quantile(late, 0.9),
        "cleared_days_to_pay_mean_12m": mean([row["to_pay"] for row in year]),
        "cleared_on_time_share_12m": ratio(len(punctual), len(year)),
        "cleared_on_time_amount_share_12m": ratio(
            sum(row["euro"] for row in punctual), sum(row["euro"] for row in year)
        ),
        "cleared_days_late_last": last["late"] if last else None,
    }
