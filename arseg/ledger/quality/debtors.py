"""What is doubtful about the customers of a ledger: master data, parents, and how few decide everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import duckdb

from arseg.ledger.quality.finding import Finding
from arseg.ledger.quality.reported import count_rows

# A customer above this share of all invoices, or of their amount, decides pooled figures alone.
LARGE_SHARE: Final = 0.2

# As many customers as a finding names.
NAMED: Final = 5

# Below this share of all customers holding half of the amount, averages speak of few.
FEW_SHARE: Final = 0.02
MANY: Final = 100


def find_doubtful_debtors(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Say which customers carry the book, and what their master data lack."""
    yield from _large(connection)
    yield from _concentrated(connection)
    known, _ = count_rows(connection, "SELECT count(*), NULL FROM customers")
    if known:
        yield from _without_master_data(connection)
        yield from _parents(connection)


def _large(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    rows = connection.execute(
        "SELECT * FROM (SELECT customer_id, sum(reported) AS worth, count(*) / sum(count(*)) OVER () AS of_invoices, "
        "CAST(sum(reported) AS DOUBLE) / sum(CAST(sum(reported) AS DOUBLE)) OVER () AS of_amount "
        "FROM latest WHERE reported > 0 GROUP BY customer_id) "
        f"WHERE greatest(of_invoices, of_amount) > {LARGE_SHARE} ORDER BY worth DESC, customer_id"
    ).fetchall()
    for customer, amount, of_invoices, of_amount in rows:
        shares = f"{of_invoices:.0%} of the invoices and {of_amount:.0%} of their amount"
        message = f"customer {customer} holds {shares}; read figures per customer too"
        yield Finding("warning", "single_customer_share", message, 1, amount)


def _concentrated(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    few, total, amount = connection.execute(
        "WITH sums AS (SELECT customer_id, sum(reported) AS worth FROM latest WHERE reported > 0 GROUP BY 1), "
        "ranked AS (SELECT worth, sum(worth) OVER (ORDER BY worth DESC, customer_id) - worth AS before, "
        "sum(worth) OVER () AS total FROM sums) SELECT count(*) FILTER (before < total / 2), count(*), "
        "sum(worth) FILTER (before < total / 2) FROM ranked"
    ).fetchall()[0]
    if total >= MANY and few <= FEW_SHARE * total:
        message = f"{few:,} of {total:,} customers hold half of the amount; a draw of customers may miss them"
        yield Finding("note", "concentration", message, few, amount)


def _without_master_data(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    count, amount = count_rows(
        connection,
        "SELECT count(DISTINCT customer_id), sum(abs(reported)) FROM latest "
        "WHERE customer_id NOT IN (SELECT customer_id FROM customers)",
    )
    if count:
        message = f"{count:,} customers of invoices have no master data"
        yield Finding("warning", "no_master_data", message, count, amount)


def _parents(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    rows = connection.execute(
        "SELECT customer_id, arg_max(parent, known_on) FROM customers GROUP BY customer_id ORDER BY customer_id"
    ).fetchall()
    parents = dict(rows)
    unknown = [customer for customer, parent in rows if parent and parent not in parents]
    if unknown:
        message = f"{len(unknown):,} customers name a parent who is no customer: {_named(unknown)}"
        yield Finding("note", "unknown_parent", message, len(unknown))
    circles = find_circles(parents)
    if circles:
        count = sum(len(circle) for circle in circles)
        message = f"{count:,} customers stand above themselves: {_named([' > '.join(c) for c in circles])}"
        yield Finding("warning", "parent_cycle", message, count)


def _named(ids: list[str]) -> str:
    rest = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + rest


def find_circles(parents: Mapping[str, str | None]) -> list[tuple[str, ...]]:
    """Return the circles of parents, each from its first id on; a head who names itself is none.

    Examples
    --------
    >>> find_circles({"a": "b", "b": "c", "c": "b", "d": "d", "e": "x"})
    [('b', 'c')]
    """
    done: set[str] = set()
    circles = []
    for start in sorted(parents):
        path: dict[str, int] = {}
        at: str | None = start
        while at is not None and at in parents and at not in done and at not in path:
            path[at] = len(path)
            at = parents[at]
        if at in path and parents[at] != at:
            circle = list(path)[path[at] :]
            first = circle.index(min(circle))
            circles.append((*circle[first:], *circle[:first]))
        done.update(path)
    return circles
