"""What a later load adds to a ledger, judged row by row against what the ledger already says.

A past key date must go on giving what was known then. So a row that the ledger lacks although it claims
to have been known before the ledger's last day, and a row that changes without a later day of its own,
count from the day of the extract on. Nothing is overwritten: a changed fact is a new version, a changed
posting is cancelled by a red entry (the same posting below zero) and made again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import duckdb

from arseg.ledger.declared.layout import Limits
from arseg.ledger.sql_text import quoted, text_of
from arseg.schema import LEDGER, DataError, Table

# Fewer changed rows than this are a correction, whatever share of a small ledger they are.
FEW: Final = 20


@dataclass(frozen=True)
class Later:
    """How a later load is judged.

    Parameters
    ----------
    last_known
        The ledger's last day before the load.
    counts_from
        The day on which rows count that the ledger should have known earlier.
    backfill
        Whether rows that claim an earlier day are history left out so far, and stand as they claim.
    present
        Tables of which the ledger has rows.
    """

    last_known: dt.date
    counts_from: dt.date
    backfill: bool
    present: frozenset[str]


def judge_rows(connection: duckdb.DuckDBPyConnection, live: Mapping[str, str], later: Later) -> None:
    """Make ``stage.final_<table>`` for every table, and ``stage.verdicts``.

    ``final`` is what will be stored; ``stage.verdicts`` says of each row whether it is new, late, restated
    or unchanged, and from which day it counts.

    Parameters
    ----------
    connection
        With the stage, and the ledger attached as ``book``.
    live
        By table that the load feeds, the SELECT of its rows that are not rejected.
    later
        How they are judged.
    """
    connection.execute(
        "CREATE TABLE stage.verdicts (table_name VARCHAR, ident VARCHAR, action VARCHAR, claimed_on DATE, "
        "counts_on DATE, currency VARCHAR, amount_before DECIMAL(18,2), amount_after DECIMAL(18,2))"
    )
    for name, table in LEDGER.items():
        if name not in live:
            connection.execute(f"CREATE TABLE stage.final_{name} AS FROM book.{name} LIMIT 0")
            continue
        worth = "currency, amount_before, amount" if _has_worth(table) else "NULL, NULL, NULL"
        connection.execute(f"CREATE TABLE stage.live_{name} AS {live[name]}")
        connection.execute(f"CREATE TABLE stage.judged_{name} AS {_judged(table, later)}")
        connection.execute(
            f"INSERT INTO stage.verdicts SELECT '{name}', ident, action, known_on, counts_on, {worth} "
            f"FROM stage.judged_{name} WHERE kept"
        )
        connection.execute(f"CREATE TABLE stage.final_{name} AS {_final(table)}")
    # A contact has no versions: one that changes cannot be told from a mistake.
    connection.execute(
        "INSERT INTO stage.rejected SELECT row, 'conflicting_id' FROM stage.contacts WHERE contact_id IN "
        "(SELECT ident FROM stage.verdicts WHERE table_name = 'contacts' AND action = 'restated') "
        "AND row NOT IN (SELECT row FROM stage.rejected)"
    )
    connection.execute("DELETE FROM stage.verdicts WHERE table_name = 'contacts' AND action = 'restated'")


def _judged(table: Table, later: Later) -> str:
    late = f"live.known_on <= DATE '{later.last_known}'"
    if later.backfill or table.name not in later.present:
        late = "false"
    stale = "clash.ident IS NOT NULL" if later.backfill else f"({late} OR live.known_on <= latest.known_on)"
    worth = ", amount, currency" if _has_worth(table) else ""
    before = ", arg_max(amount, known_on) AS amount" if worth else ", CAST(NULL AS DECIMAL(18,2)) AS amount"
    current = " AND amount >= 0" if table.name == "postings" else ""
    counts_from = f"greatest(DATE '{later.counts_from}', coalesce(latest.known_on + 1, live.known_on))"
    return f"""
    WITH live AS (SELECT *, {_ident(table)} AS ident, {_said(table)} AS said FROM stage.live_{table.name}),
    known AS (
        SELECT {_book_ident(table)} AS ident, {_said(table)} AS said, known_on{worth} FROM book.{table.name}
        WHERE {_book_ident(table)} IN (SELECT ident FROM live){current}
    ),
    latest AS (
        SELECT ident, arg_max(said, known_on) AS said, max(known_on) AS known_on{before} FROM known GROUP BY ident
    ),
    judged AS (
        SELECT live.*, latest.amount AS amount_before,
            CASE WHEN latest.ident IS NULL THEN CASE WHEN {late} THEN 'late' ELSE 'new' END
                WHEN live.said = latest.said OR same.ident IS NOT NULL THEN 'unchanged'
                ELSE 'restated' END AS action,
            CASE WHEN action = 'late' OR (action = 'restated' AND {stale}) THEN {counts_from}
                ELSE live.known_on END AS counts_on
        FROM live LEFT JOIN latest USING (ident)
        LEFT JOIN (SELECT DISTINCT ident, said, known_on FROM known) same
            ON same.ident = live.ident AND same.said = live.said AND same.known_on = live.known_on
        LEFT JOIN (SELECT DISTINCT ident, known_on FROM known) clash
            ON clash.ident = live.ident AND clash.known_on = live.known_on
    )
    SELECT *, coalesce(counts_on < min(counts_on) OVER (
        PARTITION BY ident ORDER BY known_on ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    ), true) AS kept FROM judged"""


def _final(table: Table) -> str:
    columns = ", ".join("counts_on AS known_on" if c == "known_on" else c for c in table.names)
    rows = f"SELECT {columns} FROM stage.judged_{table.name} WHERE kept AND action <> 'unchanged'"
    order = ", ".join(f"{column} NULLS FIRST" for column in table.key)
    if table.name == "contacts":
        return f"SELECT * FROM ({rows} AND action <> 'restated') ORDER BY {order}"
    if table.name == "postings":
        rows = f"{rows} AND action <> 'restated' UNION ALL {_made_again()} UNION ALL {_red_entries()}"
    return f"SELECT * FROM ({rows}) ORDER BY {order}"


def _made_again() -> str:
    own = {"posting_id": "ident || '~' || counts_on", "known_on": "counts_on", "restates": "ident"}
    columns = ", ".join(own.get(name, name) for name in LEDGER["postings"].names)
    return f"SELECT {columns} FROM stage.judged_postings WHERE action = 'restated'"


def _red_entries() -> str:
    """Return the SELECT that cancels what the ledger holds of each restated posting."""
    table = LEDGER["postings"]
    own = {
        "posting_id": "j.ident || '~' || j.counts_on || '-'",
        "amount": "-b.amount",
        "known_on": "j.counts_on",
        "restates": "j.ident",
    }
    columns = ", ".join(own.get(name, f"b.{name}") for name in table.names)
    ident = _book_ident(table)
    return (
        f"SELECT {columns} FROM (SELECT *, {ident} AS ident FROM book.postings WHERE amount >= 0 AND {ident} IN "
        "(SELECT ident FROM stage.judged_postings WHERE action = 'restated') "
        "QUALIFY row_number() OVER (PARTITION BY ident ORDER BY known_on DESC) = 1) b "
        "JOIN stage.judged_postings j ON j.ident = b.ident WHERE j.action = 'restated' AND b.amount > 0"
    )


def record_restatements(connection: duckdb.DuckDBPyConnection, load: int) -> None:
    """Write down which rows came late and which changed what the ledger said."""
    connection.execute(
        f"INSERT INTO book.restatements SELECT {load}, table_name, ident, action, claimed_on, counts_on, currency, "
        "amount_before, amount_after FROM stage.verdicts WHERE action IN ('late', 'restated') ORDER BY ALL"
    )


def record_vanished(connection: duckdb.DuckDBPyConnection, name: str, load: int, limits: Limits) -> None:
    """Write down what a source that always holds everything no longer holds; the ledger keeps it.

    Raises
    ------
    DataError
        If so much is gone that the source looks cut off.
    """
    table = LEDGER[name]
    ident = _book_ident(table)
    worth = "arg_max(currency, known_on), arg_max(amount, known_on)" if _has_worth(table) else "NULL, NULL"
    live = f"SELECT {_ident(table)} FROM stage.live_{name}"
    gone = f"SELECT {ident} AS ident, max(known_on), {worth} FROM book.{name} WHERE {ident} NOT IN ({live}) GROUP BY ident"
    total, lost = connection.execute(
        f"SELECT count(DISTINCT {ident}), (SELECT count(*) FROM ({gone})) FROM book.{name}"
    ).fetchall()[0]
    if lost > FEW and lost > limits.restated * total:
        raise DataError(
            f"{lost:,} of the ledger's {total:,} {name} are gone from a source that is declared to hold everything",
            given=f"{lost / total:.0%}",
            allowed=f"up to {limits.restated:.0%}; the previous ledger stays",
            do="export it whole, or declare extract: delta",
            code="vanished",
            file=name,
        )
    connection.execute(
        f"INSERT INTO book.restatements SELECT {load}, '{name}', g.ident, 'vanished', g.column1, NULL, g.column2, "
        f"g.column3, NULL FROM ({gone}) g(ident, column1, column2, column3) ORDER BY 1"
    )


def require_few_restated(connection: duckdb.DuckDBPyConnection, limits: Limits) -> None:
    """Refuse a load that would change most of what the ledger says: it is another book, or another layout.

    Raises
    ------
    DataError
        With the shares.
    """
    changed, held = connection.execute(
        "SELECT count(*), (SELECT count(*) FROM book.invoices) + (SELECT count(*) FROM book.postings) "
        "FROM stage.verdicts WHERE action = 'restated' AND table_name IN ('invoices', 'postings')"
    ).fetchall()[0]
    if changed > FEW and changed > limits.restated * held:
        raise DataError(
            f"the load would change {changed:,} of the ledger's {held:,} invoices and postings",
            given=f"{changed / held:.0%}",
            allowed=f"up to {limits.restated:.0%}; the previous ledger stays",
            do="check that it is the same book; say --replace to start the ledger anew",
            code="too_much_changed",
        )


def insert_final(connection: duckdb.DuckDBPyConnection) -> None:
    """Store what was judged, and note which invoices now have several versions."""
    for name in LEDGER:
        connection.execute(f"INSERT INTO book.{name} FROM stage.final_{name}")
    connection.execute(
        "INSERT INTO book.restated SELECT DISTINCT ident FROM stage.verdicts "
        "WHERE table_name = 'invoices' AND action = 'restated' AND ident NOT IN (SELECT invoice_id FROM book.restated)"
    )
    # A new invoice may come in several versions at once.
    connection.execute(
        "INSERT INTO book.restated SELECT invoice_id FROM stage.final_invoices "
        "WHERE invoice_id NOT IN (SELECT invoice_id FROM book.restated) GROUP BY 1 HAVING count(*) > 1"
    )


def count_actions(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return how many rows are new, late, restated and unchanged, over all tables."""
    found = dict(connection.execute("SELECT action, count(*) FROM stage.verdicts GROUP BY action").fetchall())
    return {action: int(found.get(action, 0)) for action in ("new", "late", "restated", "unchanged")}


def _has_worth(table: Table) -> bool:
    return {"amount", "currency"} <= set(table.names)


def _ident(table: Table) -> str:
    who = [part for part in table.key if part != "known_on"]
    return who[0] if len(who) == 1 else text_of(who)


def _book_ident(table: Table) -> str:
    """Return the identity of a stored row; what the loader made of a posting has the posting's."""
    if table.name == "postings":
        return (
            f"CASE WHEN starts_with(posting_id, restates || {quoted('~')}) THEN restates ELSE posting_id END"
        )
    return _ident(table)


def _said(table: Table) -> str:
    unsaid = {"known_on"} | ({"posting_id", "restates"} if table.name == "postings" else set())
    return text_of(name for name in table.names if name not in unsaid)
