"""What is unlike the months before: alarms first, then the series that stand out most."""

from __future__ import annotations

from typing import Any, Final

from arseg.report import wording
from arseg.report.evidence import Band, beside
from arseg.report.findings import Findings, Row, rows_of
from arseg.report.language import known, say
from arseg.report.tables import Table, cell, number, table

NOT_WATCHED: Final = "Nothing was watched: the run has no month before this one."
SHOWN: Final = 8


def monitoring(findings: Findings) -> Band:
    """Return how many series were compared with their past, which raise an alarm, and the most unusual ones."""
    rows = [row for row in rows_of(findings.monitor, "monitor") if row["p"] is not None]
    alarms = [row for row in rows if row["alarm"]]
    return {
        "missing": "" if rows else say(NOT_WATCHED),
        "watched": beside(len(rows), wording.count(len(rows))),
        "alarms": beside(len(alarms), wording.count(len(alarms))),
        "rows": [_series(row) for row in (alarms or rows)[:SHOWN]],
        "more": max(0, len(alarms) - SHOWN),
    }


def _series(row: Row) -> Band:
    return {
        "monitor": known(str(row["monitor"])),
        "series": str(row["series"]),
        "value": beside(row["value"], _plain(row["value"])),
        "usual": beside(row["usual"], _plain(row["usual"])),
        "standardised": beside(row["standardised"], wording.signed(row["standardised"])),
        "alarm": bool(row["alarm"]),
    }


def _plain(value: Any) -> str:
    return wording.plain(value, 3)


def monitoring_table(band: Band) -> Table:
    """Return the series that stand out most, alarms marked in words."""
    rows = [
        [
            cell(each["monitor"]),
            cell(each["series"]),
            *(number(each[name]) for name in ("value", "usual", "standardised")),
            cell(say("ALARM") if each["alarm"] else say("as before")),
        ]
        for each in band["rows"]
    ]
    columns = ("Monitor", "Series", "#Now", "#Usually", "#Spreads apart", "Verdict")
    return table("Series furthest from their own past", columns, [("", "", rows)])
