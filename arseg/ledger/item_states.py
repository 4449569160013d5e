"""The states of each invoice: what the book knew of it, from which day and until which.

A state begins on the day on which a version of the invoice or a posting became known, and ends on the day
of the next. It is made of rows known by its first day and of nothing else, so a key date finds the state in
which it lies and needs no other. Nearly every invoice has two, before and after postings that became known
together; the tangled rest, restated or posted to more than once, takes the long way.
"""

from __future__ import annotations

from typing import Final

from arseg.ledger.clearing import cause, causes, moves, tolerance
from arseg.ledger.engine import DuckDBEngine
from arseg.schema import INVOICES, OPEN

FOREVER: Final = "DATE '9999-12-31'"


def _version(table: str) -> str:
    """Return the columns that a state has of its invoice, whatever was posted."""
    return ", ".join(f"{table}.{name}" for name in (*INVOICES.names, "original_amount", "first_known_on"))


_SUMS: Final = """sum(m.change) AS change, sum(m.credited) AS credited, sum(m.written_off) AS written_off,
        min(m.day) AS first_day, max(m.day) AS last_day"""
_TOTALS: Final = "change, credited, written_off, first_day, last_day"
# A posting counts in the states that begin while it is known.
_COUNTS: Final = """m.invoice_id = s.invoice_id
        AND m.known_from <= s.known_from AND m.known_until > s.known_from"""

_MOVES: Final = moves("known.postings", "value_date", keep="known_from, known_until,")

_SUMMED: Final = f"""
    SELECT invoice_id, min(known_from) AS first_posted, max(known_from) AS last_posted, {_SUMS}
    FROM moves AS m WHERE known_until = {FOREVER} GROUP BY invoice_id"""

_TANGLED: Final = """
    SELECT invoice_id FROM versions WHERE is_restated
    UNION
    SELECT v.invoice_id FROM versions AS v JOIN summed AS s USING (invoice_id)
    WHERE s.first_posted < s.last_posted AND s.last_posted > v.known_from"""

_LONG_WAY: Final = f"""
    WITH own AS (SELECT invoice_id, known_from FROM versions SEMI JOIN tangled USING (invoice_id)), firsts AS (
        SELECT invoice_id, min(known_from) AS known_from FROM own GROUP BY invoice_id
    ), days AS (
        SELECT invoice_id, known_from FROM own
        UNION
        SELECT m.invoice_id, greatest(m.known_from, f.known_from)
        FROM moves AS m JOIN firsts AS f USING (invoice_id)
    ), spans AS (
        SELECT *, coalesce(
            lead(known_from) OVER (PARTITION BY invoice_id ORDER BY known_from), {FOREVER}
        ) AS known_until FROM days
    )
    SELECT s.invoice_id, s.known_from, s.known_until, {_SUMS} FROM spans AS s LEFT JOIN moves AS m ON {_COUNTS}
    GROUP BY s.invoice_id, s.known_from, s.known_until"""

_PLAIN: Final = f"""
    SELECT v.*, greatest(s.first_posted, v.known_from) AS posted_from, {_TOTALS}
    FROM versions AS v ANTI JOIN tangled USING (invoice_id) LEFT JOIN summed AS s USING (invoice_id)"""

_WIDE: Final = f"""
    WITH plain AS ({_PLAIN}), wide AS (
        SELECT {_version("p")}, known_from, coalesce(posted_from, {FOREVER}) AS known_until,
            NULL AS change, NULL AS credited, NULL AS written_off, NULL AS first_day, NULL AS last_day
        FROM plain AS p
        UNION ALL
        SELECT {_version("p")}, posted_from, {FOREVER}, {_TOTALS} FROM plain AS p WHERE posted_from IS NOT NULL
        UNION ALL
        SELECT {_version("v")}, s.known_from, s.known_until, {_TOTALS}
        FROM tangled_states AS s JOIN versions AS v ON v.invoice_id = s.invoice_id
            AND v.known_from <= s.known_from AND v.known_until > s.known_from
    )
    SELECT *, {tolerance("amount")} AS tolerance FROM wide WHERE known_from < known_until"""

_SEVERAL: Final = f"""
    SELECT invoice_id, known_from, amount AS opening, tolerance FROM ({_WIDE})
    WHERE first_day < last_day AND amount > 0 AND amount + change <= tolerance"""

_MOVED: Final = f"(SELECT s.known_from, m.* EXCLUDE (known_from, known_until) FROM several AS s JOIN moves AS m ON {_COUNTS})"

_STATES: Final = f"""
    SELECT {_version("w")}, w.known_from, w.known_until,
        CAST(amount + coalesce(change, 0) AS DECIMAL(18,2)) AS balance,
        CASE WHEN amount > 0 AND amount + coalesce(change, 0) > tolerance THEN {OPEN}
            WHEN amount > 0 AND first_day IS NOT NULL THEN coalesce(c.event, {cause()}) END AS event,
        last_day AS last_posted_on,
        CASE WHEN amount > 0 AND amount + change <= tolerance THEN coalesce(c.day, first_day) END AS cleared_on
    FROM ({_WIDE}) AS w LEFT JOIN causes AS c ON c.invoice_id = w.invoice_id AND c.known_from = w.known_from"""

# What is open, and what was cleared of late, lies together: a key date reads a part of the states, not all.
_IN_TIME: Final = "w.known_until, cleared_on, w.known_from"

# In the order in which they are made, each of those before it.
_STEPS: Final = {
    "moves": _MOVES,
    "summed": _SUMMED,
    "tangled": _TANGLED,
    "tangled_states": _LONG_WAY,
    "several": _SEVERAL,
    "causes": causes("several", _MOVED, key="invoice_id, known_from"),
}


def make_item_states(engine: DuckDBEngine) -> None:
    """Make ``known.item_states`` of the tables ``versions`` and ``known.postings``.

    A state has the columns of an invoice with the amount in the reporting currency, original_amount,
    first_known_on, known_from, known_until (it holds on days before that), balance, event (0 open, 1 paid,
    2 credited, 3 written off, none where nothing is claimed), last_posted_on (value date of the latest of
    its postings) and cleared_on.

    Parameters
    ----------
    engine
        Holds ``versions``: the columns of an invoice, original_amount, first_known_on, is_restated,
        known_from and known_until; and ``known.postings`` with the latter two. What is known for good is so
        until ``FOREVER``.
    """
    for name, text in _STEPS.items():
        engine.execute(f"CREATE TEMP TABLE {name} AS {text}")
    engine.execute(f"CREATE TABLE known.item_states AS {_STATES} ORDER BY {_IN_TIME}")
    for name in _STEPS:
        engine.execute(f"DROP TABLE {name}")
