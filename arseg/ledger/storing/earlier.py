"""A ledger as it was when a run read it: later loads taken away, and proof that nothing else differs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb

from arseg.ledger.storing.facts import digest
from arseg.ledger.storing.store import Ledger, read_ledger
from arseg.ledger.storing.writing import conclude, extending
from arseg.schema import LEDGER, DataError

_OF_A_LOAD: Final = ("quarantine", "sources", "loads", "restatements")


def told_facts(path: Path) -> dict[str, Any]:
    """Return all that a ledger says about itself, digests of its tables among it, and how many loads it had.

    Parameters
    ----------
    path
        The ledger's file.
    """
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        facts = connection.execute("SELECT facts FROM about").fetchall()[0][0]
        loads = connection.execute("SELECT count(*) FROM loads").fetchall()[0][0]
    return {"facts": json.loads(facts), "loads": loads}


def restore_ledger(path: Path, told: Mapping[str, Any], *, to: Path) -> Ledger:
    """Write a copy of a ledger without what later loads added, and return it.

    What a later load adds is known after everything that was there, or it is a late row, which only the digests
    tell: the copy is returned where every table is again what it was, row by row.

    Parameters
    ----------
    path
        The ledger as it is now.
    told
        From ``told_facts`` of the ledger as it was.
    to
        Where the copy goes.

    Raises
    ------
    DataError
        If the rows of then cannot be told from later ones, or are gone; no copy is left.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)
    facts = told["facts"]
    with closing(duckdb.connect()) as connection, extending(connection, to):
        differing = _take_away(connection, facts, told["loads"])
    if differing:
        to.unlink()
        raise DataError(
            "the ledger is no longer what it was",
            given=f"other rows in {', '.join(differing)}",
            allowed=f"the rows of {facts['content_hash'][:12]}, known by {facts['last_known']}",
            do="load the sources of then into a ledger of their own",
            code="ledger_changed",
            file=path,
        )
    return read_ledger(to)


def _take_away(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any], loads: int) -> list[str]:
    """Delete what came later, and return the tables that are not what they were."""
    for name in LEDGER:
        connection.execute(f"DELETE FROM book.{name} WHERE known_on > CAST(? AS DATE)", [facts["last_known"]])
    for name in _OF_A_LOAD:
        connection.execute(f"DELETE FROM book.{name} WHERE load > ?", [loads])
    connection.execute("DROP TABLE book.restated")
    connection.execute("DROP TABLE book.about")
    conclude(connection, facts)
    return [name for name in LEDGER if digest(connection, f"book.{name}", name) != facts["digests"][name]]
