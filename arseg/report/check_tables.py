"""The tables of the band on data quality; cells only, nothing is computed here."""

from __future__ import annotations

from typing import Any, Final

from arseg.report import wording
from arseg.report.language import known, say
from arseg.report.tables import Table, cell, number, table

LEVELS: Final = ("error", "warning", "note")


def check_tables(band: dict[str, Any]) -> dict[str, Table]:
    """Return the tables of the band by name."""
    return {
        "quality": quality_table(band),
        "sources": sources_table(band),
        "freshness": freshness_table(band),
    }


def quality_table(band: dict[str, Any]) -> Table:
    """Return the findings of the data check, errors first."""
    rows = [
        [
            cell(
                known(row["severity"]),
                look=f"severity {row['severity'] if row['severity'] in LEVELS else ''}",
            ),
            cell(known(row["message"]), sub=row["code"], look="long"),
            number(row["count"]),
            number(wording.NOTHING if row["amount"]["raw"] is None else row["amount"]),
        ]
        for row in band["rows"]
    ]
    columns = ("Severity", "Finding", "#Rows", "#Amount")
    return table("Findings of the data check", columns, [("", "", rows)], wide=True)


def sources_table(band: dict[str, Any]) -> Table:
    """Return what was read of each source, and why rows were set aside."""
    rows = [
        [
            cell(row["source"], look="code"),
            *(number(row[name]) for name in ("rows_read", "rows_loaded", "rows_quarantined")),
            cell(row["reasons"] or wording.NOTHING, look="long"),
        ]
        for row in band["sources"]
    ]
    columns = ("Source", "#Rows read", "#Loaded", "#Quarantined", "Why")
    return table("Rows of each source", columns, [("", "", rows)], wide=True)


def freshness_table(band: dict[str, Any]) -> Table:
    """Return how old each table is on the day of the check."""
    rows = [
        [
            cell(known(row["table"])),
            number(row["rows"]),
            cell(row["first"]["shown"]),
            cell(row["last"]["shown"]),
            number(row["age"]),
            number(row["allowed"]),
            cell(say(row["state"]), look=f"severity {'error' if row['state'] == 'STALE' else ''}"),
        ]
        for row in band["ages"]
    ]
    columns = ("Table", "#Rows", "First known", "Last known", "#Age", "#Allowed", "State")
    return table(say("Age of each table on {day}", day=band["as_of"]), columns, [("", "", rows)], wide=True)
