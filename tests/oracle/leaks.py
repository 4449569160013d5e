"""Readers of a ledger that see more than was known on the key date, each in a way that people have erred.

Each is the text of a figure per invoice or per customer over the ledger's own tables. Read over all rows it
leaks; read over the rows known by the key date, the same text does not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import pandas as pd

from arseg.ledger import Ledger, take_snapshot
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.visibility import attach, day_literal
from arseg.schema import LEDGER


def newest(table: str, identity: str) -> str:
    """Return the SQL of the versions known last."""
    return (
        f"(SELECT * FROM {table}"
        f" QUALIFY row_number() OVER (PARTITION BY {identity} ORDER BY known_on DESC) = 1)"
    )


_INVOICES: Final = newest("invoices", "invoice_id")
_MASTERS: Final = newest("customers", "customer_id")
_DEBTORS: Final = "(SELECT DISTINCT customer_id FROM invoices)"
_PAID: Final = (
    "(SELECT invoice_id, max(value_date) AS paid_on FROM postings WHERE kind = 'payment' GROUP BY 1)"
)
_MOVED: Final = "(SELECT invoice_id, sum(amount) AS posted FROM postings GROUP BY 1)"


def of_invoice(figure: str, source: str) -> str:
    """Return a figure per invoice."""
    return f"SELECT invoice_id, {figure} AS figure FROM {source} GROUP BY invoice_id"


def of_customer(figure: str, source: str) -> str:
    """Return a figure per customer."""
    return f"SELECT customer_id, {figure} AS figure FROM {source} GROUP BY customer_id"


def of_book(figure: str, source: str) -> str:
    """Return one figure of the whole book, for every customer."""
    return f"SELECT customer_id, figure FROM {_DEBTORS} CROSS JOIN (SELECT {figure} AS figure FROM {source})"


def of_industry(figure: str, source: str) -> str:
    """Return a figure per industry, for every customer of it."""
    encoded = f"(SELECT industry, {figure} AS figure FROM {source} GROUP BY industry)"
    return f"SELECT m.customer_id, e.figure FROM {_MASTERS} AS m JOIN {encoded} AS e USING (industry)"


LEAKS: Final[Mapping[str, str]] = {
    # The wrong clock.
    "known within thirty days": of_customer("count(*)", "invoices WHERE known_on < key_date() + 30"),
    "known on the day after": of_invoice("sum(amount)", "postings WHERE known_on <= key_date() + 1"),
    "posted by value date": of_invoice("sum(amount)", "postings WHERE value_date <= key_date()"),
    "invoiced by document date": of_customer("count(*)", "invoices WHERE document_date <= key_date()"),
    "touched by day of contact": of_customer("count(*)", "contacts WHERE contacted_on <= key_date()"),
    "disputed by day of opening": of_invoice("count(*)", "disputes WHERE opened_on <= key_date()"),
    "promised by day of promise": of_customer("count(*)", "promises WHERE made_on <= key_date()"),
    "credit score by day of effect": of_customer(
        "max_by(credit_score, (effective_on, known_on))", "credit WHERE effective_on <= key_date()"
    ),
    "indicators by period, not release": of_industry(
        "max_by(value, (period, series, known_on))", "indicators WHERE period <= key_date()"
    ),
    "last posting by value date": of_invoice("max(value_date)", "postings WHERE value_date <= key_date()"),
    "the book's last day as key date": of_invoice(
        "(SELECT max(known_on) FROM postings) - min(document_date)", "invoices"
    ),
    "the book's last value date as censoring day": of_invoice(
        "(SELECT max(value_date) FROM postings) - min(document_date)", "invoices"
    ),
    # What comes of an open item.
    "day of payment": of_invoice("max(value_date)", "postings WHERE kind = 'payment'"),
    "paid in the end": (
        f"SELECT i.invoice_id, p.posted >= i.amount AS figure FROM {_INVOICES} AS i"
        f" LEFT JOIN {_MOVED} AS p USING (invoice_id)"
    ),
    "final duration": (
        f"SELECT i.invoice_id, p.paid_on - i.document_date AS figure FROM {_INVOICES} AS i"
        f" JOIN {_PAID} AS p USING (invoice_id)"
    ),
    "days late in the end": (
        f"SELECT i.invoice_id, p.paid_on - i.due_date AS figure FROM {_INVOICES} AS i"
        f" JOIN {_PAID} AS p USING (invoice_id)"
    ),
    "first knowledge of a posting to come": of_invoice("min(known_on)", "postings"),
    "written off later": of_invoice("count(*)", "postings WHERE kind = 'write_off'"),
    "reversed later": of_invoice("count(*)", "postings WHERE kind = 'reversal'"),
    "credited later": of_invoice("sum(amount)", "postings WHERE kind = 'credit_note'"),
    "payer's method to come": of_invoice("max_by(method, (known_on, posting_id))", "postings"),
    "delivered later": of_invoice("max(delivered_on)", "invoices"),
    "viewed later": of_invoice("max(viewed_on)", "invoices"),
    # The newest version of what was said otherwise on the day.
    "restated amount": f"SELECT invoice_id, amount AS figure FROM {_INVOICES}",
    "restated due date": f"SELECT invoice_id, key_date() - due_date AS figure FROM {_INVOICES}",
    "restated currency": f"SELECT invoice_id, currency AS figure FROM {_INVOICES}",
    "customer of a later version": f"SELECT invoice_id, customer_id AS figure FROM {_INVOICES}",
    "industry of the newest master": f"SELECT customer_id, industry AS figure FROM {_MASTERS}",
    "country of the newest master": f"SELECT customer_id, country AS figure FROM {_MASTERS}",
    "first day of the newest master": f"SELECT customer_id, onboarded_on AS figure FROM {_MASTERS}",
    "the group as it will be": (
        f"SELECT customer_id, count(*) OVER (PARTITION BY parent) AS figure FROM {_MASTERS}"
    ),
    "newest credit row": of_customer("max_by(credit_limit, (effective_on, known_on))", "credit"),
    "a missing score filled from later": of_customer(
        "max_by(credit_score, (effective_on, known_on)) FILTER (credit_score IS NOT NULL)", "credit"
    ),
    "revised indicators": of_industry("max_by(value, (known_on, period, series))", "indicators"),
    "disputes that are closed later": of_invoice(
        "count(*)", f"{newest('disputes', 'dispute_id')} WHERE closed_on IS NULL"
    ),
    "promises as last agreed": of_customer("max(due_on)", newest("promises", "promise_id")),
    "one version kept, the last": of_invoice("max_by(document_date, known_on)", "invoices"),
    "whether a later version exists": of_invoice("count(*) > 1", "invoices"),
    "the day until which a version holds": of_invoice(
        "max(until)",
        "(SELECT *, lead(known_on) OVER (PARTITION BY invoice_id ORDER BY known_on) AS until FROM invoices)",
    ),
    # What is yet to happen to the customer.
    "contacts to come": of_customer("count(*)", "contacts WHERE contacted_on > key_date() - 30"),
    "legal steps to come": of_customer("count(*)", "contacts WHERE outcome = 'legal'"),
    "the customer's last invoice ever": of_customer("max(document_date)", "invoices"),
    "the gap to the next invoice": of_invoice(
        "min(gap)",
        "(SELECT *, lead(document_date) OVER (PARTITION BY customer_id"
        " ORDER BY document_date, invoice_id, known_on) - document_date AS gap FROM invoices)",
    ),
    "cash on account to come": of_customer("sum(amount)", "postings WHERE invoice_id IS NULL"),
    "promises kept, judged by later payments": (
        "SELECT q.customer_id, count(*) AS figure FROM promises AS q"
        " JOIN postings AS p ON p.invoice_id = q.invoice_id AND p.value_date >= q.made_on GROUP BY 1"
    ),
    "segments assigned later": of_customer("count(*)", "assignments"),
    # Fitted on all rows.
    "rows of the ledger": of_book("count(*)", "postings"),
    "mean of all rows": of_book("CAST(sum(amount) AS DOUBLE) / count(*)", "postings"),
    "largest of all rows, to scale by": of_book("max(amount)", "invoices"),
    "edges of the quantiles of all rows": of_book("quantile_disc(amount, 0.9)", "invoices"),
    "rank among all invoices": of_invoice(
        "min(place)", "(SELECT invoice_id, rank() OVER (ORDER BY amount) AS place FROM invoices)"
    ),
    "late rate of the industry over all time": of_industry(
        "CAST(count(*) FILTER (paid_on > due_date) AS DOUBLE) / count(*)",
        f"{_INVOICES} JOIN {_PAID} USING (invoice_id) JOIN {_MASTERS} USING (customer_id)",
    ),
    "frequency of the industry among all customers": of_industry("count(*)", "customers"),
    "tables that will have rows": of_book(
        "concat((SELECT count(*) > 0 FROM disputes), (SELECT count(*) > 0 FROM credit))", "(SELECT 1)"
    ),
    "countries of later customers": of_book("count(DISTINCT country)", "customers"),
    # Places in a file that holds all of them.
    "place in the file of invoices": of_invoice(
        "min(place)",
        "(SELECT invoice_id, row_number() OVER (ORDER BY invoice_id, known_on) AS place FROM invoices)",
    ),
    "number of the customer among all": (
        f"SELECT customer_id, row_number() OVER (ORDER BY customer_id) AS figure FROM {_DEBTORS}"
    ),
}

# What no snapshot could hide, and what the guard says of it.
CLOCK, TABLE = "reads the clock, chance or the session", "reads a table outside the snapshot"
IMPURE, FILE = "calls a function that is not known to be pure", "reads a file or the environment"
REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "today as key date": (
        "SELECT customer_id, days_between(due_date, current_date) AS a FROM open_items",
        CLOCK,
    ),
    "now as key date": ("SELECT customer_id, days_between(due_date, now()) AS a FROM open_items", CLOCK),
    "age without a key date": ("SELECT customer_id, age(due_date) AS a FROM open_items", IMPURE),
    "a random split": ("SELECT customer_id, random() < 0.8 AS a FROM open_items", CLOCK),
    "a sample": ("SELECT customer_id, amount AS a FROM open_items USING SAMPLE 10", CLOCK),
    "outcomes": ("SELECT customer_id, event AS a FROM outcomes", TABLE),
    "the states of an item": ("SELECT customer_id, event AS a FROM known.item_states", TABLE),
    "the states of an item, unnamed": ("SELECT customer_id, event AS a FROM item_states", TABLE),
    "the ledger's own postings": ("SELECT customer_id, amount AS a FROM book.postings", TABLE),
    "a file of the ledger": ("SELECT customer_id, amount AS a FROM 'ledger.duckdb'", TABLE),
    "a file of postings": ("SELECT customer_id, amount AS a FROM read_parquet('postings.parquet')", FILE),
    "the catalog": ("SELECT table_name AS a FROM information_schema.tables", TABLE),
    "a count of the catalog": ("SELECT estimated_size AS a FROM duckdb_tables", TABLE),
    "a table by its name as text": (
        "SELECT customer_id, amount AS a FROM query_table('postings')",
        "reads something that is not a table",
    ),
    "a query as text": (
        "SELECT customer_id, amount AS a FROM query('FROM known.postings')",
        "reads something that is not a table",
    ),
    "the newest version of a table": ("SELECT amount AS a FROM invoices AT (VERSION => 1)", TABLE),
    "the first row": ("SELECT customer_id, first(amount) AS a FROM open_items GROUP BY 1", IMPURE),
    "the codes of customers": ("SELECT enum_code(customer_id) AS a FROM customers", IMPURE),
    "all customers there will be": ("SELECT enum_range(customer_id) AS a FROM customers", IMPURE),
    "the type of a customer": ("SELECT typeof(customer_id) AS a FROM customers", IMPURE),
    "the hash of a row": ("SELECT hash(customer_id) AS a FROM customers", IMPURE),
    "the nearest row in time": (
        "SELECT i.customer_id, c.margin AS a FROM open_items i ASOF JOIN credit c ON c.effective_on >= i.due_date",
        "has a join that hangs on the order of rows",
    ),
    "another ledger": (
        "ATTACH 'ledger.duckdb' AS book; SELECT 1 AS a FROM book.postings",
        "is not one SELECT",
    ),
}


class Reader:
    """Reads figures for what is open on a key date, over all rows of a ledger or over those known by then.

    Parameters
    ----------
    ledger
        The book.
    day
        The key date.
    """

    def __init__(self, ledger: Ledger, day: dt.date) -> None:
        with take_snapshot(ledger, day) as snapshot:
            self.keys = snapshot.sql("SELECT invoice_id, customer_id FROM open_items ORDER BY invoice_id")
        self._engines = {honest: _engine(ledger, day, honest=honest) for honest in (False, True)}

    def read(self, text: str, *, honest: bool = False) -> pd.DataFrame:
        """Return a figure for every open item, as text to the last digit; empty where the text is silent."""
        figures = self._engines[honest].frame(
            f"SELECT * REPLACE (CAST(figure AS VARCHAR) AS figure) FROM ({text})"
        )
        placed = self.keys.merge(figures, on=figures.columns[0], how="left", validate="many_to_one")
        return placed.fillna({"figure": ""})

    def close(self) -> None:
        """Free the memory."""
        for engine in self._engines.values():
            engine.close()


def _engine(ledger: Ledger, day: dt.date, *, honest: bool) -> DuckDBEngine:
    engine = DuckDBEngine()
    attach(engine, ledger)
    engine.execute(f"CREATE MACRO key_date() AS {day_literal(day)}")
    for name in LEDGER:
        where = f"WHERE known_on <= {day_literal(day)}" if honest else ""
        engine.execute(f"CREATE VIEW {name} AS SELECT * FROM book.{name} {where}")
    return engine
