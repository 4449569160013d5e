"""Carrying a version to every target: all of them take the rows before one of them commits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from arseg.runs.targets.database import PASSING, Database, Target
from arseg.runs.targets.filing import file_version
from arseg.runs.targets.retrying import retried
from arseg.runs.targets.rows import Content, content_of
from arseg.schema import ArsegError, DataError


def carry(version: Path, targets: Sequence[Target], *, in_force: bool = True) -> None:
    """File a version in every target, or in none; what was filed before is left as it is.

    Every target is written to and none committed until all have taken the rows; then one after the other
    commits. What is left to chance is a target that fails in its own commit: it is tried again, and named.

    Parameters
    ----------
    version
        ``data/published/<experiment>/versions/<version>``, complete.
    targets
        From ``open_targets``.
    in_force
        Whether their views show it from now on; a backfilled older month leaves them alone.

    Raises
    ------
    DataError
        Naming the target that refused, and those that show the version all the same.
    """
    if not targets:
        return
    content = content_of(version)
    done: list[str] = []
    with ExitStack() as stack:
        staged = []
        for target in targets:
            try:
                staged.append((target, retried(partial(_stage, stack, target, content, in_force))))
            except DataError as problem:
                raise _not_carried(content, target, problem, done) from None
        for target, database in staged:
            try:
                _commit(database, target, content, in_force)
            except DataError as problem:
                raise _not_carried(content, target, problem, done) from None
            done.append(target.described)


def carry_to_each(version: Path, targets: Sequence[Target]) -> list[ArsegError]:
    """Put a version in force in every target that can be reached, and return the refusals of the others.

    Parameters
    ----------
    version
        The version's folder, complete.
    targets
        From ``open_targets``.
    """
    refusals: list[ArsegError] = []
    for target in targets:
        try:
            carry(version, [target])
        except ArsegError as problem:
            refusals.append(problem)
    return refusals


def _stage(stack: ExitStack, target: Target, content: Content, in_force: bool) -> Database:  # noqa: FBT001
    """Write to a target without committing; it is closed at once where it refuses, else with the stack."""
    with ExitStack() as own:
        database = own.enter_context(target.open(write=True))
        file_version(database, target.place, content, in_force=in_force)
        stack.push(own.pop_all())
    return database


def _commit(database: Database, target: Target, content: Content, in_force: bool) -> None:  # noqa: FBT001
    try:
        database.commit()
    except DataError as problem:
        if problem.code != PASSING:
            raise
        # Its answer may be all that was lost: what it did shows when it is filed again.
        retried(partial(_at_once, target, content, in_force))


def _at_once(target: Target, content: Content, in_force: bool) -> None:  # noqa: FBT001
    with target.open(write=True) as database:
        file_version(database, target.place, content, in_force=in_force)
        database.commit()


def _not_carried(content: Content, target: Target, problem: DataError, done: Sequence[str]) -> DataError:
    elsewhere = f", though {' and '.join(done)} shows it" if done else ""
    return DataError(
        f"version {content.version} was not carried to {target.described}{elsewhere}: {problem.what}",
        given=problem.given,
        allowed=problem.allowed,
        do=f"{problem.do}; `arseg publish {content.experiment} --version {content.version}` then finishes"
        " without a new run, and until it does the version before stays in force",
        code=problem.code,
    )
