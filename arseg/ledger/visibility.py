"""The SQL of what the book knew on a day, with amounts in the reporting currency.

Every statement reads a ledger attached as ``book``. A row is visible iff ``known_on <= day``; of several
versions of an invoice the one known last wins. What is joined is sorted again: the order in which a join
gives its rows hangs on the size of the file, and so on rows that are not yet known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.sql_text import quoted
from arseg.ledger.storing.store import Ledger
from arseg.schema import DataError


@contextmanager
def attached(ledger: Ledger, *, threads: int = 1) -> Iterator[DuckDBEngine]:
    """Give an engine of its own to which the ledger is attached, read-only, as ``book``."""
    with DuckDBEngine(threads=threads) as engine:
        attach(engine, ledger)
        yield engine


def attach(engine: DuckDBEngine, ledger: Ledger) -> None:
    """Attach the ledger to an engine, read-only, as ``book``."""
    engine.execute(f"ATTACH {quoted(str(ledger.path))} AS book (READ_ONLY)")


def day_literal(day: dt.date) -> str:
    """Return a SQL literal.

    Examples
    --------
    >>> day_literal(dt.date(2026, 10, 31))
    "DATE '2026-10-31'"
    """
    return f"DATE '{day.isoformat()}'"


def converted(ledger: Ledger, amount: str, currency: str) -> str:
    """Return the SQL of an amount in the reporting currency, rounded to the cent; NULL without a rate."""
    # A rate is taken as the decimal that was written, so the product is exact before it is rounded.
    branches = " ".join(
        f"WHEN {quoted(name)} THEN CAST(CAST({amount} AS DECIMAL(27,2))"
        f" * CAST({Decimal(repr(rate)):.10f} AS DECIMAL(20,10)) AS DECIMAL(18,2))"
        for name, rate in ledger.rates.items()
        if rate != 1.0
    )
    same = ", ".join(quoted(name) for name, rate in ledger.rates.items() if rate == 1.0)
    rest = f"CASE {currency} {branches} END" if branches else "NULL"
    return f"CASE WHEN {currency} IN ({same}) THEN {amount} ELSE {rest} END"


def visible_invoices(ledger: Ledger, day: dt.date) -> str:
    """Return the SELECT of the invoices known on a day: latest version, and what it first was."""
    return f"""
    WITH known AS (
        SELECT * REPLACE ({converted(ledger, "amount", "currency")} AS amount)
        FROM book.invoices WHERE known_on <= {day_literal(day)}
    ), versions AS (
        SELECT invoice_id, min_by(amount, known_on) AS original_amount,
            min(known_on) AS first_known_on, max(known_on) AS last_known_on
        FROM known SEMI JOIN book.restated USING (invoice_id) GROUP BY invoice_id
    )
    SELECT known.*, CAST(coalesce(v.original_amount, known.amount) AS DECIMAL(18,2)) AS original_amount,
        days_between(document_date, due_date) AS terms_days,
        coalesce(v.first_known_on, known.known_on) AS first_known_on
    FROM known LEFT JOIN versions AS v USING (invoice_id)
    WHERE v.invoice_id IS NULL OR known.known_on = v.last_known_on
    ORDER BY invoice_id"""


def visible_postings(ledger: Ledger, day: dt.date, invoices: str = "invoices") -> str:
    """Return the SELECT of the postings known on a day.

    A posting without a currency has its invoice's, as known on that day, and without an invoice the
    reporting currency. ``invoices`` names the table of visible invoices.
    """
    known = f"book.postings WHERE known_on <= {day_literal(day)}"
    if ledger.currencies_complete:
        order = "" if ledger.in_key_order else " ORDER BY posting_id"
        return f"SELECT * REPLACE ({converted(ledger, 'amount', 'currency')} AS amount) FROM {known}{order}"
    return f"""
    WITH filled AS (
        SELECT p.* REPLACE (coalesce(p.currency, i.currency, {quoted(ledger.currency)}) AS currency)
        FROM (FROM {known}) AS p LEFT JOIN {invoices} AS i USING (invoice_id)
    )
    SELECT * REPLACE ({converted(ledger, "amount", "currency")} AS amount) FROM filled
    ORDER BY posting_id"""


def require_rates(engine: DuckDBEngine, ledger: Ledger, *tables: str) -> None:
    """Refuse visible rows in a currency without a rate.

    Raises
    ------
    DataError
        Naming the currencies.
    """
    rows = " UNION ".join(f"SELECT currency FROM {table} WHERE amount IS NULL" for table in tables)
    refuse_unrated(ledger, (row["currency"] for row in engine.execute(rows).to_pylist()))


def refuse_unrated(ledger: Ledger, currencies: Iterable[str]) -> None:
    """Refuse currencies that have no rate.

    Raises
    ------
    DataError
        If there is any, naming them.
    """
    missing = sorted(currencies)
    if missing:
        raise DataError(
            f"no rate is declared for {', '.join(missing)}",
            given=", ".join(missing),
            allowed=f"a rate to {ledger.currency} for each currency; declared are {', '.join(ledger.rates)}",
            do="add the rate to the layout and load again",
            code="no_rate",
            column="currency",
        )
