"""Rows that are set aside: why, which, and when there are too many of them.

A row keeps its text, file, line and reason; nothing is dropped without one. The checks that need
more than one row stand here: repeats, conflicts, payments of unknown invoices, unknown currencies.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import duckdb

from arseg.ledger.declared.layout import Limits
from arseg.ledger.sql_text import text_of
from arseg.schema import LEDGER, DataError

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "field_count": "the line has more or fewer fields than the header",
        "blank_row": "the line holds nothing but delimiters",
        "bad_quote": "a quote is opened and not closed, or stands within a field",
        "cut_off": "the last line has no end, so its last field may be cut",
        "control_character": "a field holds a control character",
        "oversized_field": "a field is too long to be data",
        "excel_error": "a cell holds an error of the spreadsheet",
        "no_cached_value": "a cell holds a formula whose value was not saved",
        "padded_text": "an id has blanks at its beginning or end",
        "no_feed": "no table of the layout takes the row, and its `ignore` does not name it",
        "ignored": "the layout declares that such rows are not of the ledger",
        "unmapped_value": "a value is not one of those declared",
        "bad_date": "a day does not match its declared format, or does not exist",
        "bad_money": "an amount does not match its declared marks, or has the wrong sign",
        "bad_number": "a number is none, or not finite",
        "missing_required": "a required field is empty",
        "date_out_of_range": "a day lies outside the days that are believed",
        "known_before_event": "the book is said to have known it before it happened",
        "unknown_currency": "no rate is declared for the currency",
        "duplicate_row": "the row repeats another exactly",
        "conflicting_id": "several rows have one id and say different things",
        "orphan_posting": "the posting names no loaded invoice, nor a customer",
    }
)

# A repeat loses nothing, nor does a blank row or what is declared away: none stands in the way of a load.
HARMLESS: Final = frozenset({"duplicate_row", "ignored", "blank_row"})


def reject_fields(connection: duckdb.DuckDBPyConnection) -> None:
    """Reject the rows that a stage table has a reason against; the first table's reason counts."""
    found = " UNION ALL ".join(
        f"SELECT row, complaint, {place} AS place FROM stage.{name} WHERE complaint IS NOT NULL"
        for place, name in enumerate(
            ("invoices", "postings", *sorted(set(LEDGER) - {"invoices", "postings"}))
        )
    )
    connection.execute(
        f"INSERT INTO stage.rejected SELECT row, arg_min(complaint, place) FROM ({found}) GROUP BY row"
    )


def reject_currencies(
    connection: duckdb.DuckDBPyConnection, rates: Mapping[str, float], *, book: bool = False
) -> None:
    """Reject invoices and postings in a currency without a rate; a posting without one has its invoice's."""
    for origin in ("stage.invoices", *["book.invoices"] * book):
        connection.execute(
            "UPDATE stage.postings p SET currency = i.currency FROM "
            f"(SELECT invoice_id, min(currency) AS currency FROM {origin} GROUP BY invoice_id) i "
            "WHERE p.invoice_id = i.invoice_id AND p.currency IS NULL"
        )
    for name in ("invoices", "postings"):
        # An orphan has no currency of its own; it is rejected as an orphan.
        connection.execute(
            f"INSERT INTO stage.rejected SELECT DISTINCT row, 'unknown_currency' FROM stage.{name} "
            "WHERE NOT list_contains(?, currency) AND row NOT IN (SELECT row FROM stage.rejected)",
            [list(rates)],
        )


def reject_repeats(connection: duckdb.DuckDBPyConnection, keys: Mapping[str, tuple[str, ...]]) -> None:
    """Reject exact repeats but the first, and every version of rows that conflict.

    Parameters
    ----------
    connection
        With the stage tables.
    keys
        By table, the columns that make a row unique; tables that keep one of several are left out.

    Notes
    -----
    A row that feeds several tables is a repeat only if it repeats in all of them; otherwise it says
    something new under a known id, and is in conflict.
    """
    if not keys:
        return
    flagged = " UNION ALL ".join(f"({_repeats(name, key)})" for name, key in keys.items())
    fed = " UNION ALL ".join(f"SELECT row FROM stage.{name}" for name in keys)
    connection.execute(
        f"INSERT INTO stage.rejected SELECT row, CASE WHEN max(level) = 1 AND count(*) = any_value(tables) "
        "THEN 'duplicate_row' ELSE 'conflicting_id' END "
        f"FROM ({flagged}) JOIN (SELECT row, count(*) AS tables FROM ({fed}) GROUP BY row) USING (row) GROUP BY row"
    )


def _repeats(name: str, key: tuple[str, ...]) -> str:
    """Return the query of rows that repeat (level 1) or contradict (level 2) another of the same key."""
    live = f"SELECT * FROM stage.{name} WHERE row NOT IN (SELECT row FROM stage.rejected)"
    # Few keys stand twice; only of those is the content compared.
    doubled = f"SELECT {', '.join(key)} FROM ({live}) GROUP BY {', '.join(key)} HAVING count(*) > 1"
    same = " AND ".join(f"l.{part} IS NOT DISTINCT FROM d.{part}" for part in key)
    live = (
        f"SELECT row, {text_of(f'l.{part}' for part in key)} AS key, "
        f"{text_of(f'l.{column}' for column in LEDGER[name].names)} AS content FROM ({live}) l JOIN ({doubled}) d ON {same}"
    )
    several = (
        "SELECT key, min(row) AS first, count(DISTINCT content) AS versions "
        f"FROM ({live}) GROUP BY key HAVING count(*) > 1"
    )
    return (
        f"SELECT row, CASE WHEN versions > 1 THEN 2 ELSE 1 END AS level FROM ({live}) JOIN ({several}) USING (key) "
        "WHERE versions > 1 OR row > first"
    )


def reject_orphans(connection: duckdb.DuckDBPyConnection, *, book: bool = False) -> None:
    """Reject postings of invoices that are not loaded, and cash on account without a payer or currency."""
    earlier = (
        "AND NOT EXISTS (SELECT 1 FROM book.invoices b WHERE b.invoice_id = p.invoice_id) " if book else ""
    )
    connection.execute(
        "INSERT INTO stage.rejected SELECT DISTINCT row, 'orphan_posting' FROM stage.postings p "
        "WHERE row NOT IN (SELECT row FROM stage.rejected) AND (currency IS NULL OR CASE "
        "WHEN invoice_id IS NULL THEN customer_id IS NULL ELSE NOT EXISTS (SELECT 1 FROM stage.invoices i "
        "WHERE i.invoice_id = p.invoice_id AND i.row NOT IN (SELECT row FROM stage.rejected)) "
        f"{earlier}END)"
    )


def quarantine_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table of rejected rows with their text: source, line, reason, text, amount, currency."""
    connection.execute(
        "CREATE TABLE stage.quarantine (source VARCHAR, line BIGINT, reason VARCHAR, text VARCHAR, "
        "amount DECIMAL(18,2), currency VARCHAR)"
    )


def require_few(
    connection: duckdb.DuckDBPyConnection,
    limits: Limits,
    *,
    rows: int,
    amount: Decimal,
    rates: Mapping[str, float],
) -> None:
    """Refuse a load that would lose too much.

    Parameters
    ----------
    connection
        With ``stage.quarantine``.
    limits
        How much may be rejected.
    rows
        Physical rows that were read.
    amount
        Their amount without sign, in reporting currency.
    rates
        Reporting units per unit of each currency; amounts in others count by rows only.

    Raises
    ------
    DataError
        Over the share of rows or of amount, with the counts by reason and the first row.
    """
    harmless = ", ".join(f"'{reason}'" for reason in sorted(HARMLESS))
    harmful = f"FROM stage.quarantine WHERE reason NOT IN ({harmless})"
    counts = connection.execute(
        f"SELECT reason, count(*) {harmful} GROUP BY reason ORDER BY reason"
    ).fetchall()
    sums = connection.execute(f"SELECT currency, sum(abs(amount)) {harmful} GROUP BY currency").fetchall()
    many = sum(count for _, count in counts)
    lost = sum(
        (worth * Decimal(str(rates[name])) for name, worth in sums if worth and name in rates), Decimal(0)
    )
    row_share = many / max(rows, 1)
    amount_share = float(lost / amount) if amount else 0.0
    if row_share <= limits.rows and amount_share <= limits.amount:
        return
    first = connection.execute(
        f"SELECT source, line, reason, text {harmful} ORDER BY source, line LIMIT 1"
    ).fetchall()[0]
    source, line, reason, text = first
    by_reason = ", ".join(f"{name} {count}" for name, count in counts)
    raise DataError(
        f"{many:,} of {rows:,} rows ({row_share:.1%}) and {amount_share:.1%} of the amount cannot be loaded: {by_reason}",
        given=f"first {source}, line {line}, {reason} ({REASONS[reason]}): {text[:120]!r}",
        allowed=f"up to {limits.rows:.1%} of rows and {limits.amount:.1%} of the amount; the previous ledger stays",
        do="mend the source, correct the layout, or raise its `limits`",
        code="too_many_rejected",
        file=source,
        row=line,
    )
