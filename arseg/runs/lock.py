"""One run at a time in a home; the lock dies with its holder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from arseg.schema import BusyError, UsageError


@contextlib.contextmanager
def exclusive(home: Path, owner: str) -> Iterator[None]:
    """Hold the home's lock, or refuse at once.

    Parameters
    ----------
    home
        The home folder.
    owner
        What holds it, for whoever is refused.

    Raises
    ------
    BusyError
        If another process holds it, naming that process.
    UsageError
        If there is no such home.
    """
    require_home(home)
    folder = home / "journal"
    folder.mkdir(parents=True, exist_ok=True)
    held_by = folder / "lock.owner"
    try:
        lock = FileLock(folder / "lock").acquire(timeout=0)
    except Timeout:
        holder = held_by.read_text(encoding="utf-8").strip() if held_by.is_file() else "another process"
        raise BusyError(
            "another run holds the lock",
            given=holder,
            allowed="one run at a time in a home",
            do="wait for it to end",
        ) from None
    with lock:
        held_by.write_text(f"{owner}, process {os.getpid()}\n", encoding="utf-8")
        try:
            yield
        finally:
            held_by.unlink(missing_ok=True)


def require_home(home: Path) -> Path:
    """Return the home; a mistyped one must not look like an empty one.

    Raises
    ------
    UsageError
        If there is no such home.
    """
    if not home.is_dir():
        raise UsageError(
            "there is no such home", given=home, allowed="an existing folder", do="name it with --home"
        )
    return home
