"""What is unlike the months before: alarms first, then the series that stand out most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arseg.report import wording
from arseg.report.evidence import Band, beside
from arseg.report.findings import Findings, Row, rows_of
from arseg.report.language import known, say
from arseg.report.tables import Table, cell, number, table

NOT_WATCHED: Final = "Nothing was watched: the run has no month before this one."
SHOWN: Final = 8
SERIES: Final = {
    "moved": "customers who changed segment",
    "unpaid_30": "unpaid after 30 days",
    "unpaid_30 less foretold": "unpaid after 30 days less foretold",
    "came of expected": "cash that came of what was expected",
    "p_unpaid_30": "chance to be unpaid after 30 days",
    "p_write_off": "chance of a write-off",
    "expected_days": "expected days until paid",
    "expected_loss": "expected loss",
}


def monitoring(findings: Findings) -> Band:
    """Return how many series were compared with their past, which raise an alarm, and the most unusual ones."""
    rows = [row for row in rows_of(findings.monitor, "monitor") if row["p"] is not None]
    alarms = [row for row in rows if row["alarm"]]
    return {
        "missing": "" if rows else say(NOT_WATCHED),
        "watched": beside(len(rows), wording.count(len(rows))),
        "alarms": beside(len(alarms), wording.count(len(alarms))),
        "rows": [_series(row, findings.meanings) for row in (alarms or rows)[:SHOWN]],
        "more": max(0, len(alarms) - SHOWN),
    }


def _series(row: Row, meanings: Mapping[str, str]) -> Band:
    return {
        "monitor": known(str(row["monitor"])),
        "series": str(row["series"]),
        "words": in_words(str(row["series"]), meanings),
        "value": beside(row["value"], _plain(row["value"])),
        "usual": beside(row["usual"], _plain(row["usual"])),
        "standardised": beside(row["standardised"], wording.signed(row["standardised"])),
        "alarm": bool(row["alarm"]),
    }


def in_words(series: str, meanings: Mapping[str, str]) -> str:
    """Return what a series is, in the language spoken; its own name where nobody says more.

    Parameters
    ----------
    series
        As ``arseg.metrics.drift`` names it.
    meanings
        Of the features, by name.

    Examples
    --------
    >>> in_words("late_mean~", {"late_mean": "mean days late; of paid invoices"})
    'mean days late: how far apart'
    >>> in_words("in High", {}), in_words("portfolio=P3", {}), in_words("own_column", {})
    ('customers in High', 'customers with portfolio P3', 'own_column')
    """
    if series.endswith("~"):
        return say("{series}: how far apart", series=in_words(series[:-1], meanings))
    if series.endswith("?"):
        return say("{series}: share not known", series=in_words(series[:-1], meanings))
    if series in SERIES:
        return say(SERIES[series])
    head, equals, value = series.partition("=")
    if equals:
        return say("customers with {column} {value}", column=known(head.replace("_", " ")), value=value)
    if series.startswith("in "):
        return say("customers in {segment}", segment=known(series.removeprefix("in ")))
    # A meaning says the thing before its first semicolon, and the small print after it.
    return known(meanings.get(series, "").partition(";")[0]) or series


def _plain(value: Any) -> str:
    return wording.plain(value, 3)


def monitoring_table(band: Band) -> Table:
    """Return the series that stand out most, alarms marked in words."""
    rows = [
        [
            cell(each["monitor"]),
            cell(each["words"], sub="" if each["words"] == each["series"] else each["series"], look="long"),
            *(number(each[name]) for name in ("value", "usual", "standardised")),
            cell(say("ALARM") if each["alarm"] else say("as before")),
        ]
        for each in band["rows"]
    ]
    columns = ("Monitor", "Series", "#Now", "#Usually", "#Spreads apart", "Verdict")
    return table("Series furthest from their own past", columns, [("", "", rows)], wide=True)
