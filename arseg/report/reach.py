"""Beside the worklist: who waits how long, who is reminded before due, what each segment prefers."""

from __future__ import annotations

from typing import Final

from arseg.report import wording
from arseg.report.evidence import Band, beside, segment_position
from arseg.report.findings import Findings, Row, rows_of
from arseg.report.language import known, say
from arseg.report.tables import Cell, Table, cell, chip, number, table

KINDS: Final = {"channel": "Channel", "payment_method": "Payment method"}


def reach(findings: Findings) -> Band:
    """Return the plan for those who wait, the reminders before due and what each segment prefers."""
    told = dict(findings.reaching or {})
    rows = rows_of(findings.preferred, "preferred")
    rows.sort(key=lambda row: (list(KINDS).index(row["kind"]), segment_position(row["segment"])))
    return {
        "sentences": [text for text in (known(told.get("plan", "")), _reminders(told)) if text],
        "rows": [_preferred(row) for row in rows if row["preferred"]],
    }


def _reminders(told: Band) -> str:
    count = told.get("reminders", 0)
    if not count:
        return ""
    text = say(
        "{customers} not yet due: each has a day for a reminder", customers=wording.plural(count, "customer")
    )
    if told["earlier"]:
        text += say(
            ", {count} of them more than {days} days before due because their way of paying takes longer to post",
            count=wording.count(told["earlier"]),
            days=told["usual_days"],
        )
    if told["sooner_invoices"]:
        text += say(
            "; the invoices of {count} should go out earlier, as they travel on paper",
            count=wording.count(told["sooner_invoices"]),
        )
    return f"{text}."


def _preferred(row: Row) -> Band:
    return {
        "kind": say(KINDS[row["kind"]]),
        "segment": row["segment"],
        **{name: known(str(row[name])) for name in ("preferred", "evidence", "why")},
        "n": beside(row["n"], wording.count(row["n"])),
        "share": beside(row["share"], wording.share(row["share"])),
    }


def preferred_table(band: Band) -> Table:
    """Return the preferred channel and payment method of each segment, with n and how far it may be believed."""
    rows: list[list[Cell]] = [
        [
            cell(each["kind"]),
            chip(each["segment"]),
            cell(each["preferred"]),
            number(each["n"]),
            number(each["share"]),
            cell(each["evidence"], sub=each["why"], look="long"),
        ]
        for each in band["rows"]
    ]
    columns = ("What", "Segment", "Preferred", "#n", "#Share", "Evidence")
    return table(
        "What each segment answers and how it pays; descriptive: who is called is not who is written to",
        columns,
        [("", "", rows)],
        wide=True,
    )
