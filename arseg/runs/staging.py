"""Execute the stages of a run, one kernel at a time, or take up a run where an earlier attempt stopped."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from arseg.runs.journal import RECORD, Run, note, run_folders
from arseg.runs.kept_stage import Shelf
from arseg.runs.notebook import code_cells, execute
from arseg.runs.plain import write_plain
from arseg.runs.preparation import STAGES
from arseg.runs.progress import Shown, shown
from arseg.runs.stage_hash import stage_hashes
from arseg.schema import UsageError

# What two attempts must share to be one run; where the home stands and when they began is not among it.
_SAME: Final = ("experiment_hash", "key_date", "ledger_hash")


@dataclass(frozen=True)
class TakeUp:
    """Where a run begins.

    Parameters
    ----------
    resume
        Whether stages that an earlier attempt ended, and that would come out the same, are left out.
    first
        The stage from which all are executed, whatever was kept; implies ``resume``.
    """

    resume: bool = False
    first: str | None = None

    @property
    def wanted(self) -> bool:
        """Whether an earlier attempt is looked for."""
        return self.resume or self.first is not None


FROM_THE_START: Final = TakeUp()


def stage_named(asked: str, stages: Iterable[str] = STAGES) -> str:
    """Return the stage that is meant: its name, its number, or the word behind it.

    Raises
    ------
    UsageError
        If there is no such stage.

    Examples
    --------
    >>> [stage_named(asked) for asked in ("05_backtest", "05", "backtest")]
    ['05_backtest', '05_backtest', '05_backtest']
    """
    names = list(stages)
    for name in names:
        if asked in (name, *name.split("_", 1)):
            return name
    raise UsageError(
        "there is no such stage", given=asked, allowed=", ".join(names), do="name the stage to begin with"
    )


def take_up(fresh: Run) -> Run:
    """Return the last attempt at the very same run, or the fresh one where there was none.

    Parameters
    ----------
    fresh
        The run as it has just been prepared; its folder is removed where an earlier one takes its place.
    """
    asked = _record(fresh.folder)
    for folder in reversed(run_folders(fresh.home)):
        told = _record(folder)
        if folder == fresh.folder or not told or _asked(told) != _asked(asked):
            continue
        shutil.rmtree(fresh.folder)
        run = replace(fresh, run_id=folder.name, folder=folder)
        # The home may have moved since.
        write_plain(run.record, asked | {"run_id": run.run_id})
        return run
    return fresh


def execute_stages(
    run: Run,
    notebooks: Path,
    stages: Sequence[str] = STAGES,
    *,
    begin: TakeUp = FROM_THE_START,
) -> None:
    """Execute the stages in order, and seal what each leaves.

    Parameters
    ----------
    run
        The run.
    notebooks
        The folder of the stage notebooks.
    stages
        Names, in order.
    begin
        Which stages are left out.

    Raises
    ------
    UsageError
        If the stage to begin with needs an earlier one that cannot be left out.
    DataError
        If a stage failed, naming notebook and cell.
    """
    hashes = stage_hashes(run, notebooks, stages)
    shelf = Shelf(run)
    skipped = _skipped(shelf, hashes, run.reports, begin) if begin.wanted else []
    with shown(stages) as shows:
        for stage in stages:
            if stage in skipped:
                note(run, "stage_skip", stage=stage, hash=hashes[stage])
                shows.skipped(stage)
        for stage in stages[len(skipped) :]:
            shelf.unseal(stage)
        for stage in stages[len(skipped) :]:
            _execute(run, shelf, notebooks / f"{stage}.ipynb", hashes[stage], shows)


def _execute(run: Run, shelf: Shelf, notebook: Path, stage_hash: str, shows: Shown) -> None:
    """Execute one stage, with its journal: hash, seconds, memory, and what ended it where it failed."""
    stage = notebook.stem
    note(run, "stage_start", stage=stage, hash=stage_hash)
    began = time.monotonic()
    parameters = {"config": str(run.record), "run_id": run.run_id}
    output = run.reports / notebook.name
    shows.start(stage, code_cells(notebook))
    try:
        limits = run.experiment.limits
        took = execute(notebook, output, parameters, cwd=run.home, limits=limits, on_cell=shows.cell)
    except BaseException as problem:
        facts = {"stage": stage, "hash": stage_hash, "seconds": round(time.monotonic() - began, 3)}
        note(run, "stage_fail", **facts, type=type(problem).__name__, message=str(problem))
        raise
    shelf.seal(stage, stage_hash, output)
    facts = {"stage": stage, "hash": stage_hash, "seconds": round(took.seconds, 3)}
    note(run, "stage_end", **facts, peak_mib=took.peak_mib)
    shows.done(stage, took.seconds, took.peak_mib)


def _skipped(shelf: Shelf, hashes: dict[str, str], outputs: Path, begin: TakeUp) -> list[str]:
    """Return the stages to leave out, with the work folder as the last of them left it."""
    stages = list(hashes)
    until = stages.index(begin.first) if begin.first else len(stages)
    skipped, why = [], ""
    for stage in stages[:until]:
        why = shelf.kept(stage, hashes[stage], outputs / f"{stage}.ipynb")
        if why:
            break
        skipped.append(stage)
    while skipped and (damaged := shelf.restore(skipped[-1])):
        why = damaged
        skipped.pop()
    if begin.first and len(skipped) < until:
        needed = stages[len(skipped)]
        raise UsageError(
            f"stage {begin.first} needs {needed}, which cannot be left out",
            given=why,
            allowed=f"{needed} as an earlier attempt at this very run left it",
            do="run with --resume instead, which executes what must be",
        )
    return skipped


def _record(folder: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told


def _asked(record: Mapping[str, Any]) -> list[object]:
    """Return what two attempts must share; what a stage may take is not among it."""
    declared = {key: value for key, value in dict(record.get("experiment") or {}).items() if key != "limits"}
    return [declared, *(record.get(key) for key in _SAME)]
