"""What is doubtful about a stored ledger, measured in SQL and said in sentences.

The checks stand in rooms of their own: `doubts` (rows), `debtors` and `namesakes` (customers), `freshness`
(ages and volumes), `restatement` (how much history moved). Here they become one report.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any, Final

import duckdb
import pandas as pd

from arseg.ledger.loading.load_report import SourceCount, count_sources, money_text, sum_money
from arseg.ledger.quality import doubts
from arseg.ledger.quality.debtors import find_doubtful_debtors
from arseg.ledger.quality.finding import SEVERITIES, Finding, Severity
from arseg.ledger.quality.freshness import (
    STALE_CODES,
    MaxAge,
    TableAge,
    find_stale,
    find_volumes,
    limits,
    measure_ages,
)
from arseg.ledger.quality.namesakes import find_namesakes
from arseg.ledger.quality.reported import make_views
from arseg.ledger.quality.restatement import RestatementAudit, audit
from arseg.ledger.storing.store import Ledger
from arseg.schema import Column, Table, parse_day
from arseg.schema.shown import Shown
from arseg.schema.table import required
from arseg.side_by_side import together

__all__ = ["QUALITY", "SEVERITIES", "Finding", "QualityReport", "Quarantined", "Severity", "check"]

QUALITY: Final = Table(
    "quality",
    (
        required("severity", "text", "error, warning or note"),
        required("code", "text", "a stable word"),
        required("message", "text", "one sentence"),
        Column("count", "number", "rows or customers that it concerns, where known"),
        Column("amount", "number", "their amount in reporting currency, where known"),
    ),
    key=("severity", "code", "message"),
)


@dataclass(frozen=True)
class Quarantined:
    """Rows set aside for one reason: how many, and their money by currency, each as it stands."""

    reason: str
    rows: int
    amounts: Mapping[str, Decimal]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data; amounts are decimal text."""
        amounts = {currency: str(amount) for currency, amount in self.amounts.items()}
        return {"reason": self.reason, "rows": self.rows, "amounts": amounts}


@dataclass(frozen=True)
class QualityReport(Shown):
    """What a check found.

    Parameters
    ----------
    ledger
        Name of the ledger.
    currency
        Its reporting currency.
    findings
        By severity, then code, then message; none twice.
    as_of
        The day from which ages are counted.
    ages
        One per table.
    sources
        Rows read, loaded and quarantined of each source; of one that came several times the last.
    currencies
        By currency: invoiced, paid, credited, written_off, recovered, reversed and open.
    quarantine
        Rows set aside, by reason, of all loads.
    restatements
        How much history moved.
    """

    ledger: str
    currency: str
    findings: tuple[Finding, ...]
    as_of: dt.date | None = None
    ages: tuple[TableAge, ...] = ()
    sources: tuple[SourceCount, ...] = ()
    currencies: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    quarantine: tuple[Quarantined, ...] = ()
    restatements: RestatementAudit | None = None

    @property
    def has_errors(self) -> bool:
        """Whether some finding is an error."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def stale(self) -> tuple[str, ...]:
        """Why the input is too old or not whole, in sentences; empty where it is fit."""
        return tuple(each.message for code in STALE_CODES for each in self.findings if each.code == code)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per finding: severity, code, message, count, amount (NaN where unknown)."""
        from arseg.ledger.storing.contract import require_contract

        rows = [
            (each.severity, each.code, each.message, each.count, each.amount and float(each.amount))
            for each in self.findings
        ]
        kinds = {column.name: "str" if column.type == "text" else "float64" for column in QUALITY.columns}
        frame = pd.DataFrame(rows, columns=list(kinds)).astype(kinds)
        require_contract(frame, QUALITY, where="quality report")
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data; amounts are decimal text, days ISO text."""
        audited = RestatementAudit(self.ledger, ()) if self.restatements is None else self.restatements
        return {
            "ledger": self.ledger,
            "currency": self.currency,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "stale": list(self.stale),
            "findings": [finding.to_dict() for finding in self.findings],
            "sources": [_source(count) for count in self.sources],
            "currencies": money_text(self.currencies),
            "quarantine": [each.to_dict() for each in self.quarantine],
            "freshness": [age.to_dict() for age in self.ages],
            "restatements": audited.to_dict(),
        }

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def __str__(self) -> str:
        worth = [f" ({f.amount:,.2f} {self.currency})" if f.amount else "" for f in self.findings]
        return "\n".join(
            f"{f.severity:<7}  {f.code:<21}  {f.message}{amount}"
            for f, amount in zip(self.findings, worth, strict=True)
        )


def _source(count: SourceCount) -> dict[str, Any]:
    return {
        "source": count.source,
        "sha256": count.sha256,
        "rows_read": count.rows_read,
        "rows_loaded": count.rows_loaded,
        "rows_quarantined": count.rows_quarantined,
        "reasons": dict(count.reasons),
    }


def check(
    ledger: Ledger, *, as_of: str | dt.date | None = None, max_age_days: MaxAge = None
) -> QualityReport:
    """Look for what is doubtful about a ledger.

    Parameters
    ----------
    ledger
        A stored ledger.
    as_of
        The day from which ages and volumes are counted; the ledger's last known day where None. It may be
        later than that: a book that nobody loaded since is old.
    max_age_days
        Days that a table may be old: by table, or one number for invoices and postings; no limit where None.

    Returns
    -------
    QualityReport
        Its ``has_errors`` decides whether the book can be segmented, its ``stale`` whether it is current.

    Raises
    ------
    UsageError
        If the day is none, or a table with a maximum age is unknown.
    """
    day = ledger.last_known if as_of is None else parse_day(as_of, name="as_of")
    allowed = limits(max_age_days)
    with closing(ledger.connect()) as connection, closing(connection.cursor()) as beside:
        # Names are compared in Python while the database reads the amounts.
        namesakes, _ = together(
            partial(find_namesakes, beside), partial(make_views, connection, ledger.rates)
        )
        ages = measure_ages(connection, ledger, day, allowed)
        audited = audit(connection, ledger)
        found = [*_found(connection, ledger), *namesakes, *find_stale(ages, day)]
        found += find_volumes(connection, day)
        quarantine = _quarantine(connection)
    found += _moved(audited, ledger)
    found += [Finding("note", "layout_note", note) for note in ledger.notes]
    return QualityReport(
        ledger.name,
        ledger.currency,
        tuple(sorted(dict.fromkeys(found), key=lambda finding: finding.rank)),
        day,
        ages,
        tuple(count_sources(ledger)),
        sum_money(ledger),
        quarantine,
        audited,
    )


def _found(connection: duckdb.DuckDBPyConnection, ledger: Ledger) -> Iterator[Finding]:
    yield from doubts.find_errors(connection)
    yield from doubts.find_quarantined(connection)
    yield from doubts.find_assumed_clocks(connection, ledger)
    yield from doubts.find_doubtful_invoices(connection)
    yield from doubts.find_doubtful_postings(connection)
    yield from doubts.find_strays(connection)
    yield from doubts.find_currencies(connection, ledger)
    yield from doubts.find_absent_tables(ledger)
    yield from find_doubtful_debtors(connection)


def _quarantine(connection: duckdb.DuckDBPyConnection) -> tuple[Quarantined, ...]:
    rows = connection.execute(
        "SELECT reason, currency, count(*), sum(amount) FROM quarantine GROUP BY ALL ORDER BY reason, currency"
    ).fetchall()
    counts: dict[str, int] = {}
    amounts: dict[str, dict[str, Decimal]] = {}
    for reason, currency, count, amount in rows:
        counts[reason] = counts.get(reason, 0) + count
        named = amounts.setdefault(reason, {})
        if currency is not None and amount is not None:
            named[currency] = amount
    return tuple(Quarantined(reason, count, amounts[reason]) for reason, count in counts.items())


def _moved(audited: RestatementAudit, ledger: Ledger) -> Iterator[Finding]:
    """Say what moved history, its money in reporting currency."""
    for each in audited.movements:
        rate = ledger.rates.get(each.currency or "")
        worth = None
        if each.amount is not None and rate is not None:
            worth = (each.amount * Decimal(str(rate))).quantize(Decimal("0.01"), ROUND_HALF_UP)
        code = "restated" if each.kind != "booked_late" else "booked_late"
        yield Finding("note", code, str(each).rstrip("."), each.count, worth)
