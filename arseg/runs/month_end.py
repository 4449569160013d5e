"""The month-end run: seven notebooks, one publication, and a journal that says what happened.

Nothing is published before every stage has reached its end; until the pointer moves, the previous
publication stays in force.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import arseg
from arseg.runs.contents import write_contents
from arseg.runs.delivery import deliver, require_targets
from arseg.runs.experiment import read_experiment
from arseg.runs.inputs import keep_inputs
from arseg.runs.journal import Run, note
from arseg.runs.lock import exclusive
from arseg.runs.preparation import STAGES, find_notebooks, prepare_run
from arseg.runs.publication import current, published, version_of
from arseg.runs.staging import FROM_THE_START, TakeUp, execute_stages, take_up
from arseg.runs.tracking import Tracker
from arseg.schema import DataError
from arseg.schema.shown import Shown

REPORT: Final = "index.html"
WORKLIST: Final = "worklist.csv"
# Tables with the names of people or customers, which MLflow is not told.
NAMED: Final = frozenset({"worklist", "overrides"})


@dataclass(frozen=True)
class RunResult(Shown):
    """What a run left behind.

    Parameters
    ----------
    run_id
        Folder of the run in ``journal/``.
    experiment
        Name of the experiment.
    key_date
        The day on which it stood.
    version
        Id of the publication.
    publication
        Its folder.
    in_force
        Whether ``CURRENT`` names it; a key date before the one in force is published but not pointed to.
    report
        The page to read.
    worklist
        The file to work from.
    tracked
        The MLflow run, model version and store, or None where MLflow did not take the run.
    alarms
        What is unlike the months before, in words; it stops no publication.
    """

    run_id: str
    experiment: str
    key_date: dt.date
    version: str
    publication: Path
    in_force: bool
    report: Path
    worklist: Path
    tracked: Mapping[str, Any] | None
    alarms: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the result as one JSON object."""
        return json.dumps(asdict(self), default=str, indent=1)


def run_experiment(
    path: str | Path,
    *,
    key_date: str | dt.date | None = None,
    home: str | Path = ".",
    begin: TakeUp = FROM_THE_START,
) -> RunResult:
    """Train, backtest, publish and report what an experiment declares.

    Parameters
    ----------
    path
        The experiment file.
    key_date
        The day to stand on; the experiment's where None, else the last month-end that the ledger knows.
    home
        The folder with ``data/``, ``reports/`` and ``journal/``.
    begin
        Which stages of an earlier attempt at the same run are left out; none by default.

    Raises
    ------
    UsageError
        If the experiment, the key date or the notebooks are wrong.
    DataError
        If the ledger or a stage failed; the previous publication stays in force.
    BusyError
        If another run holds the home.
    """
    home = Path(home).resolve()
    experiment = read_experiment(path)
    notebooks = find_notebooks(home)
    require_targets(experiment, home)
    with exclusive(home, f"arseg run {experiment.name}"):
        run = prepare_run(experiment, key_date=key_date, home=home)
        run = take_up(run) if begin.wanted else run
        keep_inputs(run, notebooks, STAGES)
        with journalled(run, path), Tracker(run) as tracker:
            execute_stages(run, notebooks, STAGES, begin=begin)
            return conclude(run, tracker)


@contextlib.contextmanager
def journalled(run: Run, path: str | Path, **facts: object) -> Iterator[None]:
    """Journal that a run of an experiment file starts, and how it fails where it does."""
    started = {"experiment": run.experiment.name, "key_date": run.key_date, "experiment_file": str(path)}
    note(run, "start", **started, **facts)
    try:
        yield
    except BaseException as problem:
        note(run, "fail", type=type(problem).__name__, message=str(problem))
        # A failed run is visible beside the others; what stopped it matters more than this list.
        with contextlib.suppress(Exception):
            write_contents(run.home, run.experiment.report.language)
        raise


def report_folder(run: Run) -> Path:
    """Return where the run's executed notebooks and its page stand."""
    return run.reports


def conclude(run: Run, tracker: Tracker) -> RunResult:
    """Publish what the last stage left, then show, track and close the run."""
    _refuse_changed_ledger(run)
    publication = _publish(run)
    report = report_folder(run) / run.load("tracking").get("report", REPORT)
    report.parent.mkdir(parents=True, exist_ok=True)
    aside = report.with_name(f".{report.name}.part")
    aside.write_bytes((publication / REPORT).read_bytes())
    aside.replace(report)
    _print(run, report)
    tracked = track_edition(run, tracker, publication)
    alarms = _alarms(run)
    note(run, "end", version=publication.name)
    write_contents(run.home, run.experiment.report.language)
    return RunResult(
        run_id=run.run_id,
        experiment=run.experiment.name,
        key_date=run.key_date,
        version=publication.name,
        publication=publication,
        in_force=current(publication.parent.parent) == publication,
        report=report,
        worklist=publication / WORKLIST,
        tracked=tracked,
        alarms=alarms,
    )


def track_edition(run: Run, tracker: Tracker, publication: Path) -> Mapping[str, Any] | None:
    """File the experiment with what the last stage told, the fitted model, and the report.

    Parameters
    ----------
    run
        The run, its edition published.
    tracker
        Started before.
    publication
        The edition's folder.

    Returns
    -------
    Mapping or None
        The MLflow run and model version, or None where the request went to the spool.
    """
    report = publication / REPORT
    told = run.load("tracking")
    model = run.work / told.get("model", "model")
    ended = sorted(run.sentinel("any").parent.glob("*.json"))
    return tracker.track(
        parameters={**run.experiment.resolved(run.key_date), **told.get("parameters", {})},
        metrics=told.get("metrics", {}),
        artifacts={
            "": [report],
            "figures": [run.work / name for name in told.get("artifacts", ())],
            "tables": [path for path in sorted(publication.glob("*.parquet")) if path.stem not in NAMED],
            "notebooks": [run.reports / f"{path.stem}.ipynb" for path in ended],
        },
        data_hash=run.ledger_hash,
        model_folder=model if model.is_dir() else None,
    )


def _alarms(run: Run) -> tuple[str, ...]:
    """Journal what monitoring found; a stage that did not watch found nothing."""
    if not (run.work / "alarms.json").is_file():
        return ()
    found = run.load("alarms")
    if found["alarms"]:
        note(run, "alarm", **found)
    return tuple(found["alarms"])


def _publish(run: Run) -> Path:
    left = sorted(path for path in run.to_publish.rglob("*") if path.is_file())
    files = {path.relative_to(run.to_publish).as_posix(): path for path in left}
    if not {REPORT, WORKLIST} <= files.keys():
        raise DataError(
            "the last stage left too little to publish",
            given=", ".join(files) or "nothing",
            allowed=f"{REPORT}, {WORKLIST} and more",
            do=f"write them to {run.to_publish}",
        )
    folder = published(run.home, run.experiment.name)
    # The page names its version, so the stage that drew it says which; any other is made from the files.
    version = run.load("tracking").get("version") or version_of(run.key_date.isoformat(), files)
    in_force: Path | None = None
    # A damaged pointer is replaced by this run's.
    with contextlib.suppress(DataError):
        in_force = current(folder)
    # A backfilled older month never takes the place of a later one unasked.
    point = in_force is None or in_force.name[:10] <= run.key_date.isoformat()
    target = deliver(
        files,
        experiment=run.experiment,
        home=run.home,
        version=version,
        facts=_facts(run),
        point=point,
    )
    carried = [each.described for each in run.experiment.publication.databases]
    note(run, "publish", version=version, pointed=point, **({"targets": carried} if carried else {}))
    return target


def _facts(run: Run) -> dict[str, str]:
    told = run.load("tracking")
    return told.get("facts", {}) | {
        "arseg": arseg.__version__,
        "experiment": run.experiment.name,
        "experiment_hash": run.experiment.experiment_hash,
        "key_date": run.key_date.isoformat(),
        "ledger": run.experiment.ledger,
        "ledger_hash": run.ledger_hash,
        "policy": run.experiment.publish,
        "stale": told.get("stale", ""),
    }


def _print(run: Run, report: Path) -> None:
    """Print the page beside itself where the experiment asks for it; that there is no browser fails no run."""
    if run.experiment.report.pdf:
        from arseg.report.pdf import print_pdf

        note(run, "print", problem=print_pdf(report, report.with_suffix(".pdf")))


def _refuse_changed_ledger(run: Run) -> None:
    from arseg.ledger import read_ledger

    now = read_ledger(run.ledger_path).content_hash
    if now != run.ledger_hash:
        raise DataError(
            "the ledger was loaded again while the run read it",
            given=now[:12],
            allowed=run.ledger_hash[:12],
            do="run again",
        )
