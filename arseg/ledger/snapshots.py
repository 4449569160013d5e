"""Many key dates of one ledger: its history is made once, and each key date is a filter on it."""

from __future__ import annotations

import datetime as dt
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self, TypeVar

import pandas as pd
import pyarrow as pa

from arseg.ledger.announcing import announced
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.fingerprints import fingerprints
from arseg.ledger.guard import tables_of
from arseg.ledger.history import first_known, make_history, unrated
from arseg.ledger.history_file import attach_history
from arseg.ledger.snapshot import Snapshot
from arseg.ledger.storing.store import Ledger
from arseg.ledger.views import view_texts
from arseg.ledger.visibility import attach, refuse_unrated
from arseg.schema import UsageError
from arseg.schema.days import parse_key_dates

Result = TypeVar("Result")

# What one key date needs beside the history: a part that every book needs, and one that grows with it.
_BYTES_PER_KEY_DATE: Final = 2**28
_BYTES_PER_STATE: Final = 120


class Snapshots:
    """The snapshots of a ledger on several key dates, in order; use it as a context manager.

    Each is as ``take_snapshot`` gives it, but it reads a history that all of them share. Its SQL is guarded
    for that reason: it must be one pure SELECT over the snapshot's tables.

    Parameters
    ----------
    engine
        A sealed engine that holds the history as ``known``.
    key_dates
        The days to stand on, in order.
    ledger
        The book.
    kept
        Where what is made of each snapshot may be kept.
    """

    def __init__(
        self,
        engine: DuckDBEngine,
        key_dates: Sequence[dt.date],
        ledger: Ledger,
        *,
        kept: Mapping[dt.date, Path] | None = None,
    ) -> None:
        self._engine = engine
        self._kept = kept or {}
        self.key_dates = tuple(key_dates)
        self.currency = ledger.currency
        self._first_known = first_known(engine)
        self._memory = engine.memory_limit()

    def __repr__(self) -> str:
        days = f"{self.key_dates[0]} to {self.key_dates[-1]}" if self.key_dates else "none"
        return f"<Snapshots of {len(self.key_dates)} key dates: {days}>"

    def __len__(self) -> int:
        return len(self.key_dates)

    def __iter__(self) -> Iterator[Snapshot]:
        for day in self.key_dates:
            with self.on(day) as snapshot:
                yield snapshot

    def on(self, day: dt.date) -> Snapshot:
        """Return the snapshot of one of the key dates; the caller closes it."""
        window = DuckDBEngine(beside=self._engine)
        for name, text in view_texts(day).items():
            window.execute(f"CREATE TEMP VIEW {name} AS {text}")
        present = frozenset(name for name, known in self._first_known.items() if known <= day)
        return Snapshot(
            _Guarded(window),
            key_date=day,
            currency=self.currency,
            present=present,
            kept=self._kept.get(day),
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
        count = workers or self._workers()
        waiting: deque[Future[Result]] = deque()
        with ThreadPoolExecutor(count) as pool, announced(self.key_dates) as done:
            for day in self.key_dates:
                # What is made ahead of its reader waits in memory, so there is no more of it than workers.
                if len(waiting) > count:
                    yield done(waiting.popleft().result())
                waiting.append(pool.submit(self._work, work, day))
            while waiting:
                yield done(waiting.popleft().result())

    def _work(self, work: Callable[[Snapshot], Result], day: dt.date) -> Result:
        with self.on(day) as snapshot:
            return work(snapshot)

    def _workers(self) -> int:
        states = self._engine.execute("SELECT count(*) AS n FROM known.item_states")["n"].to_pylist()[0]
        room = self._memory // (_BYTES_PER_KEY_DATE + _BYTES_PER_STATE * states)
        return max(1, min(os.cpu_count() or 1, len(self.key_dates), room))

    def close(self) -> None:
        """Free the memory; a second call does nothing."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Guarded:
    """An engine that runs a text only if it sees nothing but the snapshot's tables."""

    def __init__(self, engine: DuckDBEngine) -> None:
        self._engine = engine

    def execute(self, sql: str) -> pa.Table:
        tables_of(sql, where="the query")
        return self._engine.execute(sql)

    def frame(self, sql: str) -> pd.DataFrame:
        tables_of(sql, where="the query")
        return self._engine.frame(sql)

    def close(self) -> None:
        self._engine.close()


def take_snapshots(
    ledger: Ledger,
    key_dates: str | Sequence[str | dt.date],
    *,
    cache: str | Path | None = None,
    memory: str | None = None,
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
        raise UsageError("there is no key date", given="none", allowed="one or more", do="name a key date")
    threads = os.cpu_count() or 1
    engine = DuckDBEngine(threads=threads, memory=memory)
    try:
        if cache is None:
            attach(engine, ledger)
            engine.execute("ATTACH ':memory:' AS known")
            make_history(engine, ledger)
            engine.execute("DETACH book")
        else:
            attach_history(engine, ledger, Path(cache), threads=threads)
        refuse_unrated(ledger, (name for name, known in unrated(engine).items() if known <= days[-1]))
        # One thread per query, and a query per key date at a time: sums come in the same order everywhere.
        engine.use_threads(1)
        engine.seal()
        return Snapshots(
            engine, days, ledger, kept=None if cache is None else _kept(ledger, days, Path(cache))
        )
    except BaseException:
        engine.close()
        raise


def _kept(ledger: Ledger, days: Sequence[dt.date], cache: Path) -> dict[dt.date, Path]:
    said = fingerprints(ledger, days, threads=os.cpu_count() or 1)
    return {day: cache / ledger.name / f"{day}-{said[day]}" for day in days}
