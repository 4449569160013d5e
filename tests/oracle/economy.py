"""What the released indicators say, in standard deviations of their own past."""

from __future__ import annotations

import datetime as dt
import statistics

from oracle.known import Known, Row, by, mean

Told = tuple[float | None, float | None, int]


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    if "economy" not in known.memory:
        known.memory["economy"] = _climates(known)
    industry = known.masters.get(key, {}).get("industry")
    found: Row = {}
    for prefix, told in (
        ("economy", known.memory["economy"].get(None, [])),
        ("industry_climate", known.memory["economy"].get(industry, []) if industry is not None else []),
    ):
        for place, name in enumerate(("level", "change_12m", "age_days")):
            found[f"{prefix}_{name}"] = mean([one[place] for one in told if one[place] is not None])
    return found


def _climates(known: Known) -> dict[str | None, list[Told]]:
    """Return what each series says, by industry."""
    climates: dict[str | None, list[Told]] = {}
    for name in sorted({(row["series"], row["industry"] or "") for row in known.seen["indicators"]}):
        rows = [row for row in known.seen["indicators"] if (row["series"], row["industry"] or "") == name]
        climates.setdefault(rows[0]["industry"], []).append(_read(known, rows))
    return climates


def _read(known: Known, rows: list[Row]) -> Told:
    values = {
        period: max(versions, key=lambda row: row["known_on"])["value"]
        for period, versions in by(rows, "period").items()
    }
    newest = max(values)
    earliest = dt.date(newest.year - 3, newest.month, 1)
    before = [value for period, value in values.items() if earliest <= period < newest]
    age = known.ago(newest)
    spread = statistics.stdev(before) if len(before) >= 6 else 0.0
    if not spread:
        return None, None, age
    level = (values[newest] - statistics.mean(before)) / spread
    earlier = [
        value
        for period, value in values.items()
        if (period.year + 1, period.month, period.day) == (newest.year, newest.month, newest.day)
    ]
    change = (values[newest] - earlier[0]) / spread if earlier else None
    return _bound(level), None if change is None else _bound(change), age


def _bound(value: float) -> float:
    return max(-10.0, min(10.0, value))
