"""What a run asks of its ledger's history, which it keeps anyway: its own key date's snapshot, and much else at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from arseg.ledger import read_ledger, take_snapshots
from arseg.ledger.held_open import held_open

if TYPE_CHECKING:
    from arseg.ledger import Snapshot
    from arseg.runs.journal import Run

Made = TypeVar("Made")


def holding_history(stage: Callable[[Run], Made]) -> Callable[[Run], Made]:
    """Have a stage hold the ledger's history open while it works, for all that it asks of it; it lets go behind.

    Parameters
    ----------
    stage
        What a stage notebook calls with its run.
    """

    @wraps(stage)
    def holding(run: Run) -> Made:
        with held_open(read_ledger(run.ledger_path), run.cache):
            return stage(run)

    return holding


@contextmanager
def own_snapshot(run: Run, *, known_by: dt.date | None = None) -> Iterator[Snapshot]:
    """Give what was known on the key date, and free it behind.

    A snapshot of its own would make the history of every invoice again, each time that a stage asks the ledger.

    Parameters
    ----------
    run
        The run.
    known_by
        An earlier day after which nothing more became known; the key date where None.
    """
    with (
        take_snapshots(read_ledger(run.ledger_path), [run.key_date], cache=run.cache) as snapshots,
        snapshots.on(run.key_date, known_by=known_by) as snapshot,
    ):
        yield snapshot
