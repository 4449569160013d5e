"""Past month-ends, run one after the other, each as if it were then: what was known by its key date and nothing else.

Every month is a run of its own, with its journal, its report and its publication; months that were published from the
same ledger, experiment and version of arseg are passed over, so that a backfill that was stopped goes on where it was.
An older month never takes the place of a later one that is in force.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import arseg
from arseg.runs.editions import DAILY, WORK
from arseg.runs.experiment import Experiment, read_experiment
from arseg.runs.journal import ledger_path
from arseg.runs.month_end import RunResult, run_experiment
from arseg.runs.publication import published, read_manifest, versions
from arseg.schema import DataError, UsageError
from arseg.schema.days import parse_key_dates

if TYPE_CHECKING:
    from arseg.ledger import Ledger

RAN: Final = "published"
PASSED: Final = "passed over"


@dataclass(frozen=True)
class Month:
    """One month-end of a backfill: its key date, its version, and whether it was run or passed over."""

    key_date: dt.date
    version: str
    done: str


@dataclass(frozen=True)
class Backfilled:
    """What a backfill did, oldest month first, and which version is in force after it."""

    experiment: str
    months: tuple[Month, ...]
    in_force: str | None

    def to_json(self) -> str:
        """Return it as one JSON object."""
        return json.dumps(asdict(self), default=str, indent=1)


def backfill(
    path: str | Path,
    *,
    first: str,
    last: str,
    home: str | Path = ".",
    progress: Callable[[Month, int, int], None] = lambda *_: None,
) -> Backfilled:
    """Run every month-end from one month to another, in order.

    Parameters
    ----------
    path
        The experiment file.
    first, last
        Months, ``2025-01``.
    home
        The home folder.
    progress
        Called with each month when it is done, its number and how many there are.

    Raises
    ------
    UsageError
        If a month is wrong or the ledger cannot speak of it, or the experiment counts cash after the key date.
    DataError
        If a month fails; those before it are published, and the next backfill passes over them.
    BusyError
        If another run holds the home.
    """
    from arseg.ledger import read_ledger

    home = Path(home).resolve()
    experiment = read_experiment(path)
    ledger = read_ledger(ledger_path(home, experiment.ledger))
    days = _days(experiment, ledger, first, last)
    folder = published(home, experiment.name)
    months = []
    for number, day in enumerate(days, start=1):
        held = published_already(folder, experiment, day, ledger.content_hash)
        month = Month(day, held, PASSED) if held else _ran(path, day, home)
        months.append(month)
        progress(month, number, len(days))
    return Backfilled(experiment.name, tuple(months), _in_force(folder))


def published_already(folder: Path, experiment: Experiment, day: dt.date, ledger_hash: str) -> str:
    """Return the version that a run of the same ledger, experiment and arseg published for the day; empty where none did.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    experiment
        What would be run.
    day
        The key date.
    ledger_hash
        Of the ledger.
    """
    asked = {
        "arseg": arseg.__version__,
        "experiment_hash": experiment.experiment_hash,
        "ledger_hash": ledger_hash,
    }
    for version in versions(folder):
        if version[:10] != day.isoformat():
            continue
        try:
            facts = read_manifest(folder / "versions" / version)["facts"]
        except DataError:
            continue
        if facts.get(WORK) != DAILY and asked.items() <= facts.items():
            return version
    return ""


def _ran(path: str | Path, day: dt.date, home: Path) -> Month:
    result: RunResult = run_experiment(path, key_date=day, home=home)
    return Month(day, result.version, RAN)


def _days(experiment: Experiment, ledger: Ledger, first: str, last: str) -> Sequence[dt.date]:
    if experiment.provision.subsequent_collections:
        raise UsageError(
            "this experiment counts cash that came after the key date",
            given="provision: {subsequent_collections: true}",
            allowed="false: a past month may see nothing that came later",
            do="backfill with an experiment that leaves it out",
        )
    days = parse_key_dates(f"{first}/{last}")
    return [ledger.require_day(day) for day in days]


def _in_force(folder: Path) -> str | None:
    from arseg.runs.publication import current

    target = current(folder)
    return target.name if target else None
