"""Who moved since the edition before and why: each change of score split into its five causes."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from arseg.report import masking, wording
from arseg.report.evidence import Band, beside, segment_position
from arseg.report.findings import Findings, Row, plain_value, rows_of
from arseg.report.language import known, say
from arseg.report.since import CAUSES
from arseg.report.tables import Cell, Table, cell, chip, number, table

SHOWN: Final = 15
NO_EDITION: Final = "No reasons are split: this is the first edition."
NOBODY: Final = "Nobody of both editions changed segment."


def changes(findings: Findings) -> Band:
    """Return the customers who changed segment, those who rose first, and what each cause moved in all."""
    told = dict(findings.changed or {})
    rows = rows_of(findings.changes, "changes")
    counts = Counter((row["before"], row["after"]) for row in rows if row["before"] != row["after"])
    moved = sorted((row for row in rows if row["before"] != row["after"]), key=_urgency)
    return {
        # Without a word about an earlier edition there is no such part of the page.
        "shown": findings.changed is not None,
        "missing": _missing(told, moved),
        "since": wording.day(told.get("since")) if told.get("since") else "",
        "version": told.get("version") or "",
        "both": beside(len(rows), wording.count(len(rows))),
        "moved": beside(len(moved), masking.total(list(counts.values()), findings.fewest)),
        **{
            name: beside(told.get(name, 0), masking.total([int(told.get(name, 0))], findings.fewest))
            for name in ("came", "left")
        },
        "rows": [_case(row, findings.currency) for row in moved[:SHOWN]],
        "more": wording.count(len(moved) - SHOWN) if len(moved) > SHOWN else "",
        "causes": [] if not rows else [_cause(name, told.get("by_cause", {})) for name in CAUSES],
    }


def _missing(told: dict[str, Any], moved: list[Row]) -> str:
    if not told.get("since"):
        return known(str(told.get("note") or "")) or say(NO_EDITION)
    if told.get("note"):
        return say("No reasons are split: {note}.", note=known(str(told["note"])))
    return "" if moved else say(NOBODY)


def _urgency(row: Row) -> tuple[int, float, str]:
    rises = segment_position(row["after"]) < segment_position(row["before"])
    return (0 if rises else 1, -(row["open_balance"] or 0.0), row["customer_id"])


def _case(row: Row, currency: str) -> Band:
    # The head of the sentence says which causes moved the customer over a cut.
    reason = str(row["why"] or "").partition(";")[0].partition(" by ")[2]
    return {
        "customer_id": row["customer_id"],
        "before": row["before"],
        "after": row["after"],
        "reason": known(reason),
        **{name: beside(row[name], wording.share(row[name])) for name in ("score_before", "score_after")},
        "parts": {name: _part(row[f"score_{name}"]) for name in CAUSES},
        "open_balance": beside(row["open_balance"], wording.money_short(row["open_balance"], currency)),
    }


def _part(value: float | None) -> Band:
    if value is None:
        return beside(None, say(wording.UNKNOWN))
    return beside(value, wording.signed(100 * value) or wording.NOTHING)


def _cause(name: str, by_cause: dict[str, dict[str, float]]) -> Band:
    sums = {each: plain_value(value) for each, value in by_cause.get(name, {}).items()}
    return {
        "name": name,
        "label": say(CAUSES[name]),
        "up": beside(sums.get("steps_up"), wording.count(sums.get("steps_up"))),
        "down": beside(sums.get("steps_down"), wording.count(sums.get("steps_down"))),
        "mean": _part(sums.get("mean_score")),
    }


def causes_table(band: Band) -> Table:
    """Return what each cause moved over all customers of both editions."""
    rows = [
        [cell(each["label"]), *(number(each[name]) for name in ("up", "down", "mean"))]
        for each in band["causes"]
    ]
    columns = ("Cause", "#Steps up", "#Steps down", "#Mean change of score, pp")
    return table("What moved segments, over all customers of both editions", columns, [("", "", rows)])


def changes_table(band: Band) -> Table:
    """Return the customers who changed segment with the five parts of their change of score."""
    rows = [_row(each) for each in band["rows"]]
    columns = (
        "Customer",
        "From",
        "To",
        "By",
        "#Open",
        "#Score",
        *(f"#{say('{cause}, pp', cause=say(label))}" for label in CAUSES.values()),
    )
    return table(
        "Who moved and why. Score: chance to be unpaid 30 days after due; its change is the sum of the parts",
        columns,
        [("", "", rows)],
        wide=True,
    )


def _row(each: Band) -> list[Cell]:
    score = wording.span(each["score_before"]["shown"], each["score_after"]["shown"])
    return [
        cell(each["customer_id"]),
        chip(each["before"]),
        chip(each["after"]),
        cell(each["reason"], look="long"),
        number(each["open_balance"]),
        number(score),
        *(number(part) for part in each["parts"].values()),
    ]
