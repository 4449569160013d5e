"""Limit and score in force, how they moved, and how much of the limit is used."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from oracle.exposure import in_force
from oracle.known import Known, Row, ratio

WINDOWS = (30, 90, 180)


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    now, balance = in_force(known, key), sum(row["balance"] for row in known.of("open", key))
    score: Any = now.get("credit_score")
    limit: Any = now.get("credit_limit")
    orders, margin = now.get("open_orders"), _last_given(known, key, "margin")
    year = [row["euro"] for row in known.of("invoices", key) if known.ago(row["document_date"]) < 365]
    said: Row = {
        "credit_limit": limit,
        "credit_score": score,
        "credit_utilisation": _use(balance, limit),
        "credit_utilisation_with_orders": None if orders is None else _use(balance + orders, limit),
        "credit_score_changed_days": _changed(known, key, "credit_score"),
        "credit_limit_changed_days": _changed(known, key, "credit_limit"),
        "credit_score_missing": score is None,
        "credit_overlimit": None if limit is None else balance > max(limit, 0),
        "credit_overlimit_balance": None if limit is None else max(balance - max(limit, 0), 0),
        "credit_margin": margin,
        "credit_failure_risk": _last_given(known, key, "failure_risk"),
        "credit_margin_at_stake_12m": None if margin is None else margin * float(sum(year)),
    }
    for days in WINDOWS:
        then = in_force(known, key, days)
        before: Any = then.get("credit_score")
        lower: Any = then.get("credit_limit")
        known_both = limit is not None and lower is not None
        said[f"credit_score_change_{days}d"] = None if score is None or before is None else score - before
        said[f"credit_limit_change_{days}d"] = limit - lower if known_both else None
        said[f"credit_limit_change_share_{days}d"] = ratio(limit - lower, lower) if known_both else None
    if "credit" not in known.present:
        return dict.fromkeys(said)
    return said


def _use(owed: Any, limit: Any) -> float | None:
    if limit is None:
        return None
    return float(owed) / float(limit) if limit > 0 else float(owed > 0)


def _rows(known: Known, customer: str) -> list[Row]:
    return sorted(known.of("credit", customer), key=lambda row: (row["effective_on"], row["known_on"]))


def _last_given(known: Known, customer: str, name: str) -> float | None:
    # By day the row known last; of what these give, the latest.
    words = {row["effective_on"]: row[name] for row in _rows(known, customer)}
    given = [words[day] for day in sorted(words) if words[day] is not None]
    return given[-1] if given else None


def _changed(known: Known, customer: str, name: str) -> int | None:
    ago = None
    for before, after in pairwise(_rows(known, customer)):
        if before[name] is not None and after[name] is not None and before[name] != after[name]:
            ago = known.ago(after["effective_on"])
    return ago
