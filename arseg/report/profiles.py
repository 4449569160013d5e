"""What the segments are like: size of an account, how much of it is late, how far it hangs on one customer."""

from __future__ import annotations

from typing import Final

from arseg.report import masking, wording
from arseg.report.evidence import Band, beside, segment_position
from arseg.report.findings import Findings, Row, rows_of
from arseg.report.language import say
from arseg.report.tables import Table, chip, number, table

NO_PROFILES: Final = "No profiles: no customer had an open item at the key date."
SHARES: Final = ("overdue_share", "disputed_share", "late_share", "largest_share")


def profiles(findings: Findings) -> Band:
    """Return one row per segment, riskiest first; small groups are hidden."""
    rows = sorted(rows_of(findings.profiles, "profiles"), key=lambda row: segment_position(row["segment"]))
    away = masking.hidden([row["customers"] for row in rows], findings.fewest)
    return {
        "missing": "" if rows else say(NO_PROFILES),
        "rows": [
            masking.withheld(own) if gone else own
            for own, gone in zip((_profile(row, findings.currency) for row in rows), away, strict=True)
        ],
    }


def _profile(row: Row, currency: str) -> Band:
    balance = row["median_balance"]
    return {
        "segment": row["segment"],
        **{name: beside(row[name], wording.count(row[name])) for name in ("customers", "items")},
        "median_balance": beside(balance, wording.money_short(balance, currency)),
        "median_oldest": beside(row["median_oldest"], wording.days(row["median_oldest"], 0)),
        **{name: beside(row[name], wording.share(row[name])) for name in SHARES},
    }


def profiles_table(band: Band) -> Table:
    """Return size, age and lateness of each segment."""
    names = ("customers", "items", "median_balance", "median_oldest", *SHARES)
    rows = [[chip(each["segment"]), *(number(each[name]) for name in names)] for each in band["rows"]]
    columns = (
        *("Segment", "#Customers", "#Open items", "#Median balance", "#Oldest item, median"),
        *("#Overdue", "#Disputed", "#Paid late before", "#Largest customer"),
    )
    caption = (
        "Segments today: shares of the open balance; oldest item in days past due, negative before due; paid late:"
        " share of cleared items"
    )
    return table(caption, columns, [("", "", rows)], wide=True)
