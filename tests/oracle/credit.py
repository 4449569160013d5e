"""Limit and score in force."""

from __future__ import annotations

from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    balance = sum(row["balance"] for row in known.of("open", key))
    facts = sorted(known.of("credit", key), key=lambda row: (row["effective_on"], row["known_on"]))
    before = [row for row in facts if known.ago(row["effective_on"]) >= 90]
    limit, score = (facts[-1]["credit_limit"], facts[-1]["credit_score"]) if facts else (None, None)
    change = None
    if score is not None and before and before[-1]["credit_score"] is not None:
        change = score - before[-1]["credit_score"]
    use = None if limit is None else float(balance) / float(limit) if limit > 0 else float(balance > 0)
    return {
        "credit_limit": limit,
        "credit_score": score,
        "credit_score_change_90d": change,
        "credit_utilisation": use,
    }
