"""Where targets stand beside the folder: what they show, what they lack, and whether their rows are its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arseg.runs.publication import current, versions
from arseg.runs.targets.declared import kept_targets, open_targets
from arseg.schema import ArsegError

if TYPE_CHECKING:
    from arseg.runs.targets.database import Database, Target
    from arseg.runs.targets.filing import Held


@dataclass(frozen=True)
class TargetStanding:
    """One target of an experiment.

    Parameters
    ----------
    target
        How it is spoken of.
    in_force
        The version that its views show; None where there is none, or it cannot be asked.
    versions
        How many it holds.
    problem
        Where it lags behind the folder, or why it cannot be asked; empty where it does not.
    """

    target: str
    in_force: str | None
    versions: int
    problem: str


def stand_of_targets(folder: Path, home: Path) -> list[TargetStanding]:
    """Ask every target of an experiment what it shows; one that does not answer is not waited for.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    home
        The home folder.
    """
    found = []
    try:
        for declared in kept_targets(folder):
            found += [_stand(folder, target) for target in open_targets([declared], home)]
    except ArsegError as problem:
        found.append(TargetStanding("targets", None, 0, f"{problem.what} ({problem.given})"))
    return found


def target_faults(folder: Path, home: Path) -> list[str]:
    """Return where a target differs from the folder, one sentence each: behind, or other rows.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    home
        The home folder.
    """
    problems = [
        f"{folder.name}: {stand.target}: {stand.problem}"
        for stand in stand_of_targets(folder, home)
        if stand.problem
    ]
    if problems:
        return problems
    for target in open_targets(kept_targets(folder), home):
        try:
            with target.open(write=False) as database:
                problems += [
                    f"{folder.name}: {target.described}: {fault}"
                    for fault in _faults(folder, target, database)
                ]
        except ArsegError as problem:
            problems.append(f"{folder.name}: {target.described}: {problem.what} ({problem.given})")
    return problems


def _stand(folder: Path, target: Target) -> TargetStanding:
    from arseg.runs.targets.filing import held_of

    try:
        with target.open(write=False, patient=False) as database:
            held = held_of(database, target.place, folder.name)
    except ArsegError as problem:
        return TargetStanding(target.described, None, 0, f"cannot be asked: {problem.given}")
    return TargetStanding(target.described, held.in_force, len(held.versions), _lag(folder, held))


def _lag(folder: Path, held: Held) -> str:
    try:
        pointed = current(folder)
    except ArsegError:
        return "the folder has no version in force to compare with"
    wanted = pointed.name if pointed else None
    if held.in_force == wanted:
        return ""
    side = "is ahead" if held.in_force and (wanted is None or held.in_force > wanted) else "lags behind"
    return f"{side}: it shows {held.in_force or 'nothing'}, the folder {wanted or 'nothing'}"


def _faults(folder: Path, target: Target, database: Database) -> Iterator[str]:
    """Compare all rows of every version that both hold."""
    from arseg.runs.targets.filing import held_of, rows_held
    from arseg.runs.targets.rows import content_of, plain_rows
    from arseg.runs.targets.tables import VIEWED

    held = held_of(database, target.place, folder.name)
    whole = set(versions(folder))
    yield from (
        f"holds {version}, which the folder has not" for version in sorted(held.versions.keys() - whole)
    )
    for version in sorted(held.versions.keys() & whole):
        content = content_of(folder / "versions" / version)
        shown = version == held.in_force
        for table in VIEWED:
            there = rows_held(database, target.place, table, (folder.name, version), in_force=shown)
            if sorted(map(repr, there)) != sorted(map(repr, plain_rows(content.tables[table.name]))):
                yield f"{version}: the rows of {table.name} are not those of the folder"
