"""The ledger as a history: every fact with the days on which the book knew it.

A row of ``known.<table>`` holds on a day iff ``known_from <= day < known_until``, or ``known_on <= day``
where a table has no such columns; nothing in it hangs on a row known later than its first day. A key date is
then no more than a filter (`arseg.ledger.views`), whatever the number of key dates.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.item_states import FOREVER, make_item_states
from arseg.ledger.public_holidays import HOLIDAY_YEARS, holiday_table
from arseg.ledger.sql_text import quoted
from arseg.ledger.storing.store import Ledger
from arseg.ledger.visibility import converted, day_literal
from arseg.schema import CUSTOMERS, LEDGER

# Of these the version known last replaces earlier ones; of the plain ones every known row stands.
LATEST: Final = ("disputes", "promises")
PLAIN: Final = ("contacts", "credit", "indicators", "assignments")
TABLES: Final = ("item_states", "postings", "customers", *LATEST, *PLAIN, "holidays")


def make_history(
    engine: DuckDBEngine, ledger: Ledger, *, day: dt.date | None = None, touched: str = ""
) -> None:
    """Make the tables of ``known``.

    Parameters
    ----------
    engine
        With the ledger attached as ``book`` and an empty database as ``known``.
    ledger
        The book.
    day
        Where given, only what was known on that day, as if all of it had become known then: enough for one
        key date, and quicker.
    touched
        A table of invoices; where given, item states, postings and disputes are theirs, and postings of none.
    """
    if day is None:
        make_customer_type(engine, "known")
    rows = make_item_history(engine, ledger, day=day, touched=touched)
    engine.execute(f"CREATE TABLE known.customers AS {rows.customers()}")
    engine.execute(f"CREATE TABLE known.promises AS {rows.spans('promises', 'promise_id')}")
    for name in PLAIN:
        engine.execute(f"CREATE TABLE known.{name} AS SELECT * FROM {rows.seen(name)} ORDER BY known_on")
    _make_holidays(engine, ledger)


def make_item_history(
    engine: DuckDBEngine, ledger: Ledger, *, day: dt.date | None = None, touched: str = ""
) -> _Rows:
    """Make the tables of ``known`` that open items are read from: half of a whole history's work.

    Parameters
    ----------
    engine, ledger, day, touched
        As ``make_history`` takes them.

    Returns
    -------
    rows
        What the other tables are made of.
    """
    rows = _Rows(ledger, day, touched)
    engine.execute(f"CREATE TABLE versions AS {rows.versions()}")
    engine.execute(f"CREATE TABLE known.postings AS {rows.postings()} ORDER BY known_until, value_date")
    make_item_states(engine)
    engine.execute(f"CREATE TABLE known.disputes AS {rows.disputes()}")
    engine.execute("DROP TABLE versions")
    return rows


class _Rows:
    """The SQL of a ledger's rows with the days on which they were known."""

    def __init__(self, ledger: Ledger, day: dt.date | None, touched: str) -> None:
        self.ledger = ledger
        self.touched = touched
        self.day = "known_on" if day is None else day_literal(day)
        self.where = "" if day is None else f"WHERE known_on <= {self.day}"

    def seen(self, name: str) -> str:
        """Return the rows of a table; of many key dates with the customer as a number that reads as text.

        Grouping by it is what nearly every block does on every key date, and is half as dear so.
        """
        numbered = self.day == "known_on" and "customer_id" in LEDGER[name].names
        columns = "* REPLACE (CAST(customer_id AS known.customer) AS customer_id)" if numbered else "*"
        return f"(SELECT {columns} FROM book.{name} {self.where})"

    def own(self, name: str) -> str:
        """Return the seen rows of the touched invoices and of no invoice; of all where none are named."""
        if not self.touched:
            return self.seen(name)
        own = f"invoice_id IS NULL OR invoice_id IN (SELECT invoice_id FROM {self.touched})"
        return f"(SELECT * FROM {self.seen(name)} WHERE {own})"

    def until(self, identity: str) -> str:
        """Return the SQL of the day on which the next version of a row became known."""
        following = f"lead(known_on) OVER (PARTITION BY {identity} ORDER BY known_on)"
        day = (
            following if self.day == "known_on" else f"CASE WHEN {following} IS NOT NULL THEN {self.day} END"
        )
        return f"coalesce({day}, {FOREVER})"

    def spans(self, name: str, identity: str) -> str:
        rows = self.own(name) if "invoice_id" in LEDGER[name].required else self.seen(name)
        return f"SELECT *, {self.day} AS known_from, {self.until(identity)} AS known_until FROM {rows}"

    def versions(self) -> str:
        amount = converted(self.ledger, "amount", "currency")
        seen = f"(SELECT * REPLACE ({amount} AS amount) FROM {self.own('invoices')})"
        first = "(PARTITION BY invoice_id ORDER BY known_on)"
        return f"""
        SELECT *, amount AS original_amount, known_on AS first_known_on, false AS is_restated,
            {self.day} AS known_from, {FOREVER} AS known_until
        FROM {seen} ANTI JOIN book.restated USING (invoice_id)
        UNION ALL
        SELECT *, first_value(amount) OVER {first}, first_value(known_on) OVER {first}, true,
            {self.day}, {self.until("invoice_id")}
        FROM {seen} SEMI JOIN book.restated USING (invoice_id)"""

    def postings(self) -> str:
        """Return postings in the reporting currency, with their payer: the customer they name, else the invoice's.

        One without a currency has that of its invoice, and the reporting currency as long as that is unknown.
        """
        own = quoted(self.ledger.currency)
        before = f"* REPLACE (coalesce(currency, {own}) AS currency), customer_id AS payer_id"
        after = """p.* EXCLUDE (known_from, known_until) REPLACE (coalesce(p.currency, v.currency) AS currency),
            coalesce(p.customer_id, v.customer_id) AS payer_id"""
        known = f"SELECT *, {self.day} AS known_from, {FOREVER} AS known_until FROM {self.own('postings')}"
        amount = converted(self.ledger, "amount", "currency")
        return f"SELECT * REPLACE ({amount} AS amount) FROM ({_with_invoice(known, before, after)})"

    def disputes(self) -> str:
        """Return disputes with the customer of their invoice, as far as it is known."""
        before = "*, NULL AS customer_id"
        after = "p.* EXCLUDE (known_from, known_until), v.customer_id"
        return _with_invoice(self.spans("disputes", "dispute_id"), before, after)

    def customers(self) -> str:
        """Return master data; a customer of whom only an invoice is known has a row without any."""
        unknown = ", ".join(
            f"CAST(NULL AS {'DATE' if column.type == 'date' else 'VARCHAR'}) AS {column.name}"
            for column in CUSTOMERS.columns[1:-1]
        )
        return f"""
        WITH masters AS ({self.spans("customers", "customer_id")}), firsts AS (
            SELECT customer_id, min(known_from) AS first_known FROM masters GROUP BY customer_id
        ), invoiced AS (
            SELECT customer_id, min(known_on) AS known_on FROM {self.seen("invoices")} GROUP BY customer_id
        )
        SELECT *, true AS is_master FROM masters
        UNION ALL
        SELECT i.customer_id, {unknown}, i.known_on, {self.day.replace("known_on", "i.known_on")},
            coalesce(f.first_known, {FOREVER}), false
        FROM invoiced AS i LEFT JOIN firsts AS f ON f.customer_id = i.customer_id
        WHERE f.first_known IS NULL OR {self.day.replace("known_on", "i.known_on")} < f.first_known"""


def _with_invoice(rows: str, before: str, after: str) -> str:
    """Return rows with what ``versions`` says of their invoice, in spans in which that stays the same.

    Parameters
    ----------
    rows
        SELECT with invoice_id, known_from and known_until.
    before
        What to select as long as the invoice is unknown.
    after
        What to select of a row ``p`` and a version ``v`` of its invoice, without the two days.
    """
    unknown = before.replace("*", "* EXCLUDE (known_from, known_until)", 1)
    return f"""
    WITH rows AS ({rows}), firsts AS (
        SELECT invoice_id, min(known_from) AS first_known FROM versions GROUP BY invoice_id
    ), alone AS (
        SELECT r.* REPLACE (least(known_until, coalesce(f.first_known, {FOREVER})) AS known_until)
        FROM rows AS r LEFT JOIN firsts AS f USING (invoice_id)
    )
    SELECT {unknown}, known_from, known_until FROM alone WHERE known_from < known_until
    UNION ALL
    SELECT {after}, greatest(p.known_from, v.known_from), least(p.known_until, v.known_until)
    FROM rows AS p JOIN versions AS v ON v.invoice_id = p.invoice_id
        AND v.known_from < p.known_until AND v.known_until > p.known_from"""


def make_customer_type(engine: DuckDBEngine, catalog: str) -> None:
    """Make the type of a customer in a history: a number that reads, compares and sorts as the text."""
    tables = [name for name, table in LEDGER.items() if "customer_id" in table.names]
    found = " UNION ".join(f"SELECT customer_id FROM book.{name}" for name in tables)
    ids = f"SELECT customer_id FROM ({found}) WHERE customer_id IS NOT NULL ORDER BY customer_id"
    engine.execute(f"CREATE TYPE {catalog}.customer AS ENUM ({ids})")


def _make_holidays(engine: DuckDBEngine, ledger: Ledger) -> None:
    """Make the holidays of the customers' countries, for every year that a key date of the ledger may see."""
    found = engine.execute("SELECT DISTINCT country FROM known.customers WHERE country IS NOT NULL")
    first = (ledger.first_posting or ledger.last_known).year
    years = range(first + HOLIDAY_YEARS.start, ledger.last_known.year + HOLIDAY_YEARS.stop)
    engine.register("days", holiday_table(found["country"].to_pylist(), years))
    engine.execute(
        """
        CREATE TABLE known.holidays AS
        SELECT days.country, days.day, c.known_from
        FROM days JOIN (
            SELECT country, min(known_from) AS known_from FROM known.customers GROUP BY country
        ) AS c USING (country) ORDER BY ALL
        """
    )
    engine.execute("DROP VIEW days")


def unrated(engine: DuckDBEngine) -> dict[str, dt.date]:
    """Return the currencies without a rate, each with the day from which the book knew of an amount in it."""
    rows = " UNION ALL ".join(
        f"SELECT currency, known_from FROM known.{name} WHERE amount IS NULL"
        for name in ("item_states", "postings")
    )
    found = engine.execute(f"SELECT currency, min(known_from) AS day FROM ({rows}) GROUP BY currency")
    return {row["currency"]: row["day"] for row in found.to_pylist()}


def first_known(engine: DuckDBEngine) -> dict[str, dt.date]:
    """Return the day from which each table has a row, by the ledger's names and ``holidays``."""
    days = {name: f"(SELECT min(known_on) FROM known.{name})" for name in (*LATEST, *PLAIN, "postings")}
    days["invoices"] = "(SELECT min(first_known_on) FROM known.item_states)"
    days["customers"] = "(SELECT min(known_on) FROM known.customers WHERE is_master)"
    days["holidays"] = "(SELECT min(known_from) FROM known.holidays)"
    row = engine.execute(
        f"SELECT {', '.join(f'{text} AS {name}' for name, text in days.items())}"
    ).to_pylist()[0]
    return {name: day for name, day in row.items() if day is not None}


assert {*LEDGER} == {"invoices", *TABLES} - {"item_states", "holidays"}
