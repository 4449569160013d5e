"""What is doubtful about a stored ledger, measured in SQL and said in sentences.

An error means that the book cannot be segmented; a warning, that a figure may mislead; a note, that
the reader should know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Final, Literal

import duckdb
import pandas as pd

from arseg.ledger.quarantine import HARMLESS, REASONS
from arseg.ledger.store import Ledger
from arseg.schema import LEDGER, SETTLED_AMOUNT, SETTLED_SHARE

Severity = Literal["error", "warning", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")

# A customer above this share of all invoices, or of their amount, decides pooled figures alone.
LARGE_SHARE: Final = 0.2


@dataclass(frozen=True)
class Finding:
    """One doubt.

    Parameters
    ----------
    severity
        error, warning or note.
    code
        A stable word.
    message
        One sentence.
    count
        Rows (or customers) that it concerns, where that is known.
    amount
        Their amount in reporting currency, where that is known.
    """

    severity: Severity
    code: str
    message: str
    count: int | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class QualityReport:
    """All findings, by severity, then code, then message."""

    ledger: str
    currency: str
    findings: tuple[Finding, ...]

    @property
    def has_errors(self) -> bool:
        """Whether some finding is an error."""
        return any(finding.severity == "error" for finding in self.findings)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per finding: severity, code, message, count, amount (NaN where unknown)."""
        names = [*Finding.__dataclass_fields__]
        frame = pd.DataFrame([asdict(finding) for finding in self.findings], columns=names)
        kinds = {"severity": "str", "code": "str", "message": "str", "count": "float64", "amount": "float64"}
        return frame.astype(kinds)

    def to_json(self) -> str:
        """Return the report as JSON; amounts are decimal text."""
        findings = [
            asdict(finding) | {"amount": None if finding.amount is None else str(finding.amount)}
            for finding in self.findings
        ]
        report = {"ledger": self.ledger, "currency": self.currency, "findings": findings}
        return json.dumps(report, indent=2, ensure_ascii=False)

    def __str__(self) -> str:
        worth = [f" ({f.amount:,.2f} {self.currency})" if f.amount else "" for f in self.findings]
        return "\n".join(
            f"{f.severity:<7}  {f.code:<21}  {f.message}{amount}"
            for f, amount in zip(self.findings, worth, strict=True)
        )


def check(ledger: Ledger) -> QualityReport:
    """Look for what is doubtful about a ledger.

    Parameters
    ----------
    ledger
        A stored ledger.

    Returns
    -------
    QualityReport
        Its ``has_errors`` decides whether the book can be segmented.
    """
    with closing(ledger.connect()) as connection:
        _make_views(connection, ledger.rates)
        findings = [
            *_errors(connection),
            *_quarantined(connection),
            *_assumed_clocks(connection, ledger),
            *_doubtful_customers(connection),
            *_doubtful_invoices(connection),
            *_doubtful_postings(connection),
            *_tables(connection, ledger),
        ]
    findings += [Finding("note", "layout_note", note) for note in ledger.notes]
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding.code, finding.message))
    return QualityReport(ledger.name, ledger.currency, tuple(findings))


def _make_views(connection: duckdb.DuckDBPyConnection, rates: Mapping[str, float]) -> None:
    """Give the session latest versions, and amounts in reporting currency; the file stays untouched."""
    connection.execute("CREATE TEMP TABLE rates (currency VARCHAR, rate DECIMAL(18,8))")
    connection.executemany(
        "INSERT INTO rates VALUES (?, ?)", [[name, str(rate)] for name, rate in rates.items()]
    )
    latest = "QUALIFY row_number() OVER (PARTITION BY invoice_id ORDER BY known_on DESC) = 1"
    # A posting may leave its currency to its invoice.
    owed = "postings LEFT JOIN (SELECT invoice_id, currency AS owed FROM latest) USING (invoice_id)"
    for name, source, currency, rest in (
        ("latest", "invoices", "currency", latest),
        ("posted", owed, "coalesce(currency, owed)", ""),
        ("rejected", "quarantine", "currency", ""),
    ):
        connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT t.*, CAST(t.amount * r.rate AS DECIMAL(18,2)) AS reported "
            f"FROM (SELECT * REPLACE ({currency} AS currency) FROM {source}) t "
            f"LEFT JOIN rates r ON r.currency = t.currency {rest}"
        )
    connection.execute(
        "CREATE TEMP TABLE balances AS SELECT l.*, coalesce(p.cleared, 0) AS cleared, p.first_posting FROM latest l "
        "LEFT JOIN (SELECT invoice_id, min(value_date) AS first_posting, "
        "sum(CASE WHEN kind IN ('recovery', 'reversal') THEN -reported ELSE reported END) AS cleared "
        "FROM posted GROUP BY invoice_id) p USING (invoice_id)"
    )


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, Decimal]:
    """Return a count and an amount."""
    count, amount = connection.execute(query).fetchall()[0]
    return int(count), Decimal("0.00") if amount is None else amount


def _errors(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    count, _ = _one(connection, "SELECT count(*), NULL FROM latest")
    if not count:
        yield Finding("error", "no_invoices", "the ledger holds no invoice", 0)
    cleared, _ = _one(
        connection,
        "SELECT count(*), NULL FROM balances WHERE reported > 0 AND "
        f"reported - cleared <= greatest({SETTLED_AMOUNT}, {SETTLED_SHARE} * reported)",
    )
    if count and not cleared:
        yield Finding(
            "error", "no_cleared_invoice", "no invoice is ever cleared, so nothing can be learnt", 0
        )


def _quarantined(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    rows = connection.execute(
        "SELECT reason, count(*), sum(abs(reported)) FROM rejected GROUP BY reason ORDER BY reason"
    ).fetchall()
    for reason, count, amount in rows:
        severity: Severity = "note" if reason in HARMLESS else "warning"
        message = f"{count:,} rows are in quarantine as {reason}: {REASONS.get(reason, 'see the table')}"
        yield Finding(severity, "quarantined", message, count, amount)


def _assumed_clocks(connection: duckdb.DuckDBPyConnection, ledger: Ledger) -> Iterator[Finding]:
    for name in ledger.assumed_clocks:
        event_day = LEDGER[name].event_day
        count, _ = _one(connection, f"SELECT count(*) FILTER (known_on = {event_day}), NULL FROM {name}")
        total, _ = _one(connection, f"SELECT count(*), NULL FROM {name}")
        message = (
            f"known_on of {name} is assumed to be {event_day} (both are one day on {count / max(total, 1):.0%} "
            "of rows), so what was entered late cannot be seen"
        )
        yield Finding("warning", "assumed_clock", message, count)


def _doubtful_customers(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    names, _ = _one(
        connection,
        "SELECT count(*), NULL FROM (SELECT name FROM (SELECT customer_id, lower(trim(arg_max(name, known_on))) AS name "
        "FROM customers GROUP BY customer_id) WHERE name <> '' GROUP BY name HAVING count(*) > 1)",
    )
    if names:
        message = f"names that several customers share, who may be one: {names:,}; none is merged"
        yield Finding("warning", "duplicate_customers", message, names)
    large = connection.execute(
        "SELECT customer_id, sum(reported), count(*) / sum(count(*)) OVER (), "
        "CAST(sum(reported) AS DOUBLE) / sum(CAST(sum(reported) AS DOUBLE)) OVER () "
        "FROM latest WHERE reported > 0 GROUP BY customer_id ORDER BY 2 DESC, 1"
    ).fetchall()
    for customer, amount, of_invoices, of_amount in large:
        if max(of_invoices, of_amount) > LARGE_SHARE:
            shares = f"{of_invoices:.0%} of the invoices and {of_amount:.0%} of their amount"
            message = f"customer {customer} holds {shares}; read figures per customer too"
            yield Finding("warning", "single_customer_share", message, 1, amount)


# Code, severity, condition on balances, sentence.
_INVOICES: Final[tuple[tuple[str, Severity, str, str], ...]] = (
    ("impossible_dates", "warning", "due_date < document_date", "invoices are due before they are issued"),
    (
        "impossible_dates",
        "warning",
        "delivered_on < document_date",
        "invoices are delivered before they are issued",
    ),
    (
        "overpaid",
        "warning",
        f"reported >= 0 AND cleared - reported > greatest({SETTLED_AMOUNT}, {SETTLED_SHARE} * reported)",
        "invoices have more cleared than they are worth",
    ),
    ("prepaid", "note", "first_posting < document_date", "invoices have a posting before they are issued"),
    (
        "not_receivable",
        "note",
        "amount <= 0",
        "invoices are of zero or negative amount and never count as open",
    ),
)


def _doubtful_invoices(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for code, severity, condition, sentence in _INVOICES:
        count, amount = _one(
            connection, f"SELECT count(*), sum(abs(reported)) FROM balances WHERE {condition}"
        )
        if count:
            yield Finding(severity, code, f"{count:,} {sentence}", count, amount)


def _doubtful_postings(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    count, amount = _one(connection, "SELECT count(*), sum(reported) FROM posted WHERE invoice_id IS NULL")
    if count:
        yield Finding(
            "note", "on_account", f"{count:,} postings are on account, not on an invoice", count, amount
        )
    count, amount = _one(
        connection,
        "SELECT count(*), sum(p.reported) FROM posted p JOIN latest l USING (invoice_id) WHERE p.currency <> l.currency",
    )
    if count:
        message = f"{count:,} postings are in another currency than their invoice"
        yield Finding("warning", "currency_mismatch", message, count, amount)


def _tables(connection: duckdb.DuckDBPyConnection, ledger: Ledger) -> Iterator[Finding]:
    absent = [name for name in LEDGER if name not in ledger.present]
    if absent:
        message = f"absent tables: {', '.join(absent)}; what needs them is left empty"
        yield Finding("note", "absent_tables", message, len(absent))
    for name in sorted(ledger.present):
        first, last, count = connection.execute(
            f"SELECT min(known_on), max(known_on), count(*) FROM {name}"
        ).fetchall()[0]
        message = f"{name}: {count:,} rows, known from {first} to {last}; the ledger ends {ledger.last_known}"
        yield Finding("note", "freshness", message, count)
