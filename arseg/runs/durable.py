"""Writing that survives a power cut: a file is there when its disk says so, not when the call returns."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from arseg.schema import DataError


def write_synced(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file, from one piece or from many, and wait until the disk has it."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        for piece in [content] if isinstance(content, bytes) else content:
            _write_all(handle, piece)
        os.fsync(handle)
    finally:
        os.close(handle)


def put_synced(path: Path, content: bytes) -> None:
    """Put a file in its place in one step, and wait until the disk has it there."""
    aside = path.with_name(f"{path.name}.tmp")
    write_synced(aside, content)
    os.replace(aside, path)  # noqa: PTH105 - crash tests fail the n-th call of os
    sync_folder(path.parent)


def append_synced(path: Path, line: bytes) -> None:
    """Append a line to a file, and wait until the disk has it."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _write_all(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's names."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def typed_refusals(folder: Path) -> Iterator[None]:
    """Turn what the system refuses while a publication is written into our own error.

    Parameters
    ----------
    folder
        Where the publication is written, for the message.

    Raises
    ------
    DataError
        Naming what the system said.
    """
    try:
        yield
    except OSError as problem:
        raise DataError(
            f"the publication in {folder} could not be written",
            given=f"{type(problem).__name__}: {problem.strerror or problem}",
            allowed="a folder that can be written, on a disk with room",
            do="mend that and run again; `arseg status` says which version is in force",
        ) from problem


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
