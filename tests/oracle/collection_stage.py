"""How far collection has come with a customer."""

from __future__ import annotations

from oracle.known import Known, Row

# The stage begins with that many days past due; the first begins with the invoice.
BEGINS = {0: None, 1: -7, 2: 1, 3: 31, 4: 61, 5: 91}


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    mine = known.of("open", key)
    entered = [_stage(known, row) for row in mine if not row["disputed"]]
    stage = max((stage for stage, _ in entered), default=None)
    losses = [row for row in known.of("cleared", key) if row["event"] == 3 and row["ago"] < 365]
    touches = [row for row in known.of("contacts", key) if known.ago(row["contacted_on"]) < 180]
    contacts = "contacts" in known.present
    legal = any("legal" in (row["channel"], row["outcome"]) for row in touches)
    return {
        "stage": stage,
        "stage_days": max((days for its, days in entered if its == stage), default=None),
        "stage_disputed": any(row["disputed"] for row in mine) if "disputes" in known.present else None,
        "stage_promised": _promised(known, key) if "promises" in known.present else None,
        "stage_written_off_12m": bool(losses),
        "stage_legal_180d": legal if contacts else None,
    }


def _stage(known: Known, row: Row) -> tuple[int, int]:
    age = known.ago(row["document_date"])
    stage = max(number for number, day in BEGINS.items() if day is None or row["past_due"] >= day)
    begins = BEGINS[stage]
    return stage, age if begins is None else min(age, row["past_due"] - begins)


def _promised(known: Known, customer: str) -> bool:
    last: dict[str | None, Row] = {}
    mine = [row for row in known.promises.values() if row["customer_id"] == customer]
    for row in sorted(mine, key=lambda row: (row["made_on"], row["promise_id"])):
        last[row["invoice_id"]] = row
    still_open = {None, *(row["invoice_id"] for row in known.open)}
    return any(known.ago(row["due_on"]) <= 3 and subject in still_open for subject, row in last.items())
