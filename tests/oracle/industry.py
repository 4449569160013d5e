"""How late the industry's other customers pay."""

from __future__ import annotations

from collections.abc import Callable

from oracle.known import Known, Row, mean

NAMES = (
    "industry_late_rate",
    "industry_late_rate_12m",
    "industry_days_late_mean_12m",
    "industry_customer_count",
    "industry_late_rate_gap_12m",
)


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    mine = known.masters.get(key, {}).get("industry")
    if "customers" not in known.present or mine is None:
        return dict.fromkeys(NAMES)
    others = [row for row in known.paid if row["customer_id"] != key]
    peers = [row for row in others if industry_of(known, row) == mine]
    year, year_peers = ([row for row in rows if row["ago"] < 365] for rows in (others, peers))
    rate = drawn(peers, others, is_late)
    year_rate = drawn(year_peers, year, is_late)
    own = mean([is_late(row) for row in known.of("paid", key) if row["ago"] < 365])
    return {
        "industry_late_rate": rate,
        "industry_late_rate_12m": year_rate,
        "industry_days_late_mean_12m": drawn(year_peers, year, lambda row: row["late"]),
        "industry_customer_count": len({row["customer_id"] for row in peers}),
        "industry_late_rate_gap_12m": None if own is None or year_rate is None else own - year_rate,
    }


def industry_of(known: Known, row: Row) -> str | None:
    """Return the industry of a row's customer."""
    found: str | None = known.masters.get(row["customer_id"], {}).get("industry")
    return found


def is_late(row: Row) -> float:
    """Return 1 for an invoice paid after its due day."""
    return float(row["late"] > 0)


def drawn(peers: list[Row], others: list[Row], measure: Callable[[Row], float]) -> float | None:
    """Return the mean of the peers, drawn to that of all others with the weight of 20."""
    prior = mean([measure(row) for row in others])
    return None if prior is None else (sum(map(measure, peers)) + 20 * prior) / (len(peers) + 20)
