"""The targets of an experiment: as declared in its file, and as kept beside its publications.

``targets.json`` beside the versions says where they were carried to, so that ``status``, ``verify`` and
``rollback`` need no experiment file. It holds references, never an address with a password.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from arseg.runs.durable import put_synced, typed_refusals
from arseg.runs.publication_sections import PublicationTargets
from arseg.runs.publication_sections import Target as Declared
from arseg.runs.targets.database import Target
from arseg.schema import DataError, UsageError

RECORD: Final = "targets.json"


def open_targets(declared: Sequence[Declared], home: Path) -> list[Target]:
    """Return the databases that are declared; nothing is opened yet.

    Parameters
    ----------
    declared
        Without the folder, as ``PublicationTargets.databases``.
    home
        The home folder, from which their paths are named.

    Raises
    ------
    UsageError
        If a DuckDB target would be a ledger, or stand among the published versions.
    """
    return [_target(each, home) for each in declared]


def keep_targets(folder: Path, declared: Sequence[Declared]) -> None:
    """Write down where an experiment's publications are carried to.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    declared
        Without the folder.

    Raises
    ------
    DataError
        If the disk refuses.
    """
    content = PublicationTargets(targets=list(declared)).model_dump_json(indent=1, exclude_defaults=True)
    path = folder / RECORD
    if not declared and not path.exists():
        return
    with typed_refusals(folder):
        if path.is_file() and path.read_text(encoding="utf-8") == content:
            return
        folder.mkdir(parents=True, exist_ok=True)
        put_synced(path, content.encode())


def kept_targets(folder: Path) -> list[Declared]:
    """Return where an experiment's publications are carried to; nothing where nothing was written down.

    Raises
    ------
    DataError
        If the record is damaged.
    """
    path = folder / RECORD
    if not path.is_file():
        return []
    try:
        return PublicationTargets.model_validate(json.loads(path.read_text(encoding="utf-8"))).targets
    except (OSError, ValueError) as problem:
        raise DataError(
            f"the record of targets {path.name} of {folder.name} is damaged",
            given=str(problem).splitlines()[0],
            allowed="what arseg wrote",
            do="run `arseg publish` with the experiment's file",
        ) from None


def _target(declared: Declared, home: Path) -> Target:
    if declared.kind == "postgres":
        from arseg.runs.targets.postgres import Postgres

        return Postgres(declared, home)
    from arseg.runs.targets.duckdb_file import DuckDbFile

    path = (home / str(declared.path)).resolve()
    taken = [home.resolve() / "data" / "ledger", home.resolve() / "data" / "published"]
    if any(path.is_relative_to(folder) for folder in taken):
        raise UsageError(
            "a DuckDB target may not stand among ledgers or versions",
            given=declared.path,
            allowed="a file of its own, such as data/mart.duckdb",
            do="name another path",
        )
    return DuckDbFile(path, declared.described, declared.place)
