"""Show how far a run is: a bar on a terminal, one plain line per stage elsewhere, always on stderr."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Done = Callable[[str, float, int], None]


@contextlib.contextmanager
def shown(stages: Sequence[str], console: Console | None = None) -> Iterator[Done]:
    """Show the stages while they run.

    Parameters
    ----------
    stages
        Names, in order.
    console
        Where to show; stderr where None.

    Yields
    ------
    Callable
        To be called when a stage is done, with its name, seconds and largest memory in MiB.
    """
    console = console or Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        yield lambda stage, seconds, mib: console.print(_line(stage, seconds, mib))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(stages[0], total=len(stages))

        def done(stage: str, seconds: float, mib: int) -> None:
            progress.console.print(_line(stage, seconds, mib))
            following = list(stages[stages.index(stage) + 1 :]) or ["publish"]
            progress.update(task, advance=1, description=following[0])

        yield done


def _line(stage: str, seconds: float, mib: int) -> str:
    return f"{stage:<12} {seconds:6.1f} s {mib:6d} MiB"
