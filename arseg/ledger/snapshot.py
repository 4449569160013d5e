"""What was known on a key date, in a database of its own from which nothing later can be reached."""

from __future__ import annotations

import datetime as dt
from typing import Final, Self

import pandas as pd
import pyarrow as pa

from arseg.ledger.clearing import clearing, moves, tolerance, totals
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.public_holidays import holiday_table
from arseg.ledger.storing.store import Ledger
from arseg.ledger.visibility import attach, day_literal, require_rates, visible_invoices, visible_postings
from arseg.schema import CUSTOMERS, LEDGER

# Of these the version known last replaces earlier ones; of the rest every visible row is kept.
LATEST: Final = {"disputes": "dispute_id", "promises": "promise_id"}
PLAIN: Final = ("contacts", "credit", "indicators", "assignments")

OPEN_ITEMS: Final = f"""
    SELECT i.*, CAST(i.amount + coalesce(t.change, 0) AS DECIMAL(18,2)) AS balance,
        days_between(i.due_date, i.key_date) AS days_past_due,
        days_between(i.document_date, i.key_date) AS age_days,
        d.invoice_id IS NOT NULL AS is_disputed
    FROM invoices AS i LEFT JOIN invoice_totals AS t USING (invoice_id)
    LEFT JOIN (
        SELECT DISTINCT invoice_id FROM disputes WHERE closed_on IS NULL OR closed_on > key_date
    ) AS d USING (invoice_id)
    WHERE i.amount > 0 AND i.amount + coalesce(t.change, 0) > {tolerance("i.amount")}"""

SETTLED: Final = f"""
    SELECT i.*, i.amount AS opening, {tolerance("i.amount")} AS tolerance,
        t.change, t.credited, t.written_off, t.first_day, t.last_day
    FROM invoices AS i JOIN invoice_totals AS t USING (invoice_id)
    WHERE i.amount > 0 AND i.amount + t.change <= {tolerance("i.amount")}"""

CLEARED_ITEMS: Final = f"""
    SELECT * EXCLUDE (opening, tolerance, change, credited, written_off, first_day, last_day, cleared, event),
        event, cleared AS cleared_on, days_between(document_date, cleared) AS days_to_pay,
        days_between(due_date, cleared) AS days_late
    FROM ({clearing(SETTLED, f"({moves('postings', 'value_date')})")})"""


class Snapshot:
    """The book as known at the end of a key date; use it as a context manager.

    Its tables, all with a constant column ``key_date`` (that of ``assignments`` is the earlier run's own),
    amounts in the reporting currency:
    ``invoices``, ``postings``, ``open_items``, ``cleared_items``, ``customers``, ``customer_versions``,
    ``disputes``, ``promises``, ``contacts``, ``credit``, ``indicators``, ``assignments``, and ``holidays`` of
    the customers' countries, which has no key date.

    Parameters
    ----------
    engine
        A sealed engine that holds the tables.
    key_date
        The day we stand on.
    currency
        The reporting currency.
    present
        Ledger tables of which at least one row is visible.
    """

    def __init__(
        self, engine: DuckDBEngine, *, key_date: dt.date, currency: str, present: frozenset[str]
    ) -> None:
        self._engine = engine
        self.key_date = key_date
        self.currency = currency
        self.present = present

    def __repr__(self) -> str:
        return f"<Snapshot {self.key_date} in {self.currency}: {', '.join(sorted(self.present))}>"

    def sql(self, text: str) -> pd.DataFrame:
        """Return the rows of a SELECT over the snapshot's tables; decimals become float64."""
        return self._engine.frame(text)

    def arrow(self, text: str) -> pa.Table:
        """Return the rows of a SELECT over the snapshot's tables, decimals exact."""
        return self._engine.execute(text)

    def close(self) -> None:
        """Free the snapshot's memory; a second call does nothing."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def take_snapshot(ledger: Ledger, key_date: str | dt.date, *, threads: int = 1) -> Snapshot:
    """Take what was known on a key date: the rows with ``known_on <= key_date``.

    An item is open when ``amount > 0`` and its balance exceeds ``max(SETTLED_AMOUNT, SETTLED_SHARE x
    amount)``; a cleared one says on which day and by which cause (science 3.1).

    Parameters
    ----------
    ledger
        The book.
    key_date
        ``2026-10-31`` or a date, from the first posting to the last known day.
    threads
        Threads per query. With more than one, sums of floats in later queries may differ in the last digit.

    Raises
    ------
    UsageError
        If the ledger cannot speak of that day.
    DataError
        If a visible row's currency has no rate.
    """
    day = ledger.require_day(key_date)
    engine = DuckDBEngine(threads=threads)
    try:
        attach(engine, ledger)
        materialise_items(engine, ledger, day)
        engine.execute(f"CREATE TABLE cleared_items AS {CLEARED_ITEMS}")
        _materialise_customers(engine, ledger, day)
        for name in PLAIN:
            order = "" if ledger.in_key_order else f" ORDER BY {', '.join(LEDGER[name].key)}"
            engine.execute(f"CREATE TABLE {name} AS {_visible(name, day)}{order}")
        engine.register("holiday_rows", _holidays(engine))
        engine.execute("CREATE TABLE holidays AS SELECT * FROM holiday_rows")
        engine.execute("DROP VIEW holiday_rows")
        engine.execute("DROP TABLE invoice_totals")
        engine.execute("DETACH book")
        engine.seal()
        present = _present(engine)
    except BaseException:
        engine.close()
        raise
    return Snapshot(engine, key_date=day, currency=ledger.currency, present=present)


def materialise_items(engine: DuckDBEngine, ledger: Ledger, day: dt.date) -> None:
    """Make invoices, postings, invoice_totals, disputes, promises and open_items as known on a day.

    Raises
    ------
    DataError
        If a visible row's currency has no rate.
    """
    key_date = f"{day_literal(day)} AS key_date"
    engine.execute(f"CREATE TABLE invoices AS SELECT *, {key_date} FROM ({visible_invoices(ledger, day)})")
    engine.execute(f"CREATE TABLE postings AS SELECT *, {key_date} FROM ({visible_postings(ledger, day)})")
    require_rates(engine, ledger, "invoices", "postings")
    engine.execute(f"CREATE TABLE invoice_totals AS {totals('(' + moves('postings', 'value_date') + ')')}")
    for name, identity in LATEST.items():
        engine.execute(f"CREATE TABLE {name} AS {_visible(name, day, identity)}")
    engine.execute(f"CREATE TABLE open_items AS {OPEN_ITEMS}")


def _materialise_customers(engine: DuckDBEngine, ledger: Ledger, day: dt.date) -> None:
    order = "" if ledger.in_key_order else " ORDER BY customer_id, known_on"
    engine.execute(f"CREATE TABLE customer_versions AS {_visible('customers', day)}{order}")
    described = ", ".join(CUSTOMERS.names[1:])
    # A customer of whom nothing is known but an invoice still has a row: known since that invoice.
    engine.execute(
        f"""
        CREATE TABLE customers AS
        WITH latest AS ({_visible("customers", day, "customer_id")}), seen AS (
            SELECT customer_id, min(first_known_on) AS first_known_on FROM invoices GROUP BY customer_id
        )
        SELECT coalesce(latest.customer_id, seen.customer_id) AS customer_id,
            {described.replace("known_on", "coalesce(known_on, first_known_on) AS known_on")},
            {day_literal(day)} AS key_date
        FROM latest FULL JOIN seen ON latest.customer_id = seen.customer_id ORDER BY 1
        """
    )


def _visible(name: str, day: dt.date, identity: str = "") -> str:
    """Return the SELECT of a table's visible rows: of each identity the last known, or all."""
    own = "key_date" in LEDGER[name].names
    columns = "*" if own else f"*, {day_literal(day)} AS key_date"
    rows = f"SELECT {columns} FROM book.{name} WHERE known_on <= {day_literal(day)}"
    if not identity:
        return rows
    last = f"SELECT {identity}, max(known_on) AS known_on FROM ({rows}) GROUP BY {identity}"
    return f"SELECT * FROM ({rows}) SEMI JOIN ({last}) USING ({identity}, known_on) ORDER BY {identity}"


def _holidays(engine: DuckDBEngine) -> pa.Table:
    """Return the holidays of the customers' countries, from before the first invoice to after the last due day."""
    found = engine.execute(
        """
        SELECT (SELECT list(DISTINCT country) FROM customers) AS countries,
            year(min(document_date)) AS first, year(max(due_date)) AS last FROM invoices
        """
    ).to_pylist()[0]
    countries = [country for country in found["countries"] or () if country]
    return holiday_table(countries, range(found["first"] or 0, (found["last"] or 0) + 2))


def _present(engine: DuckDBEngine) -> frozenset[str]:
    # The catalogue knows how many rows a table has; nine EXISTS would take longer than a small snapshot.
    filled = engine.execute("SELECT table_name FROM duckdb_tables() WHERE estimated_size > 0")
    names = set(filled["table_name"].to_pylist())
    seen = {name for name in LEDGER if name != "customers" and name in names}
    seen |= {"customers"} if "customer_versions" in names else set()
    return frozenset(seen | (names & {"holidays"}))
