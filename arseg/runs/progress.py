"""Show how far a run is: a bar per stage on a terminal, one plain line per stage elsewhere, always on stderr."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Shown(Protocol):
    """What a run tells of its progress."""

    def start(self, stage: str, cells: int) -> None:
        """Say that a stage starts, which has so many cells."""

    def cell(self) -> None:
        """Say that the stage's next cell starts."""

    def done(self, stage: str, seconds: float, mib: int) -> None:
        """Say that a stage is done, in how many seconds and with how much memory in MiB."""

    def skipped(self, stage: str) -> None:
        """Say that a stage is left out, as an earlier attempt has ended it."""


@contextlib.contextmanager
def shown(stages: Sequence[str], console: Console | None = None) -> Iterator[Shown]:
    """Show the stages while they run.

    Parameters
    ----------
    stages
        Names, in order.
    console
        Where to show; stderr where None.

    Yields
    ------
    Shown
        To be told what happens.
    """
    console = console or Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        yield _Bars(progress, stages)


class _Lines:
    """One line per stage, when it is done."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def start(self, stage: str, cells: int) -> None:
        """Say nothing."""

    def cell(self) -> None:
        """Say nothing."""

    def done(self, stage: str, seconds: float, mib: int) -> None:
        self._console.print(_line(stage, seconds, mib))

    def skipped(self, stage: str) -> None:
        self._console.print(_kept(stage))


class _Bars:
    """A bar over all stages, and one over the cells of the stage that runs."""

    def __init__(self, progress: Progress, stages: Sequence[str]) -> None:
        self._progress = progress
        self._all = progress.add_task("stages", total=len(stages))
        self._stage: TaskID | None = None

    def start(self, stage: str, cells: int) -> None:
        self._stage = self._progress.add_task(stage, total=cells, completed=-1)

    def cell(self) -> None:
        if self._stage is not None:
            self._progress.advance(self._stage)

    def done(self, stage: str, seconds: float, mib: int) -> None:
        self._end(_line(stage, seconds, mib))

    def skipped(self, stage: str) -> None:
        self._end(_kept(stage))

    def _end(self, line: str) -> None:
        self._progress.console.print(line)
        self._progress.advance(self._all)
        if self._stage is not None:
            self._progress.remove_task(self._stage)
            self._stage = None


def _line(stage: str, seconds: float, mib: int) -> str:
    return f"{stage:<12} {seconds:6.1f} s {mib:6d} MiB"


def _kept(stage: str) -> str:
    return f"{stage:<12} kept from the attempt before"
