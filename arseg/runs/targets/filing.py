"""Filing a version in a target's database: tables made once, rows added once, one row says what is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from arseg.runs.targets.database import Database
from arseg.runs.targets.rows import Content
from arseg.runs.targets.tables import (
    IN_FORCE,
    LAYOUT,
    LAYOUT_TABLE,
    PUBLICATIONS,
    TABLES,
    VIEWED,
    create_table,
    create_view,
    quoted,
    view_name,
)
from arseg.schema import DataError, Table

_COLUMNS = """
SELECT table_name, column_name, data_type, numeric_precision, numeric_scale FROM information_schema.columns
WHERE table_schema = ? AND table_catalog = current_database() ORDER BY table_name, ordinal_position
"""
_SCHEMAS = "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = ?"


@dataclass(frozen=True)
class Held:
    """What a target holds of an experiment.

    Parameters
    ----------
    in_force
        The version that its views show; None where there is none.
    versions
        SHA-256 of the content of each version filed.
    """

    in_force: str | None
    versions: dict[str, str]


def file_version(database: Database, place: str, content: Content, *, in_force: bool) -> bool:
    """File a version, and put it in force; nothing happens where both was done before.

    Parameters
    ----------
    database
        Open for writing; the caller commits.
    place
        SQL schema of the tables, made where it is missing.
    content
        The version.
    in_force
        Whether the views show it from now on; a backfilled older month leaves them alone.

    Returns
    -------
    bool
        Whether anything was written.

    Raises
    ------
    DataError
        If the tables are not ours, or hold the version with other content.
    """
    database.lock(place)
    made = _require_tables(database, place)
    held = held_of(database, place, content.experiment)
    known = held.versions.get(content.version)
    if known not in (None, content.sha256):
        raise DataError(
            f"version {content.version} stands in the target with other content",
            given=known,
            allowed=content.sha256,
            do="move one of the two away: two homes publish under one name",
        )
    if known is None:
        for table in VIEWED:
            database.add(table, place, content.tables[table.name])
    moved = in_force and held.in_force != content.version
    if moved:
        _put_in_force(database, place, content.experiment, content.version)
    return made or known is None or moved


def held_of(database: Database, place: str, experiment: str) -> Held:
    """Return what the target holds of an experiment.

    Raises
    ------
    DataError
        If the tables are of another layout, or not ours.
    """
    if not _known_tables(database, place):
        return Held(None, {})
    listed = database.ask(
        f"SELECT version, content_sha256 FROM {_name(place, PUBLICATIONS)} WHERE experiment = ?", [experiment]
    )
    shown = database.ask(f"SELECT version FROM {_name(place, IN_FORCE)} WHERE experiment = ?", [experiment])
    return Held(shown[0][0] if shown else None, dict(listed))


def rows_held(
    database: Database, place: str, table: Table, whose: tuple[str, str], *, in_force: bool
) -> list[tuple[Any, ...]]:
    """Return the rows of one version as the target holds them, in no order.

    Parameters
    ----------
    database
        Open.
    place
        SQL schema of the tables.
    table
        One of ``VIEWED``.
    whose
        Experiment and version.
    in_force
        Whether to look through the view, as everybody else does.
    """
    columns = ", ".join(map(quoted, table.names))
    name = view_name(table) if in_force else table.name
    return database.ask(
        f"SELECT {columns} FROM {quoted(place)}.{quoted(name)} WHERE experiment = ? AND version = ?", whose
    )


def _require_tables(database: Database, place: str) -> bool:
    """Make all tables and views where there are none; return whether they were made."""
    if _known_tables(database, place):
        return False
    if not database.ask(_SCHEMAS, [place])[0][0]:
        database.ask(f"CREATE SCHEMA {quoted(place)}")
    for table in TABLES:
        database.ask(create_table(table, place))
    for table in VIEWED:
        database.ask(create_view(table, place))
    database.ask(f"INSERT INTO {_name(place, LAYOUT_TABLE)} (number) VALUES (?)", [LAYOUT])
    return True


def _known_tables(database: Database, place: str) -> bool:
    """Return whether our tables stand in the schema, all of them as this arseg makes them; none is False."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind, precision, scale in database.ask(_COLUMNS, [place]):
        exact = f"{kind}({precision},{scale})" if kind == "numeric" else kind
        found.setdefault(table, []).append((column, exact))
    ours = {table.name for table in TABLES} | {view_name(table) for table in VIEWED}
    if not ours & found.keys():
        return False
    other = [
        table.name
        for table in TABLES
        if found.get(table.name) != [(column.name, database.types[column.type]) for column in table.columns]
    ] + [view_name(table) for table in VIEWED if view_name(table) not in found]
    numbers = (
        [] if LAYOUT_TABLE.name in other else database.ask(f"SELECT number FROM {_name(place, LAYOUT_TABLE)}")
    )
    if other or numbers != [(LAYOUT,)]:
        given = f"{', '.join(other)} otherwise" if other else ", ".join(str(number) for (number,) in numbers)
        raise DataError(
            f"the tables in schema {place} of the target are not those of this arseg",
            given=given or "no number",
            allowed=f"layout {LAYOUT}, or a schema without tables of these names",
            do="name another schema with tables_in, or use the arseg that made them",
            code="target_layout",
        )
    return True


def _put_in_force(database: Database, place: str, experiment: str, version: str) -> None:
    name = _name(place, IN_FORCE)
    database.ask(
        f"INSERT INTO {name} (experiment, version) VALUES (?, ?)"
        " ON CONFLICT (experiment) DO UPDATE SET version = excluded.version",
        [experiment, version],
    )


def _name(place: str, table: Table) -> str:
    return f"{quoted(place)}.{quoted(table.name)}"
