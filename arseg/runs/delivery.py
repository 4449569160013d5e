"""One publication to all its places: the version's folder, then the targets, then the pointer.

The folder is the truth. A target that refuses stops the pointer, so that a run which failed changed nothing
that is in force; the version itself stands complete, and ``arseg publish`` finishes without a new run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arseg.runs.publication import Files, publish, published
from arseg.runs.targets.declared import keep_targets, open_targets

if TYPE_CHECKING:
    from arseg.runs.experiment import Experiment


def deliver(
    files: Files, *, experiment: Experiment, home: Path, version: str, facts: Mapping[str, Any], point: bool
) -> Path:
    """Publish files as one version in the folder and in every target of the experiment.

    Parameters
    ----------
    files
        Content, or the path of it, by relative name.
    experiment
        Whose publication it is, with its targets.
    home
        The home folder; the caller holds its lock.
    version
        Id of the version, from ``version_of``.
    facts
        What the manifest says about the version.
    point
        Whether it is put in force; a backfilled older month is not.

    Returns
    -------
    Path
        The version's folder.

    Raises
    ------
    DataError
        If the disk or a target refuses; what was in force is in force.
    """
    folder = published(home, experiment.name)
    declared = experiment.publication.databases

    def to_targets(target: Path) -> None:
        keep_targets(folder, declared)
        if declared:
            from arseg.runs.targets.carrying import carry

            carry(target, open_targets(declared, home), in_force=point)

    return publish(
        files, folder=folder, version=version, facts=facts, point=point, before_pointing=to_targets
    )


def require_targets(experiment: Experiment, home: Path) -> None:
    """Refuse, before a run spends hours, what its targets lack: a driver, an address, a path of their own.

    Raises
    ------
    UsageError
        Naming the target.
    """
    for target in open_targets(experiment.publication.databases, home):
        target.require_ready()
