"""How fast a customer pays against its terms."""

from __future__ import annotations

from oracle.known import Known, Row, ratio

WEIGHT = 5


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    if "speed" not in known.memory:
        year = [row for row in known.paid if row["ago"] < 365]
        sums = [sum(row["late"] for row in year), sum(row["to_pay"] for row in year), sum(map(terms, year))]
        known.memory["speed"] = [ratio(total, len(year)) for total in sums]
    late, pay, agreed = known.memory["speed"]
    paid = [row for row in known.of("paid", key) if row["ago"] < 365]
    found: Row = {
        "payer_days_late_shrunk": None,
        "payer_days_to_terms": None,
        "payer_speed_class": None,
        "payer_early_share_12m": ratio(sum(row["late"] < 0 for row in paid), len(paid)),
        "payer_over_30_share_12m": ratio(sum(row["late"] > 30 for row in paid), len(paid)),
        "payer_reminders_mean_12m": ratio(
            sum(row["late"] > day for row in paid for day in (1, 8, 15, 30)), len(paid)
        ),
    }
    if late is not None:
        shrunk = (sum(row["late"] for row in paid) + WEIGHT * late) / (len(paid) + WEIGHT)
        found["payer_days_late_shrunk"] = shrunk
        found["payer_speed_class"] = (shrunk > -3) + (shrunk > 5) + (shrunk > 30)
        found["payer_days_to_terms"] = ratio(
            sum(row["to_pay"] for row in paid) + WEIGHT * pay, sum(map(terms, paid)) + WEIGHT * agreed
        )
    return found


def terms(row: Row) -> int:
    """Return the days between document date and due date."""
    days: int = (row["due_date"] - row["document_date"]).days
    return days
