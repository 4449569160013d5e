"""Contacts of the last days, and what followed them."""

from __future__ import annotations

import datetime as dt

from oracle.known import Known, Row, ratio

CHANNELS = ("call", "email", "letter", "portal")
ANSWERED = {"reached", "promise", "dispute"}


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    told = {**_counts(known, key), **_conversation(known, key)}
    return told if "contacts" in known.present else dict.fromkeys(told)


def _counts(known: Known, key: str) -> Row:
    touches = known.of("contacts", key)
    found: Row = {}
    for days in (30, 90):
        channels = [row["channel"] for row in touches if known.ago(row["contacted_on"]) < days]
        found[f"contact_count_{days}d"] = len(channels)
        found |= {f"contact_{name}_count_{days}d": channels.count(name) for name in CHANNELS}
    found["contact_count_7d"] = sum(known.ago(row["contacted_on"]) < 7 for row in touches)
    return found


def _conversation(known: Known, key: str) -> Row:
    touches = [{**row, "ago": known.ago(row["contacted_on"])} for row in known.of("contacts", key)]
    year = [row for row in touches if row["ago"] < 365]
    quarter = [row for row in touches if row["ago"] < 90]
    answerable = [row for row in quarter if row["outcome"] not in {None, "sent"}]
    old_enough = [row for row in quarter if row["ago"] >= 7]
    booked = _booked(known).get(key, set())
    week = [dt.timedelta(days=days) for days in range(1, 8)]
    followed = [row for row in old_enough if any(row["contacted_on"] + day in booked for day in week)]
    told = any(row["minutes"] is not None for row in known.seen["contacts"])
    return {
        "contact_last_days": min((row["ago"] for row in year), default=None),
        "contact_reached_last_days": min(
            (row["ago"] for row in year if row["outcome"] in ANSWERED), default=None
        ),
        "contact_response_share_90d": ratio(
            sum(row["outcome"] in ANSWERED for row in answerable), len(answerable)
        ),
        "contact_paid_7d_share_90d": ratio(len(followed), len(old_enough)),
        "contact_minutes_90d": sum(row["minutes"] or 0 for row in quarter) if told else None,
    }


def _booked(known: Known) -> dict[str, set[dt.date]]:
    """Return the days on which payments of each customer were booked."""
    if "booked" not in known.memory:
        days: dict[str, set[dt.date]] = {}
        for posting in known.postings:
            if posting["kind"] == "payment" and posting["amount"] > 0:
                days.setdefault(payer(known, posting), set()).add(posting["known_on"])
        known.memory["booked"] = days
    found: dict[str, set[dt.date]] = known.memory["booked"]
    return found


def payer(known: Known, posting: Row) -> str:
    """Return the customer that a posting names, or else its invoice's; nobody is the empty name."""
    named = posting["customer_id"] or known.invoices.get(posting["invoice_id"], {}).get("customer_id")
    return str(named or "")
