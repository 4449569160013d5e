"""Kept histories that are held open for as long as somebody asks them often.

To attach one names every customer anew, which takes longer than most answers do. Whoever will ask many
times holds it open and lets go behind; meanwhile everybody else who asks in this process is answered from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from arseg.ledger.duckdb_shelf import DuckDBShelf, open_history
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.storing.store import Ledger

_Key = tuple[Path, str, str]

# By folder, name and content of the ledger; None where nobody has asked yet.
_HELD: Final[dict[_Key, DuckDBShelf | None]] = {}
_TURN: Final = Lock()


@contextmanager
def held_open(ledger: Ledger, folder: Path | None) -> Iterator[None]:
    """Hold the history that a folder keeps of a ledger, from the first question to the end.

    Who holds what is held already leaves it to the one who held it first.

    Parameters
    ----------
    ledger
        The book.
    folder
        As in ``take_snapshots``; with None there is nothing to hold.
    """
    if folder is None:
        yield
        return
    key = _key(ledger, folder)
    with _TURN:
        is_first = key not in _HELD
        _HELD.setdefault(key, None)
    try:
        yield
    finally:
        if is_first:
            with _TURN:
                shelf = _HELD.pop(key)
            if shelf is not None:
                shelf.close()


def open_kept(ledger: Ledger, folder: Path) -> DuckDBEngine:
    """Return an engine with the kept history of a ledger as ``known``; the caller closes it.

    Where somebody holds that history, it reads what is held, in a thread of its own; else it attaches it.
    """
    key = _key(ledger, folder)
    with _TURN:
        if key in _HELD:
            shelf = _HELD[key] = _HELD[key] or DuckDBShelf(open_history(ledger, folder))
            return shelf.open()
    engine = open_history(ledger, folder)
    engine.use_threads(1)
    return engine


def _key(ledger: Ledger, folder: Path) -> _Key:
    return folder.resolve(), ledger.name, ledger.content_hash
