"""How late the other customers of the country and of the region pay."""

from __future__ import annotations

from collections import Counter

from oracle.industry import drawn, is_late
from oracle.known import Known, Row

NAMES = ("country_late_rate_12m", "region_late_rate_12m", "country_main")


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    country, region = _place(known, key)
    if country is None:
        return dict.fromkeys(NAMES)
    others = [row for row in known.paid if row["customer_id"] != key and row["ago"] < 365]
    compatriots = [row for row in others if _place(known, row["customer_id"])[0] == country]
    rate = drawn(compatriots, others, is_late)
    neighbours = [row for row in others if _place(known, row["customer_id"]) == (country, region)]
    near = None
    if region is not None and rate is not None and _is_told(known, country, region):
        near = (sum(map(is_late, neighbours)) + 20 * rate) / (len(neighbours) + 20)
    return {
        "country_late_rate_12m": rate,
        "region_late_rate_12m": near,
        "country_main": float(country == _main(known)),
    }


def _place(known: Known, customer: str) -> tuple[str | None, str | None]:
    master = known.masters.get(customer, {})
    return master.get("country"), master.get("region")


def _is_told(known: Known, country: str, region: str) -> bool:
    return any((row["country"], row["region"]) == (country, region) for row in known.masters.values())


def _main(known: Known) -> str:
    counts = Counter(row["country"] for row in known.masters.values() if row["country"] is not None)
    return max(counts, key=lambda country: (counts[country], country))
