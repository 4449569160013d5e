"""An immutable version folder behind one pointer: readers see version N or N+1, never a mix.

Per-file renames left 9 of 17 kill points torn, one pointer swap 0 of 33 (reliability, fact 4), so a
version is built aside, synced, renamed, and only then named by ``CURRENT``. Only the standard library
is used, so that a crash test of one step costs milliseconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from arseg.runs.durable import sync_folder, typed_refusals, write_synced
from arseg.schema import DataError, UsageError

MANIFEST: Final = "manifest.json"
POINTER: Final = "CURRENT"

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_VERSION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")

Files = Mapping[str, Path | bytes]


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
    digest = hashlib.sha256(_canonical({name: _sha256(_content(files[name])) for name in files}))
    return f"{key_date}-{digest.hexdigest()[:8]}"


def publish(
    files: Files, *, folder: Path, version: str, facts: Mapping[str, Any], point: bool = True
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
        contents = {name: _content(source) for name, source in files.items()}
        if target.exists():
            _refuse_other_bytes(target, contents)
        else:
            manifest = _manifest(contents, version, facts, predecessor=_pointed(folder))
            _build({**contents, MANIFEST: manifest}, target)
        for parent in (target.parent, folder, folder.parent):
            sync_folder(parent)
        if point:
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


def read_manifest(target: Path) -> dict[str, Any]:
    """Return the manifest of a version's folder.

    Raises
    ------
    DataError
        If it is missing, or not byte for byte what was published.
    """
    try:
        raw = (target / MANIFEST).read_bytes()
        manifest = json.loads(raw)
        signed = manifest.pop("manifest_sha256")
        intact = signed == _sha256(_canonical(manifest)) and raw == _canonical(
            {**manifest, "manifest_sha256": signed}
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as problem:
        intact, given = False, f"{type(problem).__name__}: {problem}"
    else:
        given = "its own digest differs"
    if not intact:
        raise DataError(
            f"the manifest of {target.name} is damaged",
            given=given,
            allowed="the bytes that were published",
            do="roll back to another version, or publish again into an empty folder",
        )
    return manifest


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
        if target is None:
            return [f"{folder.name}: nothing is published"]
        declared: dict[str, str] = read_manifest(target)["files"]
    except DataError as problem:
        return [f"{folder.name}: {problem.what} ({problem.given})"]
    held = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()} - {
        MANIFEST
    }
    problems = [f"{target.name}: {name} is missing" for name in sorted(declared.keys() - held)]
    problems += [f"{target.name}: {name} was added" for name in sorted(held - declared.keys())]
    for name in sorted(held & declared.keys()):
        if _sha256((target / name).read_bytes()) != declared[name]:
            problems.append(f"{target.name}: {name} was changed")
    return problems


def rollback(folder: Path, to: str | None = None) -> Path:
    """Point back to an earlier version, and return its folder.

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
    if to is None:
        now = current(folder)
        to = read_manifest(now)["predecessor"] if now else None
    if to is None or to not in versions(folder):
        raise UsageError(
            f"{folder.name} has no such version to go back to",
            given=to or "no predecessor",
            allowed=", ".join(versions(folder)) or "none",
            do="name one with --to",
        )
    problems = verify(folder, to)
    if problems:
        raise DataError(
            f"version {to} is damaged",
            given="; ".join(problems),
            allowed="the bytes that were published",
            do="choose another version with --to",
        )
    with typed_refusals(folder):
        _point(folder, to)
    return folder / "versions" / to


def _build(contents: Mapping[str, bytes], target: Path) -> None:
    """Write aside, sync, rename: the version's name never stands on half a version."""
    staging = target.with_name(f"{target.name}.staging")
    if staging.exists():
        shutil.rmtree(staging)
    folders = {staging, *(staging / parent for name in contents for parent in Path(name).parents)}
    for made in sorted(folders):
        os.makedirs(made, exist_ok=True)  # noqa: PTH103 - crash tests fail the n-th call of os
    for name, content in contents.items():
        write_synced(staging / name, content)
    for made in sorted(folders, reverse=True):
        sync_folder(made)
    os.rename(staging, target)  # noqa: PTH104 - as above


def _point(folder: Path, version: str) -> None:
    """Swap the pointer: the one step that readers see."""
    if _pointed(folder) != version:
        aside = folder / f"{POINTER}.tmp"
        write_synced(aside, f"{version}\n".encode())
        os.replace(aside, folder / POINTER)  # noqa: PTH105 - crash tests fail the n-th call of os
    sync_folder(folder)


def _pointed(folder: Path) -> str | None:
    try:
        return (folder / POINTER).read_text(encoding="utf-8").removesuffix("\n")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return "unreadable bytes"


def _manifest(
    contents: Mapping[str, bytes], version: str, facts: Mapping[str, Any], *, predecessor: str | None
) -> bytes:
    manifest = {
        "facts": dict(facts),
        "files": {name: _sha256(content) for name, content in contents.items()},
        "predecessor": predecessor,
        "version": version,
    }
    return _canonical({**manifest, "manifest_sha256": _sha256(_canonical(manifest))})


def _refuse_other_bytes(target: Path, contents: Mapping[str, bytes]) -> None:
    published = read_manifest(target)["files"]
    damaged = verify(target.parent.parent, target.name)
    if damaged or published != {name: _sha256(content) for name, content in contents.items()}:
        raise DataError(
            f"version {target.name} already exists with other bytes",
            given="; ".join(damaged) or ", ".join(sorted(contents)),
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


def _content(source: Path | bytes) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _canonical(value: Any) -> bytes:
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
