"""One run at a time in a home; the lock dies with its holder, whose name stands beside it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from arseg.schema import BusyError, UsageError

_OWNER: Final = "lock.owner"
# Between taking the lock and writing its name a holder is unknown; whoever is refused waits that long for it.
_NAMELESS: Final = 0.5


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
    try:
        lock = FileLock(folder / "lock").acquire(timeout=0)
    except Timeout:
        raise BusyError(
            "another run holds the lock",
            given=_named(home),
            allowed="one run at a time in a home",
            do="wait for it to end",
        ) from None
    with lock:
        _write_owner(folder, f"{owner}, process {os.getpid()}\n")
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                (folder / _OWNER).unlink(missing_ok=True)


def holder(home: Path) -> str | None:
    """Return who holds the home's lock, such as ``arseg run demo, process 4711``; None where nobody does.

    Parameters
    ----------
    home
        The home folder.
    """
    try:
        said = (home / "journal" / _OWNER).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return said if _lives(said.rpartition(" ")[2]) else None


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


def _named(home: Path) -> str:
    """Return who holds the lock, waiting a moment for the name; a dead holder's is not told."""
    waited = 0.0
    while (found := holder(home)) is None and waited < _NAMELESS:
        time.sleep(0.05)
        waited += 0.05
    return found or "another process"


def _write_owner(folder: Path, text: str) -> None:
    """Name the holder in one step; a full disk stops what is written under the lock, not this."""
    aside = folder / f"{_OWNER}.tmp"
    with contextlib.suppress(OSError):
        aside.write_text(text, encoding="utf-8")
        aside.replace(folder / _OWNER)


def _lives(process: str) -> bool:
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
