"""The items open on a key date, for who only asks what became of them: no more of a snapshot is made than these."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.history import make_item_history, unrated
from arseg.ledger.history_file import attach_history
from arseg.ledger.snapshot import ORDER
from arseg.ledger.storing.store import Ledger
from arseg.ledger.views import view_texts
from arseg.ledger.visibility import attach, refuse_unrated


def materialise_open_items(
    engine: DuckDBEngine, ledger: Ledger, day: dt.date, *, cache: Path | None = None
) -> None:
    """Make a snapshot's ``open_items`` alone, for who only asks what became of them; the ledger stays attached as ``book``.

    Parameters
    ----------
    engine
        With nothing in it.
    ledger
        The book.
    day
        The key date.
    cache
        Folder of the ledger's history, as ``take_snapshots`` keeps it: each key date is then a filter. None to read
        the ledger for this key date alone.

    Raises
    ------
    DataError
        If a visible row's currency has no rate.
    """
    attach(engine, ledger)
    if cache is None:
        engine.execute("ATTACH ':memory:' AS known")
        make_item_history(engine, ledger, day=day)
    else:
        attach_history(engine, ledger, cache, threads=1)
    refuse_unrated(ledger, (name for name, known in unrated(engine).items() if known <= day))
    # In a history that many key dates share a customer is a number that reads as text.
    text = f"SELECT * REPLACE (CAST(customer_id AS VARCHAR) AS customer_id) FROM ({view_texts(day)['open_items']})"
    engine.execute(f"CREATE TABLE open_items AS {text} ORDER BY {', '.join(ORDER['open_items'])}")
    engine.execute("DETACH known")
