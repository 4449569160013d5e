"""How a customer pays, and how long its payments are under way."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from oracle.contacts import payer
from oracle.known import Known, Row, by, mean, quantile, ratio

NAMED = ("transfer", "check", "card", "direct_debit")


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    year = payments(known)
    own = year.get(key, [])
    first = [row for row in own if underway(row)]
    spent = {name: spent_by(own, name) for name in {row["method"] for row in own} - {None}}
    used = {name: amount for name, amount in spent.items() if amount > 0}
    total = sum(used.values(), Decimal(0))
    usual = max(used, key=lambda name: (used[name], name), default=None)
    return {
        **{f"payment_{name}_share_12m": ratio(used.get(name, Decimal(0)), total) for name in NAMED},
        "payment_other_method_share_12m": ratio(
            sum((amount for name, amount in used.items() if name not in NAMED), Decimal(0)), total
        ),
        "payment_methods_12m": len(used) or None,
        "payment_method_concentration_12m": sum(float(amount / total) ** 2 for amount in used.values())
        if used
        else None,
        "payment_method_switched_12m": switched(own, used),
        "payment_posting_lag_mean_12m": mean([lag(row) for row in first]),
        "payment_posting_lag_p90_12m": quantile([lag(row) for row in first], 0.9),
        "payment_value_lag_mean_12m": mean([(r["value_date"] - r["initiated_on"]).days for r in first]),
        **{
            f"payment_{name}_posting_lag_mean_12m": mean([lag(r) for r in first if r["method"] == name])
            for name in ("check", "transfer")
        },
        "payment_reminder_offset_12m": reminder(first, book_lag(known, usual) if usual else None),
    }


def payments(known: Known) -> dict[str, list[Row]]:
    """Return the payments of the last 365 days by customer; nobody is the empty name."""
    if "payments" not in known.memory:
        known.memory["payments"] = by(
            (
                {**row, "payer": payer(known, row)}
                for row in known.postings
                if row["kind"] == "payment" and known.ago(row["value_date"]) < 365
            ),
            "payer",
        )
    found: dict[str, list[Row]] = known.memory["payments"]
    return found


def underway(row: Row) -> bool:
    """Return whether a payment tells a lag: begun on a known day, and neither cancelling nor replacing one."""
    return row["initiated_on"] is not None and row["amount"] > 0 and row["restates"] is None


def lag(row: Row) -> int:
    """Return the days from initiation to posting."""
    days: int = (row["known_on"] - row["initiated_on"]).days
    return days


def spent_by(rows: list[Row], method: str) -> Decimal:
    """Return the amount paid by a method."""
    return sum((row["euro"] for row in rows if row["method"] == method), Decimal(0))


def switched(rows: list[Row], used: dict[str, Decimal]) -> float | None:
    """Return whether none of the methods of the last day is the one with the largest amount before it."""
    if not used:
        return None
    paid = [row for row in rows if row["method"] in used and row["amount"] > 0]
    last = max(row["value_date"] for row in paid)
    latest = {row["method"] for row in paid if row["value_date"] == last}
    before = [row for row in rows if row["value_date"] < last and row["method"] is not None]
    spent = {name: spent_by(before, name) for name in {row["method"] for row in before}}
    known = [name for name in spent if spent[name] > 0]
    # Who uses one method has not switched, whatever was paid and taken back before.
    if len(used) == 1 or not known:
        return 0.0
    usual = max(known, key=lambda name: (spent[name], name))
    return float(usual not in latest)


def reminder(first: list[Row], book: float | None) -> float | None:
    """Return the customer's own ninth decile drawn to the book's, which counts as five payments."""
    if book is None:
        return None
    own = quantile([lag(row) for row in first], 0.9) or 0.0
    return (len(first) * own + 5 * book) / (len(first) + 5)


def book_lag(known: Known, method: str) -> float | None:
    """Return the 90th percentile of the lags of a method in the whole book."""
    if "book_lags" not in known.memory:
        lags: dict[str, list[int]] = defaultdict(list)
        for row in (row for rows in payments(known).values() for row in rows if underway(row)):
            lags[row["method"]].append(lag(row))
        known.memory["book_lags"] = {name: quantile(days, 0.9) for name, days in lags.items()}
    found: float | None = known.memory["book_lags"].get(method)
    return found
