"""A receivables book of any size in which every feature block finds work, written straight to Parquet.

36 months, 25 invoices per customer on average, half a contact, a quarter of a credit row per invoice; 6 % of the
invoices are paid in two parts, 2 % credited, 0.5 % written off half a year after they were due, 1.5 % stay open.
Every draw is a hash of the row's number, so the same size gives the same book.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import duckdb

START: Final = dt.date(2023, 7, 1)
END: Final = dt.date(2026, 6, 30)
DAYS: Final = (END - START).days + 1
PER_CUSTOMER: Final = 25

# Draws: u(row, what) is even on [0, 1), pick(row, what, list) one of a list.
_MACROS: Final = (
    "CREATE MACRO u(n, what) AS CAST(hash(n, what) % 1000000 AS DOUBLE) / 1000000",
    "CREATE MACRO pick(n, what, list) AS list[1 + CAST(hash(n, what) % len(list) AS INTEGER)]",
    "CREATE MACRO customer(n) AS 'C' || lpad(CAST(n AS VARCHAR), 7, '0')",
)

_CUSTOMERS: Final = f"""
    SELECT customer(n) AS customer_id, 'Customer ' || n AS name,
        CASE WHEN u(n, 'parent') < 0.1 THEN customer(n - n % 10) END AS parent,
        pick(n, 'industry', ['construction', 'food', 'retail', 'software', 'steel', 'transport']) AS industry,
        pick(n, 'country', ['AT', 'DE', 'ES', 'FR', 'IT', 'NL']) AS country,
        pick(n, 'region', ['north', 'south']) AS region,
        pick(n, 'type', ['company', 'company', 'sole_trader', 'public']) AS business_type,
        DATE '{START}' - CAST(u(n, 'onboarded') * 2000 AS INTEGER) AS onboarded_on, 'net 30' AS terms,
        pick(n, 'delivery', ['email', 'email', 'paper', 'portal']) AS invoice_delivery,
        pick(n, 'method', ['transfer', 'transfer', 'check', 'card']) AS payment_method,
        'P' || n % 7 AS portfolio, 'en' AS language, DATE '{START}' AS known_on
    FROM range($customers) AS r(n)"""

# The habit of a customer, and what is its own of each invoice: skewed, some of them very late.
_INVOICES: Final = f"""
    WITH drawn AS (
        SELECT n, CAST(hash(n, 'customer') % $customers AS BIGINT) AS c,
            DATE '{START}' + CAST(floor(u(n, 'day') * {DAYS}) AS INTEGER) AS document_date,
            u(n, 'fate') AS fate
        FROM range($invoices) AS r(n)
    )
    SELECT *, pick(c, 'terms', [14, 30, 30, 45, 60]) AS terms_days,
        CAST(floor(-6 + 22 * u(c, 'habit') - 9 * ln(1 - u(n, 'late'))) AS INTEGER) AS late,
        CAST(round(exp(4 + 1.5 * u(c, 'size') + 3 * u(n, 'amount')), 2) AS DECIMAL(18,2)) AS amount,
        greatest(document_date + 1, document_date + terms_days + late) AS paid_on
    FROM drawn"""

_TABLES: Final = {
    "invoices": f"""
        SELECT 'INV-' || lpad(CAST(n AS VARCHAR), 9, '0') AS invoice_id, customer(c) AS customer_id,
            'E' || n % 3 AS entity, document_date, document_date AS posting_date,
            document_date + CAST(terms_days AS INTEGER) AS due_date, amount, 'EUR' AS currency,
            document_date + CAST(hash(n, 'delivered') % (1 + $entry) AS INTEGER) AS delivered_on,
            CASE WHEN u(n, 'viewed') < 0.3 THEN delivered_on END AS viewed_on,
            document_date + CAST($entry AS INTEGER) AS known_on
        FROM i WHERE known_on <= DATE '{END}'""",
    "postings": f"""
        WITH parts AS (
            SELECT *, 1 AS part, CASE WHEN fate < 0.06 THEN CAST(round(amount * 0.4, 2) AS DECIMAL(18,2)) ELSE amount
                END AS posted, paid_on AS value_date FROM i WHERE fate < 0.985
            UNION ALL
            SELECT *, 2, amount - CAST(round(amount * 0.4, 2) AS DECIMAL(18,2)), paid_on + 20 FROM i WHERE fate < 0.06
        ), dated AS (
            SELECT * REPLACE (CASE WHEN fate >= 0.98 THEN document_date + 240 ELSE value_date END AS value_date),
                CASE WHEN fate >= 0.98 THEN 'write_off' WHEN fate >= 0.96 THEN 'credit_note' ELSE 'payment' END AS kind,
                pick(c, 'method', ['transfer', 'transfer', 'check', 'card']) AS usual
            FROM parts
        )
        SELECT 'P-' || lpad(CAST(n AS VARCHAR), 9, '0') || '-' || part AS posting_id,
            'INV-' || lpad(CAST(n AS VARCHAR), 9, '0') AS invoice_id, customer(c) AS customer_id, kind, posted AS amount,
            'EUR' AS currency, value_date,
            CASE WHEN kind = 'payment' THEN value_date - CASE usual WHEN 'check' THEN 5 ELSE 1 END END AS initiated_on,
            CASE WHEN kind = 'payment' THEN CASE WHEN u(n, 'other') < 0.1 THEN 'card' ELSE usual END END AS method,
            CAST(NULL AS VARCHAR) AS restates, value_date + CAST(hash(n, part, 'lag') % (1 + $lag) AS INTEGER) AS known_on
        FROM dated WHERE known_on <= DATE '{END}'""",
    "contacts": f"""
        SELECT 'K-' || lpad(CAST(n AS VARCHAR), 9, '0') AS contact_id, customer(c) AS customer_id,
            'INV-' || lpad(CAST(n AS VARCHAR), 9, '0') AS invoice_id,
            document_date + CAST(terms_days + hash(n, 'touch') % 20 AS INTEGER) AS contacted_on,
            pick(n, 'channel', ['call', 'email', 'email', 'letter']) AS channel,
            pick(n, 'tone', ['nudge', 'reminder', 'firm']) AS tone,
            pick(n, 'outcome', ['reached', 'no_answer', 'promise', 'dispute']) AS outcome,
            CAST(1 + hash(n, 'minutes') % 9 AS DOUBLE) AS minutes, 'agent' || n % 5 AS collector, contacted_on AS known_on
        FROM i WHERE u(n, 'contacted') < 0.5 AND known_on <= DATE '{END}'""",
    "credit": f"""
        SELECT customer(c) AS customer_id, DATE '{START}' + CAST(k * 170 + hash(c, k) % 160 AS INTEGER) AS effective_on,
            CAST(500 * (1 + hash(c, k, 'limit') % 40) AS DECIMAL(18,2)) AS credit_limit,
            CAST(300 + hash(c, k, 'score') % 400 AS DOUBLE) AS credit_score,
            CAST(CASE WHEN c % 3 = 0 THEN 5000 END AS DECIMAL(18,2)) AS insured,
            CAST(hash(c, k, 'orders') % 3000 AS DECIMAL(18,2)) AS open_orders, 0.05 + 0.3 * u(c, 'margin') AS margin,
            0.05 * u(c, 'failure') AS failure_risk, effective_on AS known_on
        FROM range($customers) AS r(c), range(7) AS s(k) WHERE k < 6 OR c % 4 = 0 AND effective_on <= DATE '{END}'""",
    "disputes": f"""
        WITH opened AS (SELECT *, document_date + 10 AS opened_on FROM i WHERE u(n, 'disputed') < 0.03)
        SELECT 'D-' || n AS dispute_id, 'INV-' || lpad(CAST(n AS VARCHAR), 9, '0') AS invoice_id, opened_on,
            CASE WHEN step = 1 THEN opened_on + 25 END AS closed_on,
            pick(n, 'reason', ['pricing', 'quality', 'administration']) AS reason, opened_on + CAST(25 * step AS INTEGER) AS known_on
        FROM opened, range(2) AS s(step) WHERE known_on <= DATE '{END}'""",
    "promises": f"""
        SELECT 'M-' || n AS promise_id, customer(c) AS customer_id, 'INV-' || lpad(CAST(n AS VARCHAR), 9, '0') AS invoice_id,
            document_date + CAST(terms_days AS INTEGER) + 5 AS made_on, made_on + 7 AS due_on, amount, made_on AS known_on
        FROM i WHERE u(n, 'promised') < 0.05 AND known_on <= DATE '{END}'""",
    "indicators": f"""
        SELECT series, CASE WHEN series = 'insolvencies' THEN industry END AS industry, period,
            1 + u(m, series || industry) AS value, CAST(period AS DATE) + 45 AS known_on
        FROM (SELECT m, CAST(DATE '{START}' + to_months(CAST(m AS INTEGER)) AS DATE) AS period FROM range(36) AS r(m)),
            (VALUES ('unemployment', ''), ('insolvencies', 'food'), ('insolvencies', 'retail'), ('insolvencies', 'steel'))
                AS s(series, industry)
        WHERE known_on <= DATE '{END}'""",
}


def write_book(folder: Path, invoices: int, *, lag: int = 3, customers: int | None = None) -> None:
    """Write the tables of a book in our own format.

    Parameters
    ----------
    folder
        Where it goes.
    invoices
        How many.
    lag
        Payments become known up to so many days after their value date, invoices up to two days after issue.
    customers
        How many; one per 25 invoices where None.
    """
    folder.mkdir(parents=True)
    sizes = {
        "customers": customers or max(1, invoices // PER_CUSTOMER),
        "invoices": invoices,
        "lag": lag,
        "entry": min(lag, 2),
    }
    with duckdb.connect(str(folder / "drawing.duckdb")) as connection:
        for macro in _MACROS:
            connection.execute(macro)
        _execute(connection, f"CREATE TABLE i AS {_INVOICES}", sizes)
        for name, text in {"customers": _CUSTOMERS, **_TABLES}.items():
            _execute(connection, f"COPY ({text}) TO '{folder / name}.parquet' (FORMAT parquet)", sizes)
    (folder / "drawing.duckdb").unlink()


def _execute(connection: duckdb.DuckDBPyConnection, sql: str, sizes: dict[str, int]) -> None:
    connection.execute(sql, {name: value for name, value in sizes.items() if f"${name}" in sql})


def key_dates(months: int = 31) -> list[dt.date]:
    """Return the last month-ends of the book.

    Examples
    --------
    >>> [day.isoformat() for day in key_dates(2)]
    ['2026-05-31', '2026-06-30']
    """
    index = [12 * END.year + END.month - back for back in range(months)]
    return sorted(dt.date(at // 12, at % 12 + 1, 1) - dt.timedelta(days=1) for at in index)
