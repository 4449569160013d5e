"""What a check looks at: latest versions, and every amount in the reporting currency.

The tables are of the session only; the ledger's file stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import duckdb


def make_views(connection: duckdb.DuckDBPyConnection, rates: Mapping[str, float]) -> None:
    """Give the session ``latest``, ``posted``, ``rejected`` and ``balances``, each with ``reported``.

    Parameters
    ----------
    connection
        On a ledger, read-only.
    rates
        Reporting units per unit of each currency.
    """
    connection.execute("CREATE TEMP TABLE rates (currency VARCHAR, rate DECIMAL(20,10))")
    connection.executemany(
        "INSERT INTO rates VALUES (?, ?)", [[name, str(rate)] for name, rate in rates.items()]
    )
    # Most invoices have one version: only the restated are put in order.
    latest = (
        "(SELECT * FROM invoices ANTI JOIN restated USING (invoice_id) UNION ALL "
        "SELECT * FROM invoices SEMI JOIN restated USING (invoice_id) "
        "QUALIFY row_number() OVER (PARTITION BY invoice_id ORDER BY known_on DESC) = 1)"
    )
    # A posting may leave its currency to its invoice.
    owed = "postings LEFT JOIN (SELECT invoice_id, currency AS owed FROM latest) USING (invoice_id)"
    for name, source, currency in (
        ("latest", latest, "currency"),
        ("posted", owed, "coalesce(currency, owed)"),
        ("rejected", "quarantine", "currency"),
    ):
        connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT t.*, CAST(t.amount * r.rate AS DECIMAL(18,2)) AS reported "
            f"FROM (SELECT * REPLACE ({currency} AS currency) FROM {source}) t "
            f"LEFT JOIN rates r ON r.currency = t.currency"
        )
    connection.execute(
        "CREATE TEMP TABLE balances AS SELECT l.*, coalesce(p.cleared, 0) AS cleared, p.first_posting FROM latest l "
        "LEFT JOIN (SELECT invoice_id, min(value_date) AS first_posting, "
        "sum(CASE WHEN kind IN ('recovery', 'reversal') THEN -reported ELSE reported END) AS cleared "
        "FROM posted GROUP BY invoice_id) p USING (invoice_id)"
    )


def count_rows(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, Decimal]:
    """Return the count and the amount that a query of these two columns answers with."""
    count, amount = connection.execute(query).fetchall()[0]
    return int(count), Decimal("0.00") if amount is None else amount
