"""The collectors' day: how full it is, how evenly, and what one more hour of each would be worth."""

from __future__ import annotations

from arseg.report import wording
from arseg.report.evidence import Band, beside
from arseg.report.findings import Findings, Row, plain_value, rows_of
from arseg.report.language import say
from arseg.report.tables import Table, cell, number, table


def desks(findings: Findings) -> Band:
    """Return one row per collector, and how evenly the day's work lies on them."""
    rows = rows_of(findings.desks, "desks")
    gini = plain_value(dict(findings.capacity or {}).get("gini"))
    said = ""
    if gini is not None:
        said = say(
            "Gini coefficient of how full the days are: {gini}; 0 is even.", gini=wording.plain(gini, 2)
        )
    return {"rows": [_desk(row, findings.currency) for row in rows], "gini": gini, "said": said}


def _desk(row: Row, currency: str) -> Band:
    hours = {name: row[column] / 60 for name, column in (("hours", "minutes"), ("used", "used_minutes"))}
    return {
        "collector": _named(str(row["collector"])),
        **{name: beside(value, wording.hours(value)) for name, value in hours.items()},
        "full": beside(row["full"], wording.share(row["full"], 0)),
        **{name: beside(row[name], wording.count(row[name])) for name in ("customers", "own_customers")},
        "hour_price": beside(row["hour_price"], wording.money_short(row["hour_price"], currency)),
    }


def desks_table(band: Band) -> Table:
    """Return the collectors with hours, load and the worth of one more hour."""
    names = ("hours", "used", "full", "customers", "hour_price")
    rows = [[cell(each["collector"]), *(number(each[name]) for name in names)] for each in band["rows"]]
    columns = ("Collector", "#Hours", "#Used", "#Full", "#Customers", "#One more hour is worth")
    return table("The collectors' day", columns, [("", "", rows)])


def _named(collector: str) -> str:
    """Return a collector as declared; one who has no name is counted in the language spoken."""
    word, _, count = collector.partition(" ")
    unnamed = word == "collector" and count.isdecimal()
    return say("collector {count}", count=count) if unnamed else collector
