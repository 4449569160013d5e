"""What the desk did about the items that were open at a key date, before it and after."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import pandas as pd

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.open_items import materialise_open_items
from arseg.ledger.outcomes import observed_day
from arseg.ledger.storing.store import Ledger
from arseg.ledger.visibility import day_literal

# What a contact leaves is gone after so many days.
_BACK: Final = 365

_CONTACTS: Final = """
WITH made AS (
    SELECT * FROM book.contacts
    WHERE known_on <= {seen} AND contacted_on > {key} - {back}
), about AS (
    SELECT o.invoice_id, m.* EXCLUDE (invoice_id, customer_id)
    FROM made AS m JOIN open_items AS o USING (invoice_id)
    UNION ALL
    SELECT o.invoice_id, m.* EXCLUDE (invoice_id, customer_id)
    FROM made AS m JOIN open_items AS o ON o.customer_id = m.customer_id WHERE m.invoice_id IS NULL
)
SELECT invoice_id, CAST(days_between({key}, contacted_on) AS BIGINT) AS day, channel, tone
FROM about ORDER BY invoice_id, day, contact_id
"""
_LEFT_ALONE: Final = """
WITH decided AS (
    SELECT *, row_number() OVER (
        PARTITION BY customer_id, key_date, policy ORDER BY known_on DESC
    ) AS version
    FROM book.assignments WHERE known_on <= {seen} AND key_date > {key} - {back}
)
SELECT o.invoice_id, CAST(days_between({key}, d.key_date) AS BIGINT) AS day,
    CAST(d.propensity AS DOUBLE) AS propensity
FROM decided AS d JOIN open_items AS o USING (customer_id)
WHERE d.version = 1 AND d.treatment = 'none' ORDER BY invoice_id, day, d.policy
"""


def observe_contacts(
    ledger: Ledger,
    key_date: str | dt.date,
    *,
    observed_on: str | dt.date | None = None,
    cache: Path | None = None,
) -> pd.DataFrame:
    """Return the contacts about each item open at the key date, also those before it.

    A contact that names no invoice is about every item of its customer that was open at the key date.

    Parameters
    ----------
    ledger
        The book.
    key_date
        The day we stand on.
    observed_on
        Only contacts known by this day are used; by default the last known day.
    cache
        As for ``observe_outcomes``.

    Returns
    -------
    DataFrame
        ``invoice_id``; ``day`` after the key date, zero or less for one of the year before; ``channel`` and ``tone``.
        Sorted. Empty where the ledger has no contacts.

    Raises
    ------
    UsageError
        If the ledger cannot speak of a day.
    """
    return _of_open_items(ledger, key_date, observed_on, _CONTACTS, cache)


def observe_left_alone(
    ledger: Ledger,
    key_date: str | dt.date,
    *,
    observed_on: str | dt.date | None = None,
    cache: Path | None = None,
) -> pd.DataFrame:
    """Return the decisions to leave alone a customer of each item open at the key date, also those before it.

    Whoever is up for a contact pays later than others, contacted or not: what contacts do is learnt by comparing them
    with these (science 4.5).

    Parameters
    ----------
    ledger
        The book.
    key_date
        The day we stand on.
    observed_on
        Only decisions known by this day are used; by default the last known day.
    cache
        As for ``observe_outcomes``.

    Returns
    -------
    DataFrame
        ``invoice_id``; ``day`` after the key date, as ``observe_contacts`` gives it; ``propensity``, missing where
        the decision was not drawn. Sorted. Empty where ``assignments`` has no row with the treatment ``none``.

    Raises
    ------
    UsageError
        If the ledger cannot speak of a day.
    """
    return _of_open_items(ledger, key_date, observed_on, _LEFT_ALONE, cache)


def _of_open_items(
    ledger: Ledger,
    key_date: str | dt.date,
    observed_on: str | dt.date | None,
    query: str,
    cache: Path | None,
) -> pd.DataFrame:
    """Return the rows of a query over ``open_items`` and the book, with the key date and the last day seen put in."""
    day = ledger.require_day(key_date)
    seen = observed_day(ledger, observed_on, after=day)
    with DuckDBEngine() as engine:
        materialise_open_items(engine, ledger, day, cache=cache)
        return engine.frame(query.format(key=day_literal(day), seen=day_literal(seen), back=_BACK))
