"""An immutable version folder behind one pointer: readers see version N or N+1, never a mix.

Per-file renames left 9 of 17 kill points torn, one pointer swap 0 of 33 (reliability, fact 4), so a
version is built aside, synced, renamed, carried to its other targets, and only then named by ``CURRENT``.
Whoever publishes holds the home's lock. Only the standard library is used, so that a crash test of one
step costs milliseconds.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from arseg.runs.durable import sync_folder, typed_refusals, write_synced
from arseg.runs.version_folder import (
    MANIFEST,
    Files,
    build,
    canonical,
    faults_of,
    hash_of,
    read_manifest,
    sweep,
)
from arseg.schema import DataError, UsageError

__all__ = [
    "MANIFEST",
    "POINTER",
    "Files",
    "current",
    "publish",
    "published",
    "read_manifest",
    "rollback",
    "verify",
    "version_of",
    "versions",
]

POINTER: Final = "CURRENT"

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_VERSION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")


def published(home: Path, experiment: str) -> Path:
    """Return the folder of an experiment's publications."""
    return home / "data" / "published" / experiment


def version_of(key_date: str, files: Files) -> str:
    """Return the version id that these bytes have: the key date and a digest of every file.

    Parameters
    ----------
    key_date
        ISO day.
    files
        Content, or the path of it, by relative name.

    Examples
    --------
    >>> version_of("2026-10-31", {"worklist.csv": b"rank"})
    '2026-10-31-a7aee245'
    """
    digest = hashlib.sha256(canonical({name: hash_of(files[name]) for name in files}))
    return f"{key_date}-{digest.hexdigest()[:8]}"


def publish(
    files: Files,
    *,
    folder: Path,
    version: str,
    facts: Mapping[str, Any],
    point: bool = True,
    before_pointing: Callable[[Path], None] | None = None,
) -> Path:
    """Publish files as one version; the same bytes again are a no-op.

    Parameters
    ----------
    files
        Content, or the path of it, by relative name.
    folder
        ``data/published/<experiment>``.
    version
        Id of the version, from ``version_of``.
    facts
        What the manifest says about the version; JSON-safe, and free of clocks and run ids.
    point
        Whether ``CURRENT`` moves to the version; a backfilled older month leaves it alone.
    before_pointing
        Called with the complete version's folder before ``CURRENT`` may move; where it raises, it does not.

    Returns
    -------
    Path
        The version's folder.

    Raises
    ------
    DataError
        If the disk refuses, or the version already exists with other bytes.
    """
    _check_names(files, version)
    target = folder / "versions" / version
    with typed_refusals(folder):
        sweep(target.parent)
        if target.exists():
            _refuse_other_bytes(target, files)
        else:
            about = {"facts": dict(facts), "predecessor": _pointed(folder), "version": version}
            build(files, target, about=about)
        # A folder that was just made is there when the one above it is synced, up to the home.
        for parent in target.parents[:5]:
            sync_folder(parent)
    if before_pointing is not None:
        before_pointing(target)
    if point:
        with typed_refusals(folder):
            _point(folder, version)
    return target


def current(folder: Path) -> Path | None:
    """Return the folder of the version in force, or None where nothing is published.

    Raises
    ------
    DataError
        If the pointer names a version that is not there.
    """
    version = _pointed(folder)
    if version is None:
        return None
    target = folder / "versions" / version
    if not _VERSION.fullmatch(version) or not (target / MANIFEST).is_file():
        raise DataError(
            f"{folder / POINTER} names a version that is not there",
            given=version,
            allowed=", ".join(versions(folder)) or "none",
            do="run again, or roll back to a version",
        )
    return target


def versions(folder: Path) -> list[str]:
    """Return the ids of the complete versions, oldest key date first."""
    held = folder / "versions"
    return sorted(
        path.parent.name for path in held.glob(f"*/{MANIFEST}") if _VERSION.fullmatch(path.parent.name)
    )


def verify(folder: Path, version: str | None = None) -> list[str]:
    """Return what is wrong with a version, one sentence each; empty when every byte is as published.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    version
        Its id; the version in force where None.
    """
    try:
        target = current(folder) if version is None else folder / "versions" / version
        return [f"{folder.name}: nothing is published"] if target is None else faults_of(target)
    except DataError as problem:
        return [f"{folder.name}: {problem.what} ({problem.given})"]


def rollback(folder: Path, to: str | None = None) -> Path:
    """Point back to an earlier version, and return its folder; ``arseg.runs.going_back`` tells the targets, too.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    to
        Id of the version; the one before the version in force where None.

    Raises
    ------
    UsageError
        If there is no such version.
    DataError
        If that version is damaged, or the disk refuses.
    """
    target = whole_version(folder, to)
    with typed_refusals(folder):
        _point(folder, target.name)
    return target


def whole_version(folder: Path, version: str | None = None) -> Path:
    """Return the folder of a version of which every byte is as published.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    version
        Its id; the one before the version in force where None.

    Raises
    ------
    UsageError
        If there is no such version.
    DataError
        If it is damaged.
    """
    if version is None:
        now = current(folder)
        version = read_manifest(now)["predecessor"] if now else None
    if version is None or version not in versions(folder):
        raise UsageError(
            f"{folder.name} has no such version to go back to",
            given=version or "no predecessor",
            allowed=", ".join(versions(folder)) or "none",
            do="name one of them",
        )
    problems = verify(folder, version)
    if problems:
        raise DataError(
            f"version {version} is damaged",
            given="; ".join(problems),
            allowed="the bytes that were published",
            do="choose another version",
        )
    return folder / "versions" / version


def _point(folder: Path, version: str) -> None:
    """Swap the pointer: the one step that readers see."""
    if _pointed(folder) != version:
        aside = folder / f"{POINTER}.tmp"
        write_synced(aside, [f"{version}\n".encode()])
        os.replace(aside, folder / POINTER)  # noqa: PTH105 - crash tests fail the n-th call of os
    sync_folder(folder)


def _pointed(folder: Path) -> str | None:
    try:
        return (folder / POINTER).read_text(encoding="utf-8").removesuffix("\n")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return "unreadable bytes"


def _refuse_other_bytes(target: Path, files: Files) -> None:
    published = read_manifest(target)["files"]
    damaged = faults_of(target)
    if damaged or published != {name: hash_of(source) for name, source in files.items()}:
        raise DataError(
            f"version {target.name} already exists with other bytes",
            given="; ".join(damaged) or ", ".join(sorted(files)),
            allowed="the same bytes, or a new version id",
            do="verify the publication, and move the damaged version away",
        )


def _check_names(files: Files, version: str) -> None:
    wrong = [name for name in files if not _NAME.fullmatch(name) or name == MANIFEST]
    if wrong or not _VERSION.fullmatch(version):
        raise DataError(
            "a published name is not allowed",
            given=", ".join(wrong) or version,
            allowed="letters, digits, dot, dash and underscore, within the version's folder",
            do="rename it",
        )
