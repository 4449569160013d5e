"""A fingerprint of what a book knew on a day: the same rows give the same one, whatever came later."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.sql_text import quoted
from arseg.ledger.storing.store import Ledger
from arseg.schema import LEDGER

_Days = dict[str, list[tuple[dt.date, int, int]]]


def fingerprints(ledger: Ledger, days: Sequence[dt.date], *, threads: int = 1) -> dict[dt.date, str]:
    """Return the fingerprint of the rows known on each of some days.

    It is for telling whether something has to be made again, not for proving anything: each row goes in as
    64 bits of DuckDB's own hash, summed over the rows, so their order does not matter.

    Parameters
    ----------
    ledger
        The book.
    days
        Key dates.
    threads
        Threads per query.
    """
    found, version = _by_day(ledger.path, ledger.content_hash, threads)
    said = [version, ledger.currency, sorted(ledger.rates.items())]
    return {day: _digest([*said, _visible(found, day)]) for day in days}


@lru_cache(maxsize=4)
def _by_day(path: Path, _content_hash: str, threads: int) -> tuple[_Days, str]:
    """Return the rows of each table by the day on which they were known, and who hashed them; once per content."""
    found: _Days = {}
    with DuckDBEngine(threads=threads) as engine:
        engine.execute(f"ATTACH {quoted(str(path))} AS book (READ_ONLY)")
        for name in LEDGER:
            rows = engine.execute(
                f"SELECT known_on, count(*) AS rows, sum(hash(t)) AS sum FROM book.{name} AS t GROUP BY known_on"
            ).to_pylist()
            found[name] = [(row["known_on"], row["rows"], int(row["sum"])) for row in rows]
        version = engine.execute("SELECT version() AS version")["version"].to_pylist()[0]
    return found, str(version)


def _visible(found: _Days, day: dt.date) -> dict[str, tuple[int, int]]:
    seen = {name: [row for row in rows if row[0] <= day] for name, rows in found.items()}
    return {
        name: (sum(row[1] for row in rows), sum(row[2] for row in rows) % 2**64)
        for name, rows in seen.items()
    }


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]
