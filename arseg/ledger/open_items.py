"""The items open on a key date, for who only asks what became of them: no more of a snapshot is made than these."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.held_open import open_kept
from arseg.ledger.history import make_item_history, unrated
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
    if cache is not None:
        with open_kept(ledger, cache) as history:
            engine.register("open_items", history.execute(_open_items(history, ledger, day)))
        return
    engine.execute("ATTACH ':memory:' AS known")
    make_item_history(engine, ledger, day=day)
    engine.execute(f"CREATE TABLE open_items AS {_open_items(engine, ledger, day)}")
    engine.execute("DETACH known")


def _open_items(engine: DuckDBEngine, ledger: Ledger, day: dt.date) -> str:
    """Return the SELECT of the items open on a day over an engine's ``known``, once their rates are known."""
    refuse_unrated(ledger, (name for name, known in unrated(engine).items() if known <= day))
    # In a history that many key dates share a customer is a number that reads as text.
    text = f"SELECT * REPLACE (CAST(customer_id AS VARCHAR) AS customer_id) FROM ({view_texts(day)['open_items']})"
    return f"{text} ORDER BY {', '.join(ORDER['open_items'])}"
