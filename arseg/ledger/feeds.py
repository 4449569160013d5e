"""On how many days each table of the book got rows: whether a feed still runs, whatever its volume."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from arseg.ledger.storing.store import Ledger
from arseg.ledger.visibility import attached, day_literal

# What comes with the daily business; master data, limits and indicators come when they change.
FEEDS: Final = ("invoices", "postings", "contacts", "promises", "disputes")
WINDOW_DAYS: Final = 28


def feed_shares(ledger: Ledger, days: Sequence[dt.date]) -> pd.DataFrame:
    """Return by key date the share of the last 28 days on which the book learned a row of each table.

    A book that grows has as many such days as before, and every four weeks have as many weekdays; a feed that stops has
    fewer from its first missing day on.

    Parameters
    ----------
    ledger
        The book.
    days
        Key dates; each sees what was known by then.

    Returns
    -------
    frame
        Key dates x tables, from 0 to 1; a table without a row by the last day has no column.
    """
    last = max(days)
    found = {}
    with attached(ledger) as engine:
        for name in FEEDS:
            query = f"SELECT DISTINCT known_on FROM book.{name} WHERE known_on <= {day_literal(last)}"
            known = np.sort(engine.frame(query)["known_on"].to_numpy().astype("datetime64[D]"))
            if len(known):
                ends = np.array(days, dtype="datetime64[D]")
                upto, before = (np.searchsorted(known, end, "right") for end in (ends, ends - WINDOW_DAYS))
                found[name] = (upto - before) / WINDOW_DAYS
    return pd.DataFrame(found, index=pd.Index(list(days)))
