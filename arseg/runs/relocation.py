"""A home may move: MLflow's store writes absolute artifact paths, which follow it here.

MLflow keeps where artifacts stand in four columns, absolute. When the folder was moved or copied, they name
the old place; before the store is used they are made to name the new one.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

ARTIFACTS: Final = "mlartifacts"

_COLUMNS: Final = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
    ("model_versions", "source"),
)


def relocate(store: Path) -> int:
    """Let a home's own store name the place where its artifacts stand now.

    Parameters
    ----------
    store
        ``mlflow.db`` of the home.

    Returns
    -------
    int
        How many paths were changed.
    """
    home = store.resolve().parent
    with contextlib.closing(sqlite3.connect(store, timeout=30)) as connection, connection:
        held = {
            table
            for (table,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).fetchall()
        }
        if "experiments" not in held:
            return 0
        columns = [(table, column) for table, column in _COLUMNS if table in held]
        return sum(
            _move(connection, columns, before, home.as_uri()) for before in _elsewhere(connection, home)
        )


def _elsewhere(connection: sqlite3.Connection, home: Path) -> list[str]:
    """Return the homes, as addresses, that the experiments' artifacts name, other than this one."""
    found = connection.execute("SELECT DISTINCT artifact_location FROM experiments").fetchall()
    ours = [place for (place,) in found if place and place.endswith(f"/{ARTIFACTS}")]
    homes = {place.removesuffix(f"/{ARTIFACTS}") for place in ours if place.startswith("file:")}
    return sorted(homes - {home.as_uri()})


def _move(connection: sqlite3.Connection, columns: list[tuple[str, str]], before: str, after: str) -> int:
    changed = 0
    # Most stand as an address, some as a plain path.
    plain = (unquote(urlsplit(before).path), unquote(urlsplit(after).path))
    for old, new in ((before, after), plain):
        for table, column in columns:
            changed += connection.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                (new, len(old) + 1, len(old) + 1, f"{old}/"),
            ).rowcount
    return changed
