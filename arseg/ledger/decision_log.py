"""Every logged decision of the desk: what it knew that evening, what it did, and what came of it (science 4.3)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import pandas as pd

from arseg.ledger.clearing import signed
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.history import make_history
from arseg.ledger.storing.store import Ledger
from arseg.ledger.visibility import attach, day_literal
from arseg.schema import DECISIONS, OPEN, DataError

# What was known that evening: a state holds from the day on which it became known to the day before the next.
_HELD: Final = "s.known_from <= d.key_date AND s.known_until > d.key_date"

_STATE: Final = """
    SELECT d.row, sum(s.balance) AS open_balance,
        coalesce(sum(s.balance) FILTER (late > 0), 0) AS overdue_balance,
        count(*) FILTER (late > 0) AS overdue_count,
        max(late) AS oldest_days_past_due,
        coalesce(sum(s.balance * late) FILTER (late > 0) / nullif(sum(s.balance) FILTER (late > 0), 0), 0)
            AS mean_days_past_due,
        coalesce(sum(s.balance) FILTER (late BETWEEN -7 AND 0), 0) AS due_soon_balance
    FROM open_then AS s JOIN decisions AS d USING (row) GROUP BY d.row"""

_OPEN_THEN: Final = f"""
    SELECT d.row, d.key_date, s.invoice_id, s.customer_id, s.balance, days_between(s.due_date, d.key_date) AS late
    FROM decisions AS d JOIN known.item_states AS s ON s.customer_id = d.customer_id AND {_HELD}
    WHERE s.event = {OPEN}"""

_HABIT: Final = f"""
    SELECT d.row, count(*) AS cleared_count, avg(days_between(s.due_date, s.cleared_on)) AS cleared_days_late
    FROM decisions AS d JOIN known.item_states AS s ON s.customer_id = d.customer_id AND {_HELD}
    WHERE s.cleared_on > d.key_date - 365 AND s.cleared_on <= d.key_date GROUP BY d.row"""

# The contact that the decision led to is of that evening, and is none of what it knew.
_CONTACTED: Final = """
    SELECT d.row, count(*) FILTER (c.contacted_on >= d.key_date - 7) AS contacts_7d,
        count(*) FILTER (c.contacted_on >= d.key_date - 30) AS contacts_30d,
        min(days_between(c.contacted_on, d.key_date)) AS last_contact_days
    FROM decisions AS d JOIN known.contacts AS c ON c.customer_id = d.customer_id
        AND c.known_on <= d.key_date AND c.contacted_on < d.key_date AND c.contacted_on >= d.key_date - 90
    GROUP BY d.row"""

_PROMISED: Final = """
    SELECT DISTINCT d.row FROM decisions AS d JOIN known.promises AS s ON s.customer_id = d.customer_id
        AND s.known_from <= d.key_date AND s.known_until > d.key_date
        AND s.made_on < d.key_date AND s.due_on >= d.key_date"""


def observe_decisions(
    ledger: Ledger,
    *,
    horizon_days: int,
    settle_lag_days: int = 10,
    first: str | dt.date | None = None,
    observed_on: str | dt.date | None = None,
) -> pd.DataFrame:
    """Return the decisions that ``assignments`` logs and whose horizon is over.

    A decision is a row with a treatment, ``none`` among them; what is open that evening is followed over the
    horizon, whatever the desk does afterwards. A posting made before the decision but known after it counts on
    the first day: nobody could have known.

    Parameters
    ----------
    ledger
        The book.
    horizon_days
        Days after the decision over which its outcome is counted.
    settle_lag_days
        Days that late postings need to become known.
    first
        The first day of decisions; all where None.
    observed_on
        Only rows known by this day are used; the last known day where None.

    Returns
    -------
    DataFrame
        ``arseg.schema.DECISIONS``, sorted by customer, day and policy; amounts in the reporting currency. A
        customer without an open item that evening is left out.

    Raises
    ------
    DataError
        If the ledger logs no decision that is mature.
    """
    seen = ledger.last_known if observed_on is None else ledger.require_day(observed_on, name="observed_on")
    start = dt.date.min if first is None else ledger.require_day(first, name="first")
    last = seen - dt.timedelta(days=horizon_days + settle_lag_days)
    with DuckDBEngine() as engine:
        attach(engine, ledger)
        # To make the history of a large book takes seconds, and many a book logs no decision.
        if not engine.frame(_logged(start, last, seen))["rows"].item():
            raise _no_decision(last)
        engine.execute("ATTACH ':memory:' AS known")
        make_history(engine, ledger)
        engine.execute(f"CREATE TABLE decisions AS {_decisions(start, last, seen)}")
        engine.execute(f"CREATE TABLE open_then AS {_OPEN_THEN}")
        engine.execute(f"CREATE TABLE came AS {_came(seen, horizon_days)}")
        found = engine.frame(_joined(seen, horizon_days))
    if found.empty:
        raise _no_decision(last)
    return found


def _no_decision(last: dt.date) -> DataError:
    return DataError(
        "the ledger logs no decision that is mature",
        given=f"no assignment with a treatment up to {last}",
        allowed="decisions older than the horizon and the time that postings need",
        do="log what is decided, also to do nothing, with its probability; `arseg run` does so for its own",
        code="no_decisions",
    )


def _logged(start: dt.date, last: dt.date, seen: dt.date) -> str:
    """Return how many rows a decision could be made of."""
    return f"""
    SELECT count(*) AS rows FROM book.assignments WHERE known_on <= {day_literal(seen)} AND treatment IS NOT NULL
        AND key_date >= {day_literal(start)} AND key_date <= {day_literal(last)}"""


def _decisions(start: dt.date, last: dt.date, seen: dt.date) -> str:
    return f"""
    SELECT row_number() OVER (ORDER BY customer_id, key_date, policy) AS row, customer_id, key_date, policy,
        treatment AS action, propensity
    FROM (
        SELECT *, row_number() OVER (PARTITION BY customer_id, key_date, policy ORDER BY known_on DESC) AS version
        FROM known.assignments WHERE known_on <= {day_literal(seen)}
    ) WHERE version = 1 AND treatment IS NOT NULL
        AND key_date >= {day_literal(start)} AND key_date <= {day_literal(last)}"""


def _came(seen: dt.date, horizon: int) -> str:
    """Return what came on the items that were open, by decision; a balance lasts from its posting to the horizon's end."""
    day = "greatest(1, days_between(o.key_date, p.value_date))"
    change = signed("p.kind", "p.amount")
    return f"""
    SELECT o.row,
        sum(p.amount) FILTER (p.kind = 'payment') AS paid, sum(p.amount) FILTER (p.kind = 'reversal') AS reversed,
        sum(p.amount) FILTER (p.kind = 'write_off') AS lost, sum(p.amount) FILTER (p.kind = 'recovery') AS recovered,
        sum(p.amount) FILTER (p.kind = 'credit_note') AS credited,
        sum(CAST({change} AS DECIMAL(27,2)) * ({horizon} + 1 - {day})) AS moved_days
    FROM open_then AS o JOIN known.postings AS p ON p.invoice_id = o.invoice_id
        AND p.known_from > o.key_date AND p.known_from <= {day_literal(seen)} AND p.known_until > {day_literal(seen)}
    WHERE {day} <= {horizon} GROUP BY o.row"""


def _joined(seen: dt.date, horizon: int) -> str:
    parts = {
        **{name: f"CAST(s.{name} AS DOUBLE)" for name in ("open_balance", "overdue_balance")},
        "overdue_count": "CAST(s.overdue_count AS BIGINT)",
        "oldest_days_past_due": "CAST(s.oldest_days_past_due AS BIGINT)",
        **{name: f"CAST(s.{name} AS DOUBLE)" for name in ("mean_days_past_due", "due_soon_balance")},
        "cleared_count": "CAST(coalesce(h.cleared_count, 0) AS BIGINT)",
        "cleared_days_late": "h.cleared_days_late",
        "contacts_7d": "CAST(coalesce(k.contacts_7d, 0) AS BIGINT)",
        "contacts_30d": "CAST(coalesce(k.contacts_30d, 0) AS BIGINT)",
        "last_contact_days": "CAST(k.last_contact_days AS DOUBLE)",
        "promised": "CAST(p.row IS NOT NULL AS BIGINT)",
        "cash": "CAST(coalesce(c.paid, 0) - coalesce(c.reversed, 0) AS DOUBLE)",
        "amount_days": f"CAST(s.open_balance * {horizon} + coalesce(c.moved_days, 0) AS DOUBLE)",
        "written_off": "CAST(coalesce(c.lost, 0) - coalesce(c.recovered, 0) AS DOUBLE)",
        "credited": "CAST(coalesce(c.credited, 0) AS DOUBLE)",
        "sales": "CAST(coalesce(i.sales, 0) AS DOUBLE)",
        "minutes": "coalesce(m.minutes, 0)",
    }
    told = ("customer_id", "key_date", "policy", "action", "propensity")
    if (*told, *parts) != DECISIONS.names:
        raise AssertionError(parts)
    picked = ", ".join(f"{text} AS {name}" for name, text in parts.items())
    return f"""
    WITH state AS ({_STATE}), habit AS ({_HABIT}), contacted AS ({_CONTACTED}), promise AS ({_PROMISED}),
    invoiced AS (
        SELECT d.row, sum(s.amount) AS sales FROM decisions AS d JOIN known.item_states AS s
            ON s.customer_id = d.customer_id AND s.document_date > d.key_date
            AND s.document_date <= d.key_date + {horizon}
            AND s.known_from <= {day_literal(seen)} AND s.known_until > {day_literal(seen)}
        GROUP BY d.row
    ), followed AS (
        SELECT d.row, sum(c.minutes) AS minutes FROM decisions AS d JOIN known.contacts AS c
            ON c.customer_id = d.customer_id AND c.contacted_on = d.key_date AND c.known_on <= {day_literal(seen)}
        GROUP BY d.row
    )
    SELECT CAST(d.customer_id AS VARCHAR) AS customer_id, {", ".join(f"d.{name}" for name in told[1:])}, {picked}
    FROM decisions AS d JOIN state AS s USING (row) LEFT JOIN habit AS h USING (row)
        LEFT JOIN contacted AS k USING (row) LEFT JOIN promise AS p USING (row) LEFT JOIN came AS c USING (row)
        LEFT JOIN invoiced AS i USING (row) LEFT JOIN followed AS m USING (row)
    ORDER BY d.customer_id, d.key_date, d.policy"""
