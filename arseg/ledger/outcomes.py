"""What happened after a key date: the fate of each open item, and the flows of each customer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from arseg.ledger.clearing import clearing, moves, signed, tolerance, totals
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.open_items import materialise_open_items
from arseg.ledger.storing.store import Ledger
from arseg.ledger.visibility import (
    attached,
    converted,
    day_literal,
    require_rates,
    visible_invoices,
    visible_postings,
)
from arseg.schema import FLOWS, UsageError

Clock = Literal["value_date", "known_on"]

CLOCKS: Final[tuple[Clock, ...]] = ("value_date", "known_on")


def observe_outcomes(
    ledger: Ledger,
    key_date: str | dt.date,
    *,
    observed_on: str | dt.date | None = None,
    until: str | dt.date | None = None,
    clock: Clock = "value_date",
    cache: Path | None = None,
) -> pd.DataFrame:
    """Return what became of each item that was open at the key date.

    An item is cleared on the day on which its balance came within tolerance and stayed there, as known by
    ``observed_on``; its cause is read off what was removed after the key date up to that day (science 3.1).
    A posting made before the key date but known after it counts on day 1: nobody could have known. So does a
    restated amount, which under ``clock="known_on"`` counts on the day it was known; what it takes off
    counts as credited.

    Parameters
    ----------
    ledger
        The book.
    key_date
        The day we stand on.
    observed_on
        Only rows known by this day are used; by default the last known day. After the key date.
    until
        Last day that is followed; by default ``observed_on``. What happens later is not counted, whenever
        it was known, not even a payment's bouncing: end earlier than ``observed_on`` to give the book time
        to hear of what happened.
    clock
        ``value_date`` dates what the customer did, ``known_on`` what the desk saw.
    cache
        Folder of the ledger's history, as ``take_snapshots`` keeps it: quicker where many key dates are asked about.

    Returns
    -------
    DataFrame
        ``arseg.schema.OUTCOMES``, sorted by invoice_id: exactly the snapshot's open items. Amounts in the
        reporting currency over the whole followed window: cash less reversals, credited, written off less
        recoveries, so that the balance less these three is the balance at ``until``. A censored item
        (event 0) has ``duration == followed_days``.

    Raises
    ------
    UsageError
        If the ledger cannot speak of a day, ``observed_on`` is not after the key date, or the clock is unknown.
    DataError
        If the currency of a row has no rate.
    """
    day = ledger.require_day(key_date)
    seen = observed_day(ledger, observed_on, after=day)
    end = seen if until is None else window_end(ledger, until, after=day, seen=seen)
    if clock not in CLOCKS:
        raise UsageError(
            "the clock is unknown",
            given=clock,
            allowed=", ".join(CLOCKS),
            do="choose one of them",
            code="unknown_clock",
        )
    counted = {name: f"greatest(1, days_between({day_literal(day)}, {name}))" for name in CLOCKS}
    restated_day = "CAST(1 AS BIGINT)" if clock == "value_date" else counted["known_on"]
    followed = (end - day).days
    with DuckDBEngine() as engine:
        materialise_open_items(engine, ledger, day, cache=cache)
        engine.execute(f"CREATE TABLE later AS {later_postings(ledger, day, seen)}")
        engine.execute(f"CREATE TABLE restatements AS {_restatements(ledger, day, seen, restated_day)}")
        require_rates(engine, ledger, "later", "restatements")
        engine.execute(
            f"""
            CREATE TABLE moves AS
            SELECT * FROM ({moves("later", counted[clock])}
                UNION ALL
                SELECT invoice_id, day, amount, 0, -amount, 0 FROM restatements)
            WHERE day <= {followed}
            """
        )
        return engine.frame(_outcomes(followed))


def later_postings(ledger: Ledger, day: dt.date, seen: dt.date) -> str:
    """Return the SELECT of the postings of open items known after the key date, by ``observed_on``."""
    known = visible_postings(ledger, seen, invoices="open_items")
    return (
        f"SELECT * FROM ({known}) SEMI JOIN open_items USING (invoice_id) WHERE known_on > {day_literal(day)}"
    )


def _restatements(ledger: Ledger, day: dt.date, seen: dt.date, counted: str) -> str:
    """Return the SELECT of what later versions added to the amounts of open items."""
    return f"""
    WITH versions AS (
        SELECT invoice_id, known_on, currency, {converted(ledger, "amount", "currency")} AS worth
        FROM book.invoices SEMI JOIN book.restated USING (invoice_id) SEMI JOIN open_items USING (invoice_id)
        WHERE known_on <= {day_literal(seen)}
    ), changes AS (
        SELECT *, worth - lag(worth) OVER (PARTITION BY invoice_id ORDER BY known_on) AS amount FROM versions
    )
    SELECT invoice_id, {counted} AS day, currency, amount FROM changes WHERE known_on > {day_literal(day)}"""


def _outcomes(followed: int) -> str:
    settled = """
        SELECT invoice_id, balance AS opening, tolerance, change, credited, written_off, first_day, last_day
        FROM followed WHERE balance + change <= tolerance"""
    final = tolerance("o.amount + coalesce(r.restated, 0)")
    return f"""
    WITH moved AS ({totals("moves")}), restated AS (
        SELECT invoice_id, sum(amount) AS restated FROM restatements WHERE day <= {followed} GROUP BY invoice_id
    ), followed AS (
        SELECT o.invoice_id, o.customer_id, o.key_date, o.balance, {final} AS tolerance, m.* EXCLUDE (invoice_id)
        FROM open_items AS o LEFT JOIN moved AS m USING (invoice_id) LEFT JOIN restated AS r USING (invoice_id)
    ), ended AS ({clearing(settled, "moves")})
    SELECT f.invoice_id, f.customer_id, f.key_date, CAST(f.balance AS DOUBLE) AS balance,
        CAST(coalesce(e.event, 0) AS BIGINT) AS event,
        CAST(coalesce(e.cleared, {followed}) AS BIGINT) AS duration,
        CAST({followed} AS BIGINT) AS followed_days,
        CAST(coalesce(f.cash, 0) AS DOUBLE) AS cash,
        CAST(coalesce(f.credited, 0) AS DOUBLE) AS credited,
        CAST(coalesce(f.written_off, 0) AS DOUBLE) AS written_off
    FROM followed AS f LEFT JOIN ended AS e USING (invoice_id) ORDER BY f.invoice_id"""


def observe_flows(
    ledger: Ledger,
    key_date: str | dt.date,
    *,
    until: str | dt.date,
    observed_on: str | dt.date | None = None,
) -> pd.DataFrame:
    """Return what flowed in and out of each customer's receivables in ``(key_date, until]``.

    Days are event days (document date, value date) and the eyes are those of ``observed_on``: an invoice has
    the amount it was known to have by then. ``opening + sales - cash - credited - written_off + recovered +
    reversed == closing``. Cash on account lowers its customer's receivables; a posting of which neither the
    invoice nor a customer is known belongs to nobody and is left out.

    Parameters
    ----------
    ledger
        The book.
    key_date
        The window starts on the day after.
    until
        Last day of the window.
    observed_on
        Only rows known by this day are used; by default the last known day. Not before ``until``.

    Returns
    -------
    DataFrame
        ``arseg.schema.FLOWS``, sorted by customer_id, amounts in the reporting currency; ``amount_days`` in
        currency x days is the sum over the window's days of the balance at the end of the day (science 1.1).

    Raises
    ------
    UsageError
        If the ledger cannot speak of a day, or the days are not in order.
    DataError
        If the currency of a row has no rate.
    """
    day = ledger.require_day(key_date)
    seen = observed_day(ledger, observed_on, after=day)
    end = window_end(ledger, until, after=day, seen=seen)
    with attached(ledger) as engine:
        engine.execute(f"CREATE TABLE invoices AS {visible_invoices(ledger, seen)}")
        engine.execute(f"CREATE TABLE postings AS {visible_postings(ledger, seen)}")
        require_rates(engine, ledger, "invoices", "postings")
        return engine.frame(_flows(day, end))


def _flows(day: dt.date, end: dt.date) -> str:
    start, stop = day_literal(day), day_literal(end)
    columns = {"sales": "sale", "cash": "payment", "credited": "credit_note", "written_off": "write_off"}
    columns |= {"recovered": "recovery", "reversed": "reversal"}
    within = {
        name: f"sum(amount) FILTER (day > {start} AND kind = '{kind}')" for name, kind in columns.items()
    }
    # An entry of day d stands in the balance at the end of d and of every later day of the window.
    days = f"CAST(days_between(greatest(day, {start} + 1), {stop}) + 1 AS DECIMAL(9,0))"
    sums = {
        "opening": f"sum(change) FILTER (day <= {start})",
        **within,
        "closing": "sum(change)",
        "amount_days": f"sum(CAST(change AS DECIMAL(27,2)) * {days})",
    }
    picked = ", ".join(f"CAST(coalesce({sums[name]}, 0) AS DOUBLE) AS {name}" for name in FLOWS.names[1:])
    return f"""
    WITH entries AS (
        SELECT customer_id, document_date AS day, 'sale' AS kind, amount, amount AS change FROM invoices
        UNION ALL
        SELECT coalesce(i.customer_id, p.customer_id), p.value_date, p.kind, p.amount,
            {signed("p.kind", "p.amount")} AS change
        FROM postings AS p LEFT JOIN invoices AS i USING (invoice_id)
    )
    SELECT customer_id, {picked} FROM entries
    WHERE customer_id IS NOT NULL AND day <= {stop} GROUP BY customer_id ORDER BY customer_id"""


def observed_day(ledger: Ledger, value: str | dt.date | None, *, after: dt.date) -> dt.date:
    """Return the day with whose eyes outcomes are seen, the ledger's last where none is given; it is after the key date."""
    return _later(ledger, ledger.last_known if value is None else value, after=after, name="observed_on")


def window_end(ledger: Ledger, until: str | dt.date, *, after: dt.date, seen: dt.date) -> dt.date:
    """Return the last day that is followed, which is no later than the day with whose eyes it is seen."""
    end = _later(ledger, until, after=after, name="until")
    if end > seen:
        raise UsageError(
            f"the window ends after the last observed day ({seen})",
            given=end,
            allowed=f"until no later than {seen}",
            do="end the window earlier or observe later",
            code="window_order",
        )
    return end


def _later(ledger: Ledger, value: str | dt.date, *, after: dt.date, name: str) -> dt.date:
    day = ledger.require_day(value, name=name)
    if day <= after:
        raise UsageError(
            f"{name} {day} is not after the key date",
            given=day,
            allowed=f"a day after {after}",
            do="choose an earlier key date or a later day",
            code="window_order",
        )
    return day
