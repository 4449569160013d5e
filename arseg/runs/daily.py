"""The daily refresh: the champion scores the book as it stands today, and the same publication takes it.

Nothing is trained. What only a month-end can say stays in the last month-end's edition, which the page names.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from arseg.runs.champion import Champion, require_champion
from arseg.runs.editions import DAILY, SCORED_BY, WORK, last_month_end
from arseg.runs.experiment import Experiment, read_experiment
from arseg.runs.inputs import keep_inputs
from arseg.runs.journal import ledger_path
from arseg.runs.lock import exclusive
from arseg.runs.month_end import RunResult, conclude, journalled
from arseg.runs.preparation import DAILY_STAGES, find_notebooks, prepare_run
from arseg.runs.publication import published
from arseg.runs.staging import execute_stages
from arseg.runs.tracking import Tracker
from arseg.schema import DataError, UsageError


def score_day(
    path: str | Path, *, key_date: str | dt.date | None = None, home: str | Path = "."
) -> RunResult:
    """Score the book with the champion, assign, and publish the day's worklist.

    Parameters
    ----------
    path
        The experiment file.
    key_date
        The day to stand on; the last day that the ledger knows where None.
    home
        The home folder.

    Raises
    ------
    UsageError
        If there is no champion, the key date lies before the one that taught it, or the experiment publishes by another
        policy than was approved.
    DataError
        If the champion is past its approval and the experiment says ``daily: {when_overdue: stop}``, the ledger or a
        feature block is another than it was taught on, or a stage failed; the previous publication stays in force.
    BusyError
        If another run holds the home.
    """
    home = Path(home).resolve()
    experiment = read_experiment(path)
    notebooks = find_notebooks(home, DAILY_STAGES)
    with exclusive(home, f"arseg score {experiment.name}"):
        champion = require_champion(home, experiment.name)
        day = _day(home, experiment, key_date)
        _refuse_unfit(champion, day, experiment)
        run = prepare_run(experiment, key_date=day, home=home)
        run.save(SCORED_BY, _scored_by(champion, day, home))
        keep_inputs(run, notebooks, DAILY_STAGES)
        with journalled(run, path, **{WORK: DAILY}), Tracker(run) as tracker:
            execute_stages(run, notebooks, DAILY_STAGES)
            return conclude(run, tracker)


def overdue_by(result: RunResult) -> str:
    """Return by how much the champion of a refresh was past its approval, in words; empty while it stands."""
    from arseg.runs.publication import read_manifest

    return str(read_manifest(result.publication)["facts"].get("overdue", ""))


def _day(home: Path, experiment: Experiment, asked: str | dt.date | None) -> dt.date:
    from arseg.ledger import read_ledger

    ledger = read_ledger(ledger_path(home, experiment.ledger))
    return ledger.require_day(ledger.last_known if asked is None else asked)


def _refuse_unfit(champion: Champion, day: dt.date, experiment: Experiment) -> None:
    if day < champion.key_date:
        raise UsageError(
            "the champion has learnt from days after the key date",
            given=f"key date {day}",
            allowed=f"{champion.key_date} or later",
            do="score a later day, or promote the edition of an earlier month-end",
        )
    late = champion.overdue(day)
    if late and experiment.daily.when_overdue == "stop":
        raise DataError(
            "the champion is past its approval",
            given=late,
            allowed=f"a key date up to {champion.until}",
            do="run the month-end and promote its model, or let the experiment say `daily: {when_overdue: stamp}`",
            code="overdue",
        )


def _scored_by(champion: Champion, day: dt.date, home: Path) -> dict[str, Any]:
    """Return by whom the day is scored, for its stage; neither a clock nor a run's id is in it."""
    after = (day + dt.timedelta(days=1)).isoformat()
    month_end = last_month_end(published(home, champion.experiment), after)
    return {
        "edition": str(champion.edition(home)),
        "version": champion.version,
        "model": champion.model,
        "model_sha256": champion.model_sha256,
        "key_date": champion.key_date,
        "approver": champion.approver,
        "until": champion.until,
        "overdue": champion.overdue(day),
        "month_end": month_end.name if month_end else "",
        "lots_of": month_end.name[:10] if month_end else champion.key_date,
    }
