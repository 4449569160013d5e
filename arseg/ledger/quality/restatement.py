"""How much of a book's history moved after it was written: how much, how late, and how much money.

Two sources say it. The ledger's own rows: later versions of an invoice, postings that were entered after
the day they count for. And what later loads claimed about days that earlier loads had covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb
import pandas as pd

from arseg.ledger.storing.store import Ledger
from arseg.schema.shown import Shown

# Identity of what has versions, beside invoices.
VERSIONED: Final = {"customers": "customer_id", "credit": "customer_id, effective_on"}


@dataclass(frozen=True)
class Movement:
    """One way in which history moved.

    Parameters
    ----------
    table
        The table.
    kind
        ``versions`` (later rows of one identity), ``booked_late`` (postings known after their value date),
        ``red_entries`` (postings that cancel or replace another), or what a later load claimed about an
        earlier day: ``late``, ``restated``, ``cancelled``, ``vanished``.
    load
        The load that claimed it; None for what the rows themselves say.
    currency
        The money's currency; None for tables without money.
    count
        Rows that moved something.
    share
        Moved identities (versions) or rows (postings) among all of the table in that currency; None for loads.
    days_median, days_p90, days_max
        Days from the first to the last version, from value date to entry, or from the claimed day to the
        one on which it was known; an observed value each.
    amount
        Sum of what the amounts changed by, without sign; for postings, their amounts.
    across_months
        The part of it that was entered in a later month than it counts for; None where that is not told.
    """

    table: str
    kind: str
    load: int | None
    currency: str | None
    count: int
    share: float | None
    days_median: int
    days_p90: int
    days_max: int
    amount: Decimal | None
    across_months: Decimal | None

    def __str__(self) -> str:
        """Say it in one sentence."""
        share = "" if self.share is None else f" ({self.share:.1%})"
        money = "" if self.amount is None else f", {self.amount:,.2f} {self.currency}"
        across = (
            "" if not self.across_months else f", {self.across_months:,.2f} of it across the end of a month"
        )
        days = f"half within {self.days_median:,} days, nine in ten within {self.days_p90:,}, at most {self.days_max:,}"
        return f"{self._what()}{share}{money}{across}; {days}."

    def _what(self) -> str:
        if self.load is not None:
            return f"Load {self.load} brought {self.count:,} rows of {self.table} for earlier days as {self.kind}"
        if self.kind == "versions":
            return f"{self.count:,} later versions of {self.table}"
        if self.kind == "red_entries":
            return f"{self.count:,} postings that cancel or replace an earlier one"
        return f"{self.count:,} postings booked after their value date"


@dataclass(frozen=True)
class RestatementAudit(Shown):
    """All movements of a ledger's history.

    Parameters
    ----------
    ledger
        Its name.
    movements
        The ledger's own rows first, then the loads, by table, kind and currency.
    assumed_clocks
        Tables whose second clock is assumed: what was entered late in them cannot be seen.
    """

    ledger: str
    movements: tuple[Movement, ...]
    assumed_clocks: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything that moved, in words; one sentence says so where nothing did."""
        said = [str(movement) for movement in self.movements]
        if not said:
            said = ["No row says that history moved."]
        if self.assumed_clocks:
            said.append(f"What was entered late in {', '.join(self.assumed_clocks)} cannot be seen.")
        return tuple(said)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per movement; amounts are Decimal."""
        names = list(Movement.__dataclass_fields__)
        rows = [[getattr(movement, name) for name in names] for movement in self.movements]
        frame = pd.DataFrame(rows, columns=names, dtype=object)
        kinds = {"table": "str", "kind": "str", "load": "Int64", "currency": "str", "share": "float64"}
        return frame.astype(kinds | dict.fromkeys(("count", "days_median", "days_p90", "days_max"), "int64"))

    def to_dict(self) -> dict[str, Any]:
        """Return the audit as plain data; amounts are decimal text."""
        rows = [
            {
                name: str(value) if isinstance(value, Decimal) else value
                for name, value in asdict(each).items()
            }
            for each in self.movements
        ]
        return {"movements": rows, "sentences": list(self.sentences)}


def audit_restatements(ledger: Ledger) -> RestatementAudit:
    """Measure how much of a ledger's history moved.

    Parameters
    ----------
    ledger
        A stored ledger.

    Returns
    -------
    RestatementAudit
        A frame, plain data or sentences.
    """
    with closing(ledger.connect()) as connection:
        return audit(connection, ledger)


def audit(connection: duckdb.DuckDBPyConnection, ledger: Ledger) -> RestatementAudit:
    """Measure it over a connection that is open already."""
    movements = (
        *_moved(connection, "invoices", "versions", _INVOICES),
        *_versions(connection),
        *_postings(connection),
        *_claims(connection),
    )
    return RestatementAudit(ledger.name, movements, ledger.assumed_clocks)


# Each query answers: load, currency, count, share, days (median, p90, max), amount, across months.
_DAYS: Final = "quantile_disc(days, 0.5), quantile_disc(days, 0.9), max(days)"

_ANY: Final = (
    "SELECT 1 FROM (SELECT *, known_on - value_date AS days FROM postings) WHERE {condition} LIMIT 1"
)

# What a version adds to the amount of the one before; in another currency the whole amount moves.
_INVOICES: Final = f"""
WITH versions AS (
    SELECT invoice_id, known_on, currency, amount,
        lag(amount) OVER one AS amount_before, lag(currency) OVER one AS currency_before
    FROM invoices SEMI JOIN restated USING (invoice_id) WINDOW one AS (PARTITION BY invoice_id ORDER BY known_on)
), changed AS (
    SELECT invoice_id, max_by(currency, known_on) AS currency, count(*) - 1 AS later,
        max(known_on) - min(known_on) AS days,
        coalesce(sum(CASE WHEN currency = currency_before THEN abs(amount - amount_before) ELSE abs(amount) END)
            FILTER (amount_before IS NOT NULL), 0) AS moved
    FROM versions GROUP BY invoice_id
), of_all AS (
    SELECT currency, count(*) AS items FROM (
        SELECT currency FROM invoices ANTI JOIN restated USING (invoice_id) UNION ALL SELECT currency FROM changed
    ) GROUP BY currency
)
SELECT NULL, currency, sum(later), count(*) / any_value(items), {_DAYS}, sum(moved), NULL
FROM changed JOIN of_all USING (currency) WHERE later > 0 GROUP BY currency ORDER BY currency"""


def _versions(connection: duckdb.DuckDBPyConnection) -> Iterator[Movement]:
    for name, identity in VERSIONED.items():
        query = f"""
        WITH items AS (
            SELECT count(*) - 1 AS later, max(known_on) - min(known_on) AS days FROM {name} GROUP BY {identity}
        )
        SELECT NULL, NULL, sum(later), count(*) / (SELECT count(*) FROM items), {_DAYS}, NULL, NULL
        FROM items WHERE later > 0 HAVING count(*) > 0"""
        yield from _moved(connection, name, "versions", query)


def _postings(connection: duckdb.DuckDBPyConnection) -> Iterator[Movement]:
    """Yield postings entered after their value date; red entries and their replacements apart."""
    for kind, condition in (
        ("booked_late", "days > 0 AND restates IS NULL"),
        ("red_entries", "restates IS NOT NULL"),
    ):
        # What hardly a book has is looked for before all of it is grouped.
        if not connection.execute(_ANY.format(condition=condition)).fetchall():
            continue
        query = f"""
        WITH owed AS (
            SELECT invoice_id, max_by(currency, known_on) AS owed FROM invoices
            WHERE invoice_id IN (SELECT invoice_id FROM postings WHERE currency IS NULL) GROUP BY invoice_id
        ),
        p AS (
            SELECT postings.* EXCLUDE (currency), coalesce(currency, owed) AS currency, known_on - value_date AS days
            FROM postings LEFT JOIN owed USING (invoice_id)
        ), of_all AS (SELECT currency, count(*) AS items FROM p GROUP BY currency)
        SELECT NULL, p.currency, count(*), count(*) / any_value(items), {_DAYS}, sum(abs(amount)),
            coalesce(sum(abs(amount)) FILTER (date_trunc('month', value_date) < date_trunc('month', known_on)), 0)
        FROM p JOIN of_all ON of_all.currency IS NOT DISTINCT FROM p.currency
        WHERE {condition} GROUP BY p.currency ORDER BY p.currency"""
        yield from _moved(connection, "postings", kind, query)


def _claims(connection: duckdb.DuckDBPyConnection) -> Iterator[Movement]:
    """Yield what later loads said of days that earlier ones had covered."""
    rows = connection.execute(
        "WITH claimed AS (SELECT *, known_on - claimed_on AS days FROM restatements) "
        f"SELECT table_name, kind, load, currency, count(*), NULL, {_DAYS}, "
        "sum(abs(coalesce(amount_after, 0) - coalesce(amount_before, 0))), "
        "coalesce(sum(abs(coalesce(amount_after, 0) - coalesce(amount_before, 0))) "
        "FILTER (date_trunc('month', claimed_on) < date_trunc('month', known_on)), 0) "
        "FROM claimed GROUP BY ALL ORDER BY load, table_name, kind, currency"
    ).fetchall()
    for table, kind, *rest in rows:
        yield _movement(table, kind, rest)


def _moved(connection: duckdb.DuckDBPyConnection, table: str, kind: str, query: str) -> Iterator[Movement]:
    for row in connection.execute(query).fetchall():
        yield _movement(table, kind, row)


def _movement(table: str, kind: str, row: Iterable[Any]) -> Movement:
    load, currency, count, share, median, p90, most, amount, across = row
    # Money that no currency names cannot be said.
    amount, across = (None if currency is None else each for each in (amount, across))
    return Movement(
        table=table,
        kind=kind,
        load=load,
        currency=currency,
        count=int(count),
        share=None if share is None else float(share),
        days_median=int(median or 0),
        days_p90=int(p90 or 0),
        days_max=int(most or 0),
        amount=None if amount is None else Decimal(amount),
        across_months=None if across is None else Decimal(across),
    )
