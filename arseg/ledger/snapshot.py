"""What was known on a key date, in a database of its own from which nothing later can be reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol, Self

import pandas as pd
import pyarrow as pa

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.history import first_known, make_history, unrated
from arseg.ledger.storing.store import Ledger
from arseg.ledger.views import view_texts
from arseg.ledger.visibility import attach, refuse_unrated
from arseg.schema import LEDGER, UsageError
from arseg.schema.shown import AsWritten

# A table that a reader looks at lies in the order of its key, whatever the history's own order is.
ORDER: Final[Mapping[str, tuple[str, ...]]] = {name: table.key for name, table in LEDGER.items()} | {
    "open_items": ("invoice_id",),
    "cleared_items": ("invoice_id",),
    "customer_versions": ("customer_id", "known_on"),
    "holidays": ("country", "day"),
}


class Reader(Protocol):
    """What a snapshot needs of an engine."""

    def execute(self, sql: str) -> pa.Table:
        """Run one SELECT and return its rows."""

    def share(self, sql: str, parts: Mapping[str, str]) -> pa.Table:
        """Run one SELECT whose first common tables are parts (`engine.with_parts`), and return its rows."""

    def frame(self, sql: str) -> pd.DataFrame:
        """Run one SELECT and return its rows as a frame; decimals become float64."""

    def close(self) -> None:
        """Free the memory; a second call does nothing."""


class Snapshot(AsWritten):
    """The book as known at the end of a key date; use it as a context manager.

    Its tables, all with a constant column ``key_date`` (that of ``assignments`` is the earlier run's own),
    amounts in the reporting currency:
    ``invoices``, ``postings``, ``open_items``, ``cleared_items``, ``customers``, ``customer_versions``,
    ``disputes``, ``promises``, ``contacts``, ``credit``, ``indicators``, ``assignments``, and ``holidays`` of
    the customers' countries, which has no key date. ``arseg.ledger.views.ADDED`` names the columns that they
    have beyond the ledger's.

    Parameters
    ----------
    engine
        A sealed engine that holds the tables.
    key_date
        The day we stand on.
    currency
        The reporting currency.
    present
        Ledger tables of which at least one row is visible, and ``holidays``.
    kept
        Folder for what is made of exactly these rows; None where nothing is to be kept.
    """

    def __init__(
        self,
        engine: Reader,
        *,
        key_date: dt.date,
        currency: str,
        present: frozenset[str],
        kept: Path | None = None,
    ) -> None:
        self._engine = engine
        self.key_date = key_date
        self.currency = currency
        self.present = present
        self.kept = kept

    def __repr__(self) -> str:
        return f"<Snapshot {self.key_date} in {self.currency}: {', '.join(sorted(self.present))}>"

    def sql(self, text: str) -> pd.DataFrame:
        """Return the rows of a SELECT over the snapshot's tables; decimals become float64."""
        return self._engine.frame(text)

    def arrow(self, text: str, *, parts: Mapping[str, str] | None = None) -> pa.Table:
        """Return the rows of a SELECT over the snapshot's tables, decimals exact.

        Parameters
        ----------
        text
            The SELECT.
        parts
            First common tables of the text (`arseg.ledger.engine.with_parts`); the engine may run each once and
            let every text share its rows.
        """
        return self._engine.share(text, parts) if parts else self._engine.execute(text)

    def close(self) -> None:
        """Free the snapshot's memory; a second call does nothing."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def take_snapshot(
    ledger: Ledger,
    key_date: str | dt.date,
    *,
    known_by: str | dt.date | None = None,
    threads: int = 1,
) -> Snapshot:
    """Take what was known on a key date: the rows with ``known_on <= key_date``.

    An item is open when ``amount > 0`` and its balance exceeds ``max(SETTLED_AMOUNT, SETTLED_SHARE x
    amount)``; a cleared one says on which day and by which cause (science 3.1).

    Parameters
    ----------
    ledger
        The book.
    key_date
        ``2026-10-31`` or a date, from the first posting to the last known day.
    known_by
        An earlier day after which nothing more became known, although days passed up to the key date; the
        key date where None.
    threads
        Threads per query. With more than one, sums of floats in later queries may differ in the last digit.

    Raises
    ------
    UsageError
        If the ledger cannot speak of one of the days, or known_by is after the key date.
    DataError
        If a visible row's currency has no rate.
    """
    day = ledger.require_day(key_date)
    last = day if known_by is None else ledger.require_day(known_by, name="known_by")
    if last > day:
        raise UsageError(
            "known_by is after the key date",
            given=f"known_by {last}, key date {day}",
            allowed=f"{day} or earlier",
            do="a key date sees no later row; leave known_by out",
            code="known_by",
        )
    engine = DuckDBEngine(threads=threads)
    try:
        present = materialise(engine, ledger, day, known_by=last)
        engine.seal()
    except BaseException:
        engine.close()
        raise
    return Snapshot(engine, key_date=day, currency=ledger.currency, present=present)


def materialise(
    engine: DuckDBEngine, ledger: Ledger, day: dt.date, *, known_by: dt.date | None = None
) -> frozenset[str]:
    """Make the tables of a snapshot in an engine of their own, and return those of the ledger that have rows.

    Raises
    ------
    DataError
        If a visible row's currency has no rate.
    """
    last = known_by or day
    attach(engine, ledger)
    engine.execute("ATTACH ':memory:' AS known")
    make_history(engine, ledger, day=last)
    refuse_unrated(ledger, (name for name, known in unrated(engine).items() if known <= last))
    for name, text in view_texts(day, known_by=last).items():
        engine.execute(f"CREATE TABLE {name} AS {text} ORDER BY {', '.join(ORDER[name])}")
    present = frozenset(name for name, known in first_known(engine).items() if known <= last)
    engine.execute("DETACH known")
    engine.execute("DETACH book")
    return present
