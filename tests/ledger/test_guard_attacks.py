"""Texts that look harmless to a scan of their words, and are not."""

from __future__ import annotations

import re

import pytest

from arseg.ledger.guard import guard
from arseg.schema import UsageError

CLOCK = "reads the clock, chance or the session"
TABLE = "reads a table outside the snapshot"
IMPURE = "calls a function that is not known to be pure"
ROWS = "hangs on the order of rows"
APART = "is not one SELECT on every engine"
TYPE = "casts to a type that is not plain"
UNKNOWN = "says something that is not known to be pure"


def refused(sql: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"x.sql {complaint}")):
        guard(sql, where="x.sql")


@pytest.mark.parametrize(
    "sql",
    [
        # The scan pairs quotes otherwise than the parser, which finds a column where the scan found text.
        """SELECT 1 AS "'", days_between(due_date, current_date) AS a, 2 AS "'" FROM open_items""",
        "SELECT 1 AS b, -- x\rdays_between(due_date, current_date) AS a FROM open_items",
        "SELECT /* /* */ ' */ days_between(due_date, current_date) AS a, /* ' */ 1 AS b FROM open_items",
        "SELECT length(user) AS a FROM invoices",
        "SELECT MIN(rowid) AS a FROM open_items",
        "SELECT MIN(open_items.rowid) AS a FROM open_items",
        "SELECT days_between(due_date, DATE 'today') AS a FROM open_items",
        "SELECT days_between(due_date, DATE ' Now ') AS a FROM open_items",
        "SELECT days_between(due_date, CAST('yesterday' AS DATE)) AS a FROM open_items",
    ],
)
def test_the_clock_is_found_where_the_words_are_hidden(sql: str) -> None:
    refused(sql, CLOCK)


@pytest.mark.parametrize(
    "sql",
    [
        r"SELECT E'\'' AS b, days_between(due_date, current_date) AS a, 'x' AS c FROM open_items",
        r"SELECT concat('\', ', current_date(), ' /* \' */, '') AS a FROM open_items",
        "SELECT 1 AS a -- \\\n FROM open_items",
        "SELECT $$a$$ AS a",
        "SELECT $$'$$ AS b, days_between(due_date, current_date) AS a, $$'$$ AS c FROM open_items",
        "SELECT $x$'$x$ AS a FROM open_items",
    ],
)
def test_a_text_that_engines_quote_apart_is_refused(sql: str) -> None:
    refused(sql, APART)


def test_a_common_table_lends_its_name_to_no_other_letter() -> None:
    # The sign for kelvin is a small k to Python and none to the engine.
    hidden = 'WITH "duc\u212adb_tables" AS (SELECT 1 AS n) SELECT COUNT(*) AS a FROM duckdb_tables'
    refused(hidden, TABLE)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT TRY_CAST('C999' AS known.customer) IS NOT NULL AS a FROM customers",
        "SELECT CAST(customer_id AS customer) AS a FROM customers",
        "SELECT TIMESTAMP 'now' > due_date AS a FROM open_items",
        "SELECT date_part('hour', CAST(due_date AS TIMESTAMPTZ)) AS a FROM open_items",
        "SELECT length(CAST(CAST(due_date AS TIMESTAMPTZ) AS VARCHAR)) AS a FROM open_items",
    ],
)
def test_types_that_know_more_than_the_row_are_refused(sql: str) -> None:
    refused(sql, TYPE)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT amount AS a FROM open_items LIMIT 5",
        "SELECT amount AS a FROM open_items LIMIT 50%",
        "SELECT amount AS a FROM open_items OFFSET 5",
        "SELECT amount AS a FROM open_items LIMIT 0 OFFSET 5",
        "SELECT amount AS a FROM open_items FETCH FIRST 5 ROWS ONLY",
        "SELECT (SELECT amount FROM invoices LIMIT 1) AS a FROM customers",
        "SELECT amount AS a FROM invoices UNION ALL SELECT amount FROM open_items LIMIT 1",
        "SELECT DISTINCT ON (customer_id) amount AS a FROM open_items",
        "SELECT row_number() OVER () AS a FROM open_items",
        "SELECT ntile(4) OVER (PARTITION BY customer_id) AS a FROM open_items",
        "SELECT lag(amount) OVER (PARTITION BY customer_id) AS a FROM open_items",
        "SELECT first_value(amount) OVER w AS a FROM open_items WINDOW w AS (PARTITION BY customer_id)",
        "SELECT SUM(amount) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS a FROM open_items",
        "SELECT first_value(amount) AS a FROM open_items GROUP BY customer_id",
        "SELECT last_value(amount) AS a FROM open_items GROUP BY customer_id",
    ],
)
def test_what_hangs_on_the_order_of_rows_is_refused(sql: str) -> None:
    refused(sql, ROWS)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT amount AS a FROM open_items LIMIT 0",
        "SELECT amount AS a FROM open_items ORDER BY amount, invoice_id LIMIT 5",
        "SELECT row_number() OVER (ORDER BY invoice_id) AS a FROM open_items",
        "SELECT MAX(amount) OVER () AS a, SUM(amount) OVER (PARTITION BY customer_id) AS b FROM open_items",
        "SELECT DISTINCT amount AS a FROM open_items",
        "SELECT CAST(amount AS DECIMAL(28, 10)) AS a, DATE '2026-01-31' AS b FROM open_items",
    ],
)
def test_what_does_not_hang_on_it_is_not_refused(sql: str) -> None:
    assert guard(sql, where="x.sql").tables == ("open_items",)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ? AS a FROM open_items",
        "SELECT amount AS a FROM open_items ORDER BY #1",
        "SELECT industry COLLATE NOCASE AS a FROM customers",
    ],
)
def test_expressions_that_no_block_needs_are_refused(sql: str) -> None:
    refused(sql, UNKNOWN)


@pytest.mark.parametrize("name", ["pg_catalog.sum", "known.main.days_between"])
def test_a_function_of_another_schema_is_not_the_pure_one(name: str) -> None:
    refused(f"SELECT {name}(amount) AS a FROM open_items", IMPURE)
