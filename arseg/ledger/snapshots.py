"""Many key dates of one ledger: its history is made once, and each key date is a filter on it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, Protocol, Self, TypeVar

import pandas as pd
import pyarrow as pa

from arseg.ledger.announcing import announced
from arseg.ledger.duckdb_shelf import DuckDBShelf, open_history
from arseg.ledger.enclosed import made_here
from arseg.ledger.engine import DuckDBEngine, Engine
from arseg.ledger.fingerprints import fingerprints
from arseg.ledger.guard import SNAPSHOT_TABLES, tables_of
from arseg.ledger.held_open import open_kept
from arseg.ledger.history import first_known, unrated
from arseg.ledger.snapshot import Snapshot
from arseg.ledger.storing.store import Ledger
from arseg.ledger.views import dated, view_texts
from arseg.ledger.visibility import refuse_unrated
from arseg.schema import UsageError
from arseg.schema.days import parse_key_dates
from arseg.schema.shown import AsWritten
from arseg.side_by_side import side_by_side

EngineName = Literal["duckdb", "spark"]
Result = TypeVar("Result")


class Shelf(Protocol):
    """Where the history of a ledger stands, on some engine."""

    @property
    def known(self) -> str:
        """What stands before the name of a table of the history."""

    def open(self) -> Engine:
        """Return an engine that reads the history and has views of its own; the caller closes it."""

    def workers(self) -> int:
        """Return how many key dates may be worked on at the same time."""

    def close(self) -> None:
        """Free the memory; a second call does nothing."""


class Snapshots(AsWritten):
    """The snapshots of a ledger on several key dates, in order; use it as a context manager.

    Each is as ``take_snapshot`` gives it, but it reads a history that all of them share. Its SQL is guarded
    for that reason: it must be one pure SELECT over the snapshot's tables.

    Parameters
    ----------
    shelf
        Where the history stands.
    key_dates
        The days to stand on, in order.
    currency
        The reporting currency.
    first_known
        The day from which each table has a row.
    kept
        Where what is made of each snapshot may be kept.
    """

    def __init__(
        self,
        shelf: Shelf,
        key_dates: Sequence[dt.date],
        *,
        currency: str,
        first_known: Mapping[str, dt.date],
        kept: Mapping[dt.date, Path] | None = None,
    ) -> None:
        self._shelf = shelf
        self._first_known = first_known
        self._kept = kept or {}
        self.key_dates = tuple(key_dates)
        self.currency = currency

    def __repr__(self) -> str:
        days = f"{self.key_dates[0]} to {self.key_dates[-1]}" if self.key_dates else "none"
        return f"<Snapshots of {len(self.key_dates)} key dates: {days}>"

    def __len__(self) -> int:
        return len(self.key_dates)

    def __iter__(self) -> Iterator[Snapshot]:
        for day in self.key_dates:
            with self.on(day) as snapshot:
                yield snapshot

    def on(self, day: dt.date, *, known_by: dt.date | None = None) -> Snapshot:
        """Return the snapshot of one of the key dates; the caller closes it.

        Parameters
        ----------
        day
            The key date.
        known_by
            As ``take_snapshot`` takes it; nothing is kept of such rows.
        """
        last = known_by or day
        window = self._shelf.open()
        texts = view_texts(day, self._shelf.known, known_by=last)
        open_items = texts.pop("open_items")
        for name, text in texts.items():
            window.execute(f"CREATE TEMP VIEW {name} AS {text}")
        present = frozenset(name for name, known in self._first_known.items() if known <= last)
        return Snapshot(
            _Guarded(window, day, open_items),
            key_date=day,
            currency=self.currency,
            present=present,
            kept=self._kept.get(day) if last == day else None,
        )

    def map(self, work: Callable[[Snapshot], Result], *, workers: int | None = None) -> Iterator[Result]:
        """Yield what work makes of each snapshot, in order; several are worked on at the same time.

        Parameters
        ----------
        work
            Runs in a thread, with a snapshot that is closed behind it.
        workers
            How many at a time; by default as many as there are cores and memory for.
        """
        count = workers or min(self._shelf.workers(), len(self.key_dates))
        with announced(self.key_dates) as done:
            for made in side_by_side(partial(self._work, work), self.key_dates, at_once=count):
                yield done(made)

    def _work(self, work: Callable[[Snapshot], Result], day: dt.date) -> Result:
        with self.on(day) as snapshot:
            return work(snapshot)

    def close(self) -> None:
        """Free the memory; a second call does nothing."""
        self._shelf.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Guarded:
    """An engine that runs a text only if it sees nothing but the snapshot's tables.

    Parameters
    ----------
    engine
        Has a view of each of them but the open items.
    day
        The key date.
    open_items
        The SELECT of these; they are few and nearly every text reads them, so their rows are held.
    """

    def __init__(self, engine: Engine, day: dt.date, open_items: str) -> None:
        self._engine = engine
        self._day = day
        self._open_items = open_items

    def execute(self, sql: str) -> pa.Table:
        return self.share(sql, {})

    def share(self, sql: str, parts: Mapping[str, str]) -> pa.Table:
        made = made_here(sql)
        if not made:
            tables_of(sql, where="the query")
        self._engine.hold("open_items", self._open_items)
        # A part is guarded with the text in which it stands; only as it stands there does the engine share it.
        shared = {} if SNAPSHOT_TABLES & {*parts} else parts
        days = {name: dated(part, self._day) for name, part in shared.items()}
        found = self._engine.share(dated(sql, self._day), days)
        # Whoever made the text matches keys, which is quicker by the number that a customer is in the history.
        return found if made else _spelt(found)

    def frame(self, sql: str) -> pd.DataFrame:
        tables_of(sql, where="the query")
        self._engine.hold("open_items", self._open_items)
        frame = self._engine.frame(sql)
        numbered = [name for name, kind in frame.dtypes.items() if kind == "category"]
        return frame.astype(dict.fromkeys(numbered, "str"))

    def close(self) -> None:
        self._engine.close()


def take_snapshots(
    ledger: Ledger,
    key_dates: str | Sequence[str | dt.date],
    *,
    cache: str | Path | None = None,
    memory: str | None = None,
    engine: EngineName = "duckdb",
) -> Snapshots:
    """Take what was known on each of several key dates.

    Parameters
    ----------
    ledger
        The book.
    key_dates
        Days as ``take_snapshot`` takes them, or ``2025-01/2025-12``: the last days of those months.
    cache
        Folder in which the ledger's history is kept, and the features of each key date, so that a second
        run does not make them again. A later load costs the history of the invoices that it touched; the
        features of a key date are made again only if rows that it sees have changed.
    memory
        What may be held in memory, as ``4GB``; beyond it DuckDB writes to disk, and fewer key dates are
        worked on at the same time.
    engine
        ``duckdb``, or ``spark`` for a book that outgrows one machine (docs/spark.md).

    Raises
    ------
    UsageError
        If there is no key date, the ledger cannot speak of one, or a setting is wrong.
    DataError
        If the currency of a row visible on one of them has no rate.
    """
    named = parse_key_dates(key_dates) if isinstance(key_dates, str) else key_dates
    days = sorted({ledger.require_day(day) for day in named})
    if not days:
        raise UsageError(
            "there is no key date",
            given="none",
            allowed="one or more",
            do="name a key date",
            code="no_key_date",
        )
    folder = None if cache is None else Path(cache)
    if folder is not None and memory is None and engine == "duckdb":
        duckdb = open_kept(ledger, folder)
    else:
        duckdb = open_history(ledger, folder, memory=memory)
    try:
        refuse_unrated(ledger, (name for name, known in unrated(duckdb).items() if known <= days[-1]))
        said = first_known(duckdb)
        shelf = _shelf(duckdb, ledger, folder, engine)
        kept = None if folder is None else _kept(ledger, days, folder)
    except BaseException:
        duckdb.close()
        raise
    return Snapshots(shelf, days, currency=ledger.currency, first_known=said, kept=kept)


def _shelf(duckdb: DuckDBEngine, ledger: Ledger, folder: Path | None, engine: str) -> Shelf:
    if engine == "duckdb":
        return DuckDBShelf(duckdb)
    if engine == "spark":
        from arseg.ledger.spark_shelf import SparkShelf

        return SparkShelf(duckdb, ledger, folder)
    raise UsageError(
        "the engine is unknown", given=engine, allowed="duckdb, spark", do="choose one of them", code="engine"
    )


def _kept(ledger: Ledger, days: Sequence[dt.date], cache: Path) -> dict[dt.date, Path]:
    said = fingerprints(ledger, days, threads=os.cpu_count() or 1)
    return {day: cache / ledger.name / f"{day}-{said[day]}" for day in days}


def _spelt(table: pa.Table) -> pa.Table:
    """Return a table with its customers as text, whatever they are in the history."""
    for at, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(at, column.name, table.column(at).cast(pa.string()))
    return table
