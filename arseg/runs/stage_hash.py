"""What a stage's result depends on, as one hash: inputs, parameters and code, and the stages before it."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

import arseg
from arseg.runs.journal import Run
from arseg.runs.overrides import override_file
from arseg.runs.publication import published, versions

# The stages from here on look at overrides and at what was published before; the earlier ones at neither.
LOOKS_BACK: Final = "04_policies"


def stage_hashes(run: Run, notebooks: Path, stages: Iterable[str]) -> dict[str, str]:
    """Return the hash of each stage, in order; a change of one changes all that follow.

    Parameters
    ----------
    run
        The run: its experiment, key date and ledger are what every stage is given.
    notebooks
        The folder of the stage notebooks.
    stages
        Names, in the order in which a run executes them.
    """
    told = run.experiment.resolved(run.key_date)
    # What a stage may take does not change what it makes.
    told.pop("limits")
    before = _joined(
        {
            "code": code_hash(),
            "lock": lock_hash(),
            "experiment": json.dumps(told, sort_keys=True),
            "ledger": run.ledger_hash,
            "blocks": tree_hash(run.blocks_folder),
            "playbook": tree_hash(run.playbook if isinstance(run.playbook, Path) else None),
        }
    )
    found = {}
    for stage in stages:
        if stage == LOOKS_BACK:
            before = _joined({"before": before, **_what_was_decided(run)})
        before = _joined({"before": before, "notebook": file_hash(notebooks / f"{stage}.ipynb")})
        found[stage] = before
    return found


@functools.cache
def code_hash() -> str:
    """Return the SHA-256 over every file of the installed arseg, names and bytes."""
    return tree_hash(Path(arseg.__file__).parent)


@functools.cache
def lock_hash() -> str:
    """Return the SHA-256 over the Python version and every installed package's."""
    installed = {f"{each.metadata['Name'].lower()}=={each.version}" for each in distributions()}
    return _joined({"python": platform.python_version(), "packages": "\n".join(sorted(installed))})


def file_hash(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _what_was_decided(run: Run) -> dict[str, str]:
    """Return what people and earlier key dates decided; what this key date itself published is no input."""
    overrides = override_file(run.home, run.experiment.name)
    earlier = [
        version
        for version in versions(published(run.home, run.experiment.name))
        if version[:10] < run.key_date.isoformat()
    ]
    return {
        "overrides": file_hash(overrides) if overrides.is_file() else "",
        "earlier": "\n".join(earlier),
    }


def tree_hash(place: Path | None) -> str:
    """Return the hash over a file, or over every file of a folder; empty where there is none.

    Parameters
    ----------
    place
        A file or a folder.
    """
    if place is None or not place.exists():
        return ""
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    kept = [path for path in files if "__pycache__" not in path.parts]
    root = place.parent if place.is_file() else place
    return _joined({path.relative_to(root).as_posix(): file_hash(path) for path in kept})


def _joined(parts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
