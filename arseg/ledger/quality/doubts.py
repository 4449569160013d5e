"""What is doubtful about the rows of a ledger: invoices, postings, quarantine, clocks, tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb

from arseg.ledger.loading.quarantine import HARMLESS, REASONS
from arseg.ledger.quality.finding import Finding, Severity
from arseg.ledger.quality.reported import count_rows
from arseg.ledger.storing.store import Ledger
from arseg.schema import LEDGER, SETTLED_AMOUNT, SETTLED_SHARE

# A due day further away than this from the document day is believed, but said.
FAR_DAYS: Final = 366

# Rows after a silence of this many days, and no more than this share of all, are held to be dated wrongly.
SILENT_DAYS: Final = 60
STRAY_SHARE: Final = 0.001


def find_errors(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Say why the book cannot be segmented at all."""
    count, _ = count_rows(connection, "SELECT count(*), NULL FROM latest")
    if not count:
        yield Finding("error", "no_invoices", "the ledger holds no invoice", 0)
    cleared, _ = count_rows(
        connection,
        "SELECT count(*), NULL FROM balances WHERE reported > 0 AND "
        f"reported - cleared <= greatest({SETTLED_AMOUNT}, {SETTLED_SHARE} * reported)",
    )
    if count and not cleared:
        yield Finding(
            "error", "no_cleared_invoice", "no invoice is ever cleared, so nothing can be learnt", 0
        )


def find_quarantined(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Count what was set aside, by reason."""
    rows = connection.execute(
        "SELECT reason, count(*), sum(abs(reported)) FROM rejected GROUP BY reason ORDER BY reason"
    ).fetchall()
    for reason, count, amount in rows:
        severity: Severity = "note" if reason in HARMLESS else "warning"
        message = f"{count:,} rows are in quarantine as {reason}: {REASONS.get(reason, 'see the table')}"
        yield Finding(severity, "quarantined", message, count, amount)


def find_assumed_clocks(connection: duckdb.DuckDBPyConnection, ledger: Ledger) -> Iterator[Finding]:
    """Say where the second clock is a guess, and on how many rows it says nothing."""
    for name in ledger.assumed_clocks:
        # Master data have no event day: what is assumed there is the day itself.
        event_day = LEDGER[name].event_day or "known_on"
        same, _ = count_rows(connection, f"SELECT count(*) FILTER (known_on = {event_day}), NULL FROM {name}")
        total, _ = count_rows(connection, f"SELECT count(*), NULL FROM {name}")
        message = (
            f"known_on of {name} is assumed to be {event_day} (both are one day on {same / max(total, 1):.0%} "
            "of rows), so what was entered late cannot be seen"
        )
        yield Finding("warning", "assumed_clock", message, same)


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
        "distant_due",
        "warning",
        f"due_date - document_date > {FAR_DAYS}",
        f"invoices are due more than {FAR_DAYS} days after they are issued",
    ),
    (
        "future_dated",
        "warning",
        "posting_date > known_on OR document_date > known_on",
        "invoices are dated later than the book knew them",
    ),
    (
        "overpaid",
        "warning",
        f"reported >= 0 AND cleared - reported > greatest({SETTLED_AMOUNT}, {SETTLED_SHARE} * reported)",
        "invoices have more cleared than they are worth",
    ),
    ("prepaid", "note", "first_posting < document_date", "invoices have a posting before they are issued"),
    ("not_receivable", "note", "amount = 0", "invoices are of amount zero and never count as open"),
    ("not_receivable", "note", "amount < 0", "invoices are negative and never count as open"),
)


def find_doubtful_invoices(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Count invoices whose days or amounts do not fit together, and those that may stand twice."""
    for code, severity, condition, sentence in _INVOICES:
        count, amount = count_rows(
            connection, f"SELECT count(*), sum(abs(reported)) FROM balances WHERE {condition}"
        )
        if count:
            yield Finding(severity, code, f"{count:,} {sentence}", count, amount)
    same = "customer_id, document_date, due_date, amount, currency"
    count, amount = count_rows(
        connection,
        "SELECT sum(rows - 1), sum(worth) FROM (SELECT count(*) AS rows, "
        f"sum(reported) - min(reported) AS worth FROM latest WHERE amount > 0 GROUP BY {same} HAVING count(*) > 1 "
        "UNION ALL SELECT 1, NULL)",
    )
    if count:
        message = f"{count:,} invoices repeat another's customer, days and amount under an id of their own"
        yield Finding("note", "repeated_invoices", message, count, amount)


# Code, severity, condition on postings, sentence.
_POSTINGS: Final[tuple[tuple[str, Severity, str, str], ...]] = (
    ("on_account", "note", "invoice_id IS NULL", "postings are on account, not on an invoice"),
    (
        "orphans",
        "warning",
        "invoice_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM latest l WHERE l.invoice_id = p.invoice_id)",
        "postings name an invoice that the ledger does not hold",
    ),
    (
        "currency_mismatch",
        "warning",
        "EXISTS (SELECT 1 FROM latest l WHERE l.invoice_id = p.invoice_id AND l.currency <> p.currency)",
        "postings are in another currency than their invoice",
    ),
    # A red entry is negative on purpose, and so is money on account that is applied or paid back.
    (
        "amount_not_positive",
        "warning",
        "restates IS NULL AND (amount = 0 OR (amount < 0 AND invoice_id IS NOT NULL))",
        "postings are of zero or negative amount",
    ),
    (
        "future_dated",
        "warning",
        "initiated_on > known_on",
        "postings were started later than the book knew them",
    ),
)


def find_doubtful_postings(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Count postings that fit no invoice, or not theirs."""
    for code, severity, condition, sentence in _POSTINGS:
        count, amount = count_rows(
            connection, f"SELECT count(*), sum(reported) FROM posted p WHERE {condition}"
        )
        if count:
            yield Finding(severity, code, f"{count:,} {sentence}", count, amount)


def find_strays(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Find the few rows that are known long after all others: their day is wrong, or the book has a hole."""
    rows = connection.execute(
        "WITH days AS (SELECT known_on AS day, count(*) AS rows FROM (SELECT known_on FROM invoices UNION ALL "
        "SELECT known_on FROM postings) GROUP BY 1), "
        "seen AS (SELECT day, day - lag(day) OVER (ORDER BY day) AS silence, sum(rows) OVER (ORDER BY day DESC) AS after, "
        "sum(rows) OVER () AS total FROM days) SELECT day, silence, after FROM seen "
        f"WHERE silence > {SILENT_DAYS} AND after <= {STRAY_SHARE} * total ORDER BY day LIMIT 1"
    ).fetchall()
    for day, silence, after in rows:
        message = f"{after:,} rows are known on {day} or later, after {silence:,} days of silence; the ledger's end rests on them"
        yield Finding("warning", "future_dated", message, int(after))


def find_currencies(connection: duckdb.DuckDBPyConnection, ledger: Ledger) -> Iterator[Finding]:
    """Say which currencies stand beside the reporting one, and at which declared rate they are read."""
    rows = connection.execute(
        "SELECT currency, count(*), sum(abs(reported)) FROM latest GROUP BY currency ORDER BY currency"
    ).fetchall()
    for currency, count, amount in rows:
        if currency != ledger.currency:
            rate = ledger.rates.get(currency)
            message = f"{count:,} invoices are in {currency}, read at {rate} {ledger.currency} each; no rate moves with time"
            yield Finding("note", "other_currency", message, count, amount)


def find_absent_tables(ledger: Ledger) -> Iterator[Finding]:
    """Name the tables that the ledger lacks."""
    absent = [name for name in LEDGER if name not in ledger.present]
    if absent:
        message = f"absent tables: {', '.join(absent)}; what needs them is left empty"
        yield Finding("note", "absent_tables", message, len(absent))
