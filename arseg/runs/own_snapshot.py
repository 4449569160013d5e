"""The snapshot of a run's own key date, as a filter on the ledger's history that the run keeps anyway."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from arseg.ledger import read_ledger, take_snapshots

if TYPE_CHECKING:
    from arseg.ledger import Snapshot
    from arseg.runs.journal import Run


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
