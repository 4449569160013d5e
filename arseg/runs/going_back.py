"""Putting a version in force by hand: back to an earlier one, or on to one that a target stopped.

Both leave a line with who and why in ``journal/journal.jsonl`` before anything moves, and one after.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arseg.runs.journal import Act, note_by_hand
from arseg.runs.publication import current, rollback, whole_version
from arseg.runs.standing import published_folder
from arseg.runs.targets.declared import keep_targets, kept_targets, open_targets
from arseg.schema import ArsegError, DataError

if TYPE_CHECKING:
    from arseg.runs.publication_sections import Target as Declared


@dataclass(frozen=True)
class ByHand:
    """Who acts, and why, for the journal.

    Parameters
    ----------
    by
        Who; the account that runs arseg where empty.
    reason
        Why, in words.
    """

    by: str = ""
    reason: str = ""


def go_back(home: Path, experiment: str, *, to: str | None = None, hand: ByHand = ByHand()) -> Path:
    """Put an earlier version in force, in the folder and in every target that can be reached.

    A version is taken back because it is wrong, so a target that is down does not keep the others from it.

    Parameters
    ----------
    home
        The home folder; the caller holds its lock.
    experiment
        Its name, or its file.
    to
        Id of the version; the one before the version in force where None.
    hand
        Who acts, and why.

    Returns
    -------
    Path
        The folder of the version in force from now on.

    Raises
    ------
    UsageError
        If there is no such version.
    DataError
        If that version is damaged, the disk refuses, or, after all others went back, naming the targets that did not.
    """
    folder = published_folder(home, experiment)
    target = whole_version(folder, to)
    _note(home, "rollback", folder, target, hand, state="begun")
    rollback(folder, target.name)
    refusals = _carry_to_each(target, home, _declared(folder, experiment))
    left = [str(problem) for problem in refusals]
    _note(home, "rollback", folder, target, hand, state="done", **({"left": left} if left else {}))
    if refusals:
        raise DataError(
            f"{target.name} is in force in the folder, but not in every target: "
            + "; ".join(problem.what for problem in refusals),
            given="; ".join(problem.given for problem in refusals),
            allowed="targets that answer",
            do=f"mend that, then `arseg publish {folder.name}` brings them along",
            code="target_behind",
        )
    return target


def put_in_force(home: Path, experiment: str, *, version: str | None = None, hand: ByHand = ByHand()) -> Path:
    """Put a complete version in force everywhere, or nowhere; the way on after a target had stopped a run.

    Parameters
    ----------
    home
        The home folder; the caller holds its lock.
    experiment
        Its name, or its file, whose targets then count from now on.
    version
        Id of the version; the one in force where None, which brings targets along that are behind.
    hand
        Who acts, and why.

    Returns
    -------
    Path
        The version's folder.

    Raises
    ------
    UsageError
        If there is no such version.
    DataError
        If it is damaged, or the disk or a target refuses.
    """
    folder = published_folder(home, experiment)
    now = current(folder) if version is None else None
    target = whole_version(folder, now.name if now else version)
    declared = _declared(folder, experiment)
    _note(home, "put_in_force", folder, target, hand, state="begun")
    keep_targets(folder, declared)
    if declared:
        from arseg.runs.targets.carrying import carry

        carry(target, open_targets(declared, home))
    rollback(folder, target.name)
    _note(home, "put_in_force", folder, target, hand, state="done")
    return target


def _declared(folder: Path, experiment: str) -> list[Declared]:
    """Return the targets that the experiment's file declares, where it was named by it; else those kept."""
    if not experiment.endswith((".yaml", ".yml")):
        return kept_targets(folder)
    from arseg.runs.experiment import read_experiment

    return read_experiment(experiment).publication.databases


def _carry_to_each(target: Path, home: Path, declared: list[Declared]) -> list[ArsegError]:
    if not declared:
        return []
    from arseg.runs.targets.carrying import carry_to_each

    return carry_to_each(target, open_targets(declared, home))


def _note(home: Path, act: Act, folder: Path, target: Path, hand: ByHand, **more: object) -> None:
    note_by_hand(
        home,
        act,
        experiment=folder.name,
        version=target.name,
        by=hand.by or getpass.getuser(),
        reason=hand.reason,
        **more,
    )
