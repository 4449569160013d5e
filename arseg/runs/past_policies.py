"""The policies of an experiment compared over past key dates: four questions, one page, and nothing published.

A run does the same as one of its stages, for the last mature month-ends; this is for whom other months are in question.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arseg.runs.answering import answer_questions, saved_answers, table_names
from arseg.runs.assigning import declared_policies, published_policy
from arseg.runs.experiment import read_experiment
from arseg.runs.learning import made
from arseg.runs.lock import exclusive
from arseg.runs.preparation import prepare_run
from arseg.schema import UsageError
from arseg.schema.days import parse_key_dates

if TYPE_CHECKING:
    from arseg.backtest import BacktestResult
    from arseg.ledger import Ledger
    from arseg.report import Findings
    from arseg.runs.journal import Run

TABLES: Final = ("measures", "accuracy", "calibration", "rows")


@dataclass(frozen=True)
class Compared:
    """What a comparison left behind.

    Parameters
    ----------
    experiment
        Its name.
    key_dates
        Those that could be judged, oldest first.
    in_force
        The policy that the others are compared with.
    verdicts
        Whether history can speak of each policy, in a sentence each.
    notes
        What was left out, and why.
    report
        The page.
    tables
        Folder of the published tables, Parquet.
    """

    experiment: str
    key_dates: tuple[dt.date, ...]
    in_force: str
    verdicts: tuple[str, ...]
    notes: tuple[str, ...]
    report: Path
    tables: Path

    def to_json(self) -> str:
        """Return it as one JSON object."""
        return json.dumps(asdict(self), default=str, indent=1)


def compare_policies(
    path: str | Path,
    *,
    first: str | None = None,
    last: str | None = None,
    key_date: str | dt.date | None = None,
    home: str | Path = ".",
) -> Compared:
    """Compare the policies of an experiment over past key dates, and leave a page and its tables.

    Parameters
    ----------
    path
        The experiment file.
    first, last
        Months, ``2025-01``; the experiment's number of last mature month-ends where both are None.
    key_date
        The day whose knowledge judges; as for a run where None.
    home
        The home folder.

    Raises
    ------
    UsageError
        If the experiment or a month is wrong, or only one of the months is given.
    DataError
        If no key date can be judged.
    BusyError
        If another run holds the home.
    """
    home = Path(home).resolve()
    experiment = read_experiment(path)
    months = _months(first, last)
    with exclusive(home, f"arseg backtest {experiment.name}"):
        run = prepare_run(experiment, key_date=key_date, home=home)
        return _looked_back(run, months)


def _looked_back(run: Run, months: Sequence[dt.date]) -> Compared:
    """Compare the policies on these month-ends, or on the last mature ones where there are none."""
    from arseg.backtest import contest
    from arseg.runs.stages import default_key_dates, open_walk

    walk = open_walk(run)
    models = [made(part) for part in (run.experiment.model, *run.experiment.baselines)]
    result = contest(
        walk,
        declared_policies(run),
        {repr(model): model for model in models},
        observed_on=run.key_date,
        key_dates=months or default_key_dates(run, walk),
    )
    for name in TABLES:
        run.save(name, getattr(result, name))
    unknown = answer_questions(run, walk, result)
    return _written(run, walk.ledger, result, unknown)


def _months(first: str | None, last: str | None) -> tuple[dt.date, ...]:
    if first is None and last is None:
        return ()
    if first is None or last is None:
        raise UsageError(
            "only one end of the months is given",
            given=f"--from {first} --to {last}",
            allowed="both, or neither",
            do="write --from 2025-01 --to 2025-06",
        )
    return parse_key_dates(f"{first}/{last}")


def _written(run: Run, ledger: Ledger, result: BacktestResult, unknown: Sequence[str]) -> Compared:
    """Write the page and the tables, each whole or not at all, and say what they hold."""
    from arseg.report import render_page, summarise
    from arseg.report.summary import TEAR_SHEET_BANDS
    from arseg.report.tearsheet import write_whole

    span = f"{result.key_dates[0]:%Y-%m}_{result.key_dates[-1]:%Y-%m}"
    folder = run.home / "reports" / run.experiment.name / f"backtest_{span}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys((*TABLES, *table_names(run))):
        aside = folder / f".{name}.part"
        run.load(name).to_parquet(aside, index=False)
        aside.replace(folder / f"{name}.parquet")
    findings = _findings(run, ledger, result, unknown)
    page = summarise(findings, bands=TEAR_SHEET_BANDS, heading="Backtest")
    report = write_whole(folder / "index.html", render_page(page))
    verdicts = tuple(_verdict(row) for row in run.load("verdicts").to_dict("records"))
    return Compared(
        run.experiment.name,
        tuple(result.key_dates),
        result.in_force,
        verdicts or tuple(unknown),
        tuple(result.notes),
        report,
        folder,
    )


def _findings(run: Run, ledger: Ledger, result: BacktestResult, unknown: Sequence[str]) -> Findings:
    """Return what the page needs."""
    from arseg.report import Findings
    from arseg.runs.edition import headline_only

    answers, limits = saved_answers(run)
    changed = answers["counterfactual"]
    return Findings(
        title=run.experiment.title or run.experiment.name,
        experiment=run.experiment.name,
        key_date=run.key_date,
        currency=ledger.currency,
        policy=repr(published_policy(run)),
        in_force=result.in_force,
        measures=result.measures,
        accuracy=result.accuracy,
        calibration=result.calibration,
        counterfactual=headline_only(changed["counterfactual"]),
        verdicts=changed["verdicts"],
        notes=tuple(result.notes),
        identification="; ".join(unknown),
        key_dates=tuple(result.key_dates),
        answers=answers,
        answer_notes=limits,
    )


def _verdict(row: dict[str, object]) -> str:
    known = "identified" if row["identified"] else f"not identified: {row['reasons']}"
    return f"{row['policy']}: {known}"
