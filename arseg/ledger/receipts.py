"""The cash that came in on each open item after a key date, and stayed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from arseg.ledger.clearing import signed
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.open_items import materialise_open_items
from arseg.ledger.outcomes import later_postings, observed_day, window_end
from arseg.ledger.storing.store import Ledger
from arseg.ledger.visibility import day_literal, require_rates


def observe_receipts(
    ledger: Ledger,
    key_date: str | dt.date,
    *,
    observed_on: str | dt.date | None = None,
    until: str | dt.date | None = None,
    cache: Path | None = None,
) -> pd.DataFrame:
    """Return what share of the balance of each item open at the key date came in as cash, day by day.

    For the hazard of the dollar (science 3.1): a payment of a third of the balance is a third of an event. What was
    reversed in the end never came.

    Parameters
    ----------
    ledger
        The book.
    key_date
        The day we stand on.
    observed_on, until, cache
        As for ``observe_outcomes``.

    Returns
    -------
    DataFrame
        ``invoice_id``; ``day`` of the value date, 1 is the day after the key date; ``share`` of the balance at the key
        date, > 0. Sorted; what is paid beyond the balance is left out, so the shares of an item sum to at most 1.

    Raises
    ------
    UsageError
        If the ledger cannot speak of a day.
    DataError
        If the currency of a row has no rate.
    """
    day = ledger.require_day(key_date)
    seen = observed_day(ledger, observed_on, after=day)
    end = seen if until is None else window_end(ledger, until, after=day, seen=seen)
    with DuckDBEngine() as engine:
        materialise_open_items(engine, ledger, day, cache=cache)
        engine.execute(f"CREATE TABLE later AS {later_postings(ledger, day, seen)}")
        require_rates(engine, ledger, "later")
        return engine.frame(_receipts(day, end))


def _receipts(day: dt.date, end: dt.date) -> str:
    counted = f"greatest(1, days_between({day_literal(day)}, value_date))"
    return f"""
    WITH moved AS (
        SELECT invoice_id, {counted} AS day, -sum({signed("kind", "amount")}) AS cash FROM later
        WHERE kind IN ('payment', 'reversal') GROUP BY invoice_id, day HAVING day <= {(end - day).days}
    ), running AS (
        SELECT invoice_id, day, sum(cash) OVER (PARTITION BY invoice_id ORDER BY day) AS cash FROM moved
    ), stayed AS (
        SELECT invoice_id, day, greatest(0, least(o.balance, min(r.cash) OVER (
            PARTITION BY invoice_id ORDER BY day ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
        ))) AS cash, o.balance FROM running AS r JOIN open_items AS o USING (invoice_id)
    ), grown AS (
        SELECT *, cash - coalesce(lag(cash) OVER (PARTITION BY invoice_id ORDER BY day), 0) AS more FROM stayed
    )
    SELECT invoice_id, CAST(day AS BIGINT) AS day, CAST(more AS DOUBLE) / CAST(balance AS DOUBLE) AS share
    FROM grown WHERE more > 0 ORDER BY invoice_id, day"""
