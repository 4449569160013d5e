"""What waits for MLflow: one request a run, with everything that it needs, until it is filed.

A request names files, and a store that lies in the home, by their path from the home, so that it survives a move. Files that a later run at the
same key date would write over are copied beside it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from arseg.runs.durable import put_synced
from arseg.runs.journal import run_folders
from arseg.runs.store_name import kept_name, store_name

REQUEST: Final = "tracking.json"
ANSWER: Final = "mlflow.json"
_FOLDER: Final = "spool"

Artifacts = Mapping[str, Sequence[Path]]


def keep(folder: Path, request: Mapping[str, Any], artifacts: Artifacts, home: Path) -> dict[str, Any]:
    """Keep a request until it is filed, and wait until the disk has it.

    Parameters
    ----------
    folder
        The run's, in ``journal/``.
    request
        What is asked, without its files.
    artifacts
        Files by the folder they are filed under; the empty one is the top.
    home
        The home folder.

    Returns
    -------
    dict
        The request with its files.
    """
    spool = folder / _FOLDER
    spool.mkdir(parents=True, exist_ok=True)
    files = [
        [_relative(_safe(path, spool / "files" / under, home), home), under]
        for under, paths in artifacts.items()
        for path in paths
    ]
    whole = {**request, "artifacts": files}
    kept = whole | {"store": kept_name(whole["store"], home)}
    put_synced(spool / REQUEST, json.dumps(kept, sort_keys=True, indent=1).encode())
    return whole


def waiting(home: Path) -> list[Path]:
    """Return the folders of the runs whose request waits, oldest first."""
    return [folder for folder in run_folders(home) if (folder / _FOLDER / REQUEST).is_file()]


def request_of(folder: Path) -> dict[str, Any]:
    """Return the request of a run that waits, its store named for where the home stands now."""
    request: dict[str, Any] = json.loads((folder / _FOLDER / REQUEST).read_text(encoding="utf-8"))
    return request | {"store": store_name(request["store"], folder.parent.parent)}


def forget(folder: Path) -> None:
    """Empty a run's spool: the request first, as without it the rest is nothing."""
    spool = folder / _FOLDER
    (spool / REQUEST).unlink(missing_ok=True)
    shutil.rmtree(spool / "files", ignore_errors=True)
    (spool / f"{REQUEST}.tmp").unlink(missing_ok=True)


@contextlib.contextmanager
def held(folder: Path, *, patience: float = 0) -> Iterator[bool]:
    """Hold a run's request, so that two processes never file it at once.

    Parameters
    ----------
    folder
        The run's.
    patience
        Seconds to wait for whoever holds it.

    Yields
    ------
    bool
        Whether it is held, and still waits.
    """
    lock = FileLock(folder / f"{_FOLDER}.lock")
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        yield False
        return
    try:
        yield (folder / _FOLDER / REQUEST).is_file()
    finally:
        lock.release()


def _safe(path: Path, under: Path, home: Path) -> Path:
    """Return a file that stays as it is: a published or a work file itself, of any other a copy."""
    published, journal = home / "data" / "published", home / "journal"
    if path.is_relative_to(published) or path.is_relative_to(journal):
        return path
    under.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(path, under / path.name))


def _relative(path: Path, home: Path) -> str:
    return os.path.relpath(path, home)
