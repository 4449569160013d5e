"""A history in the embedded engine: in memory, or in a file of which it reads what it needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.history import make_history
from arseg.ledger.history_file import attach_history
from arseg.ledger.storing.store import Ledger
from arseg.ledger.visibility import attach

# What one key date needs beside the history: a part that every book needs, and one that grows with it.
_BYTES_PER_KEY_DATE: Final = 2**28
_BYTES_PER_STATE: Final = 120


def open_history(ledger: Ledger, folder: Path | None, *, memory: str | None = None) -> DuckDBEngine:
    """Return an engine with the history of a ledger as ``known``, from a file in a folder or made in memory.

    Parameters
    ----------
    ledger
        The book.
    folder
        Where histories are kept; None to keep none.
    memory
        What the engine may hold in memory.
    """
    threads = os.cpu_count() or 1
    engine = DuckDBEngine(threads=threads, memory=memory)
    try:
        if folder is not None:
            attach_history(engine, ledger, folder, threads=threads)
            return engine
        attach(engine, ledger)
        engine.execute("ATTACH ':memory:' AS known")
        make_history(engine, ledger)
        engine.execute("DETACH book")
    except BaseException:
        engine.close()
        raise
    return engine


class DuckDBShelf:
    """The history ``known`` of an engine, which is sealed.

    Parameters
    ----------
    engine
        Holds the history, or stands beside one that does and is sealed; it is closed with the shelf.
    """

    known: Final = "known."

    def __init__(self, engine: DuckDBEngine) -> None:
        self._engine = engine
        self._states: int = engine.execute("SELECT count(*) AS n FROM known.item_states")["n"].to_pylist()[0]
        if not engine.stands_beside:
            # One thread per query, and a query per key date at a time: no thread waits for another.
            engine.use_threads(1)
            engine.seal()

    def open(self) -> DuckDBEngine:
        """Return an engine that reads the history and has views of its own; the caller closes it."""
        return DuckDBEngine(beside=self._engine)

    def workers(self) -> int:
        """Return how many key dates there are cores and memory for."""
        room = self._engine.memory_limit() // (_BYTES_PER_KEY_DATE + _BYTES_PER_STATE * self._states)
        return max(1, min(os.cpu_count() or 1, room))

    def close(self) -> None:
        """Free the memory; a second call does nothing."""
        self._engine.close()
