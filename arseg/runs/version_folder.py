"""A version's folder: copied aside, hashed on the way, synced, and only then given its name.

Only the standard library is used, so that a crash test of one step costs milliseconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from arseg.runs.durable import sync_folder, write_synced
from arseg.schema import DataError

MANIFEST: Final = "manifest.json"
STAGING: Final = ".staging"

_PIECE: Final = 1 << 20

Files = Mapping[str, Path | bytes]


def hash_of(source: Path | bytes) -> str:
    """Return the SHA-256 of content, or of the file at a path."""
    digest = hashlib.sha256()
    for piece in _pieces(source):
        digest.update(piece)
    return digest.hexdigest()


def build(files: Files, target: Path, *, about: Mapping[str, Any]) -> None:
    """Make a version's folder with its manifest: its name never stands on half a version.

    Parameters
    ----------
    files
        Content, or the path of it, by relative name.
    target
        The folder, which does not exist.
    about
        What the manifest says beside the files.
    """
    staging = target.with_name(target.name + STAGING)
    folders = {staging, *(staging / parent for name in files for parent in Path(name).parents)}
    for made in sorted(folders):
        os.makedirs(made, exist_ok=True)  # noqa: PTH103 - crash tests fail the n-th call of os
    hashes = {}
    for name, source in files.items():
        digest = hashlib.sha256()
        write_synced(staging / name, _hashed(source, digest))
        hashes[name] = digest.hexdigest()
    manifest = {**about, "files": hashes}
    sealed = {**manifest, "manifest_sha256": hash_of(canonical(manifest))}
    write_synced(staging / MANIFEST, [canonical(sealed)])
    for made in sorted(folders, reverse=True):
        sync_folder(made)
    os.rename(staging, target)  # noqa: PTH104 - as above


def sweep(versions: Path) -> None:
    """Remove what builds that were stopped left behind; the caller holds the lock.

    Parameters
    ----------
    versions
        The folder of all versions; it may be missing.
    """
    for left in sorted(versions.glob(f"*{STAGING}")):
        shutil.rmtree(left)


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
        intact = signed == hash_of(canonical(manifest)) and raw == canonical(
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


def faults_of(target: Path) -> list[str]:
    """Return what is wrong with a version's folder, one sentence each; empty where every byte is as published.

    Parameters
    ----------
    target
        The version's folder.

    Raises
    ------
    DataError
        If its manifest is damaged.
    """
    declared: dict[str, str] = read_manifest(target)["files"]
    folders = {(target / name).parent for name in declared}
    known = {target, *folders, *(parent for folder in folders for parent in folder.parents)}
    held = {path.relative_to(target).as_posix() for path in target.rglob("*") if path not in known}
    held.discard(MANIFEST)
    problems = [f"{target.name}: {name} is missing" for name in sorted(declared.keys() - held)]
    problems += [f"{target.name}: {name} was added" for name in sorted(held - declared.keys())]
    for name in sorted(held & declared.keys()):
        problem = _fault_of(target / name, declared[name])
        if problem:
            problems.append(f"{target.name}: {name} {problem}")
    return problems


def canonical(value: Any) -> bytes:
    """Return plain data as JSON: equal values, equal bytes."""
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _fault_of(path: Path, declared: str) -> str:
    try:
        # A link may point elsewhere tomorrow, and reading a pipe would wait for ever.
        if not stat.S_ISREG(path.lstat().st_mode):
            return "is no plain file"
        return "" if hash_of(path) == declared else "was changed"
    except OSError as problem:
        return f"cannot be read: {problem.strerror or problem}"


def _hashed(source: Path | bytes, digest: Any) -> Iterator[bytes]:
    for piece in _pieces(source):
        digest.update(piece)
        yield piece


def _pieces(source: Path | bytes) -> Iterator[bytes]:
    """Give the content piece by piece: a page or a table need not fit into memory twice."""
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            yield piece
