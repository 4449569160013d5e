"""A history kept in a file, so that a second run does not make it again.

The file is as good as the ledger's content hash and the text of the SQL that made it say. When a ledger has
grown by later loads, only the invoices that they touched are made again; what a file cannot be shown to
descend from is made anew. A file is written beside its place and then put there in one step, so a reader
sees the old one or the new one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import shutil
from contextlib import closing
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import duckdb
from filelock import FileLock

from arseg.ledger import clearing, history, item_states, visibility
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.history import TABLES, make_customer_type, make_history
from arseg.ledger.sql_text import quoted
from arseg.ledger.storing.store import Ledger
from arseg.ledger.visibility import attach, day_literal

# Of these a row belongs to an invoice, and only what a later load touched is made again; with their customers.
BY_INVOICE: Final = {
    "item_states": ("customer_id",),
    "postings": ("customer_id", "payer_id"),
    "disputes": ("customer_id",),
}


def attach_history(engine: DuckDBEngine, ledger: Ledger, folder: Path, *, threads: int) -> None:
    """Attach the history of a ledger as ``known``, read-only, from a file in a folder; make it where it is missing."""
    path = folder / f"{ledger.name}.history.duckdb"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        if _made_of(path) != _identity(ledger):
            _make(ledger, path, threads=threads)
        engine.execute(f"ATTACH {quoted(str(path))} AS known (READ_ONLY)")


def _identity(ledger: Ledger) -> tuple[str, str]:
    """Return what a file must be made of: the ledger's rows and rates, and the SQL."""
    return ledger.content_hash, _made_by()


@cache
def _made_by() -> str:
    source = "".join(inspect.getsource(module) for module in (clearing, history, item_states, visibility))
    return hashlib.sha256(source.encode()).hexdigest()


def _made_of(path: Path) -> tuple[str, str]:
    """Return what a file was made of; nothing where there is none, or one that is broken."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return "", ""
    return _told_by(path, seen.st_ino, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=8)
def _told_by(path: Path, *_: int) -> tuple[str, str]:
    """Ask a file, once as long as it is the same file: a run asks before every key date."""
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            found = connection.execute("SELECT content_hash, made_by FROM made_of").fetchone()
            return (str(found[0]), str(found[1])) if found else ("", "")
    except duckdb.Error:
        return "", ""


def _make(ledger: Ledger, path: Path, *, threads: int) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    content_hash, made_by = _identity(ledger)
    old_hash, old_made_by = _made_of(path)
    since = _grown_since(ledger, old_hash) if old_made_by == made_by else None
    with DuckDBEngine(threads=threads) as engine:
        attach(engine, ledger)
        if since is None:
            engine.execute(f"ATTACH {quoted(str(fresh))} AS known")
            make_history(engine, ledger)
        else:
            shutil.copyfile(path, fresh)
            engine.execute(f"ATTACH {quoted(str(fresh))} AS grown")
            engine.execute("ATTACH ':memory:' AS known")
            _grow(engine, ledger, since)
        kept = "known" if since is None else "grown"
        said = f"SELECT {quoted(content_hash)} AS content_hash, {quoted(made_by)} AS made_by"
        engine.execute(f"CREATE OR REPLACE TABLE {kept}.made_of AS {said}")
        engine.execute(f"DETACH {kept}")
    fresh.replace(path)


def _grow(engine: DuckDBEngine, ledger: Ledger, since: dt.date) -> None:
    """Bring the history attached as ``grown`` up to date, of which the rows known before a day are right."""
    day = day_literal(since)
    engine.execute(
        f"""
        CREATE TEMP TABLE touched AS
        SELECT invoice_id FROM book.invoices WHERE known_on >= {day}
        UNION SELECT invoice_id FROM book.postings WHERE known_on >= {day} AND invoice_id IS NOT NULL
        UNION SELECT invoice_id FROM book.disputes WHERE known_on >= {day}
        """
    )
    make_history(engine, ledger, touched="touched")
    engine.execute("DROP TYPE grown.customer")
    make_customer_type(engine, "grown")
    for name in TABLES:
        if name not in BY_INVOICE:
            engine.execute(f"CREATE OR REPLACE TABLE grown.{name} AS SELECT * FROM known.{name}")
            continue
        # There may be new customers, whom the type of the old rows does not have.
        for column in BY_INVOICE[name]:
            engine.execute(f"ALTER TABLE grown.{name} ALTER {column} TYPE grown.customer")
        own = "invoice_id IN (SELECT invoice_id FROM touched)"
        engine.execute(f"DELETE FROM grown.{name} WHERE {own} OR invoice_id IS NULL")
        engine.execute(f"INSERT INTO grown.{name} SELECT * FROM known.{name}")


def _grown_since(ledger: Ledger, content_hash: str) -> dt.date | None:
    """Return the first day of which later loads brought a row; None where the ledger did not grow out of that."""
    with closing(ledger.connect()) as connection:
        query = "SELECT content_hash, first_known FROM loads ORDER BY load"
        loads = connection.execute(query).fetchall()
    hashes = [row[0] for row in loads]
    if content_hash not in hashes:
        return None
    added = [first for _, first in loads[hashes.index(content_hash) + 1 :]]
    return None if None in added or not added else min(added)
