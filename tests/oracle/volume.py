"""How much is invoiced, how often and how regularly."""

from __future__ import annotations

import itertools
import statistics
from decimal import Decimal

from oracle.contacts import payer
from oracle.known import Known, Row, by, ratio


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    year, half, quarter = (
        [row for row in known.of("invoices", key) if known.ago(row["document_date"]) < days]
        for days in (365, 182, 91)
    )
    sales = {
        name: sum((row["euro"] for row in rows), Decimal(0))
        for name, rows in (("12m", year), ("6m", half), ("3m", quarter))
    }
    above = [row["euro"] for row in year if row["euro"] > 0]
    return {
        "volume_invoice_count_3m": len(quarter),
        "volume_invoice_count_6m": len(half),
        "volume_sales_3m": sales["3m"],
        "volume_sales_6m": sales["6m"],
        "volume_amount_mean_3m": ratio(sales["3m"], len(quarter)),
        "volume_amount_mean_6m": ratio(sales["6m"], len(half)),
        "volume_amount_mean_12m": ratio(sales["12m"], len(year)),
        **_rhythm(known, year),
        "volume_growth_3m_12m": ratio(4 * sales["3m"], max(sales["12m"], Decimal(0))),
        "volume_largest_share_12m": ratio(max(above, default=Decimal(0)), sum(above)),
        "volume_credited_share_12m": ratio(_credited(known, key), sum(above)),
    }


def _rhythm(known: Known, issued: list[Row]) -> Row:
    days = sorted({row["document_date"] for row in issued})
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
    usual = statistics.mean(gaps) if gaps else None
    last = known.ago(days[-1]) if days else None
    return {
        "volume_last_days": last,
        "volume_gap_mean_12m": usual,
        "volume_gap_cv_12m": statistics.stdev(gaps) / usual if usual and len(gaps) >= 2 else None,
        "volume_pause_12m": last / usual if usual and last is not None else None,
    }


def _credited(known: Known, key: str) -> Decimal:
    if "credited" not in known.memory:
        notes = [
            {**row, "payer": payer(known, row)}
            for row in known.postings
            if row["kind"] == "credit_note" and known.ago(row["value_date"]) < 365
        ]
        known.memory["credited"] = by(notes, "payer")
    return sum((row["euro"] for row in known.memory["credited"].get(key, [])), Decimal(0))
