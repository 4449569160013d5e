"""Run a run again from its record, beside the home, and compare every byte with what it published."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from arseg.ledger import read_ledger
from arseg.ledger.storing.earlier import restore_ledger
from arseg.runs.editions import SCORED_BY
from arseg.runs.experiment import Experiment, read_experiment
from arseg.runs.inputs import differences, read_inputs
from arseg.runs.journal import RECORD, Run, create_run, ledger_path, read_journal, run_folders
from arseg.runs.overrides import override_file
from arseg.runs.preparation import find_notebooks
from arseg.runs.publication import POINTER, published, read_manifest
from arseg.runs.staging import execute_stages
from arseg.runs.standing import last_event
from arseg.runs.version_folder import hash_of
from arseg.schema import ArsegError, DataError, UsageError

# What a run makes; everything else of a home is something that a run may be given.
_MADE: Final = ("data", "reports", "journal", "mlflow.db", "mlflow.db.lock", "mlartifacts")


@dataclass(frozen=True)
class Reproduction:
    """What came of running a run again.

    Parameters
    ----------
    run_id
        The run.
    version
        What it published.
    differing
        Published files that came out with other bytes, or not at all; and files that were not published.
    files
        How many files were compared.
    inputs
        What is another than then, in words.
    """

    run_id: str
    version: str
    differing: tuple[str, ...]
    files: int
    inputs: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether every byte is the same."""
        return not self.differing

    def to_json(self) -> str:
        """Return the result as one JSON object."""
        return json.dumps({**asdict(self), "equal": self.equal}, indent=1)


def reproduce(run_id: str, *, home: str | Path = ".") -> Reproduction:
    """Run a run again from its record, publish nothing, and compare each file with the one it published.

    Parameters
    ----------
    run_id
        Folder of the run in ``journal/``.
    home
        The home folder.

    Raises
    ------
    UsageError
        If there is no such run.
    DataError
        If it published nothing, its publication is damaged, the ledger's rows of then are gone, or a stage fails.
    """
    home = Path(home).resolve()
    folder = _folder(run_id, home)
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    experiment = Experiment.model_validate(record["experiment"])
    _refuse_changed(record, experiment)
    then = read_inputs(folder)
    version = last_event(read_journal(folder), "publish").get("version")
    if version is None:
        raise DataError(
            "the run published nothing", given=run_id, allowed="a run that published", do="see `arseg status`"
        )
    files = read_manifest(published(home, experiment.name) / "versions" / version)["files"]
    notebooks = find_notebooks(home, then["stages"])
    with tempfile.TemporaryDirectory(prefix=".again-", dir=home) as beside:
        run = _prepared(Path(beside), home, experiment, record, then)
        _scored_by(run, folder, home)
        inputs = [
            *differences(then, replace(run, home=home), notebooks),
            *_declared_otherwise(folder, record),
        ]
        execute_stages(run, notebooks, then["stages"])
        made = [path for path in run.to_publish.rglob("*") if path.is_file()]
        again = {path.relative_to(run.to_publish).as_posix(): hash_of(path) for path in made}
    names = sorted(files.keys() | again.keys())
    differing = tuple(name for name in names if files.get(name) != again.get(name))
    return Reproduction(run_id, version, differing, len(names), tuple(inputs))


def describe(found: Reproduction) -> str:
    """Return the result as lines of text."""
    if found.equal:
        said = f"{found.run_id}: all {found.files} files of {found.version} came out byte for byte"
    else:
        said = f"{found.run_id}: {len(found.differing)} of {found.files} files of {found.version} differ"
    return "\n".join(
        [said, *(f"  {name}" for name in found.differing), *(f"since then: {w}" for w in found.inputs)]
    )


def _folder(run_id: str, home: Path) -> Path:
    known = [folder.name for folder in run_folders(home)]
    if run_id not in known:
        raise UsageError(
            "there is no such run",
            given=run_id,
            allowed=", ".join(known[-3:]) or "no run yet",
            do="name a folder of journal/",
        )
    return home / "journal" / run_id


def _refuse_changed(record: Mapping[str, Any], experiment: Experiment) -> None:
    if experiment.experiment_hash != record["experiment_hash"]:
        raise DataError(
            "the run's record was changed",
            given=experiment.experiment_hash[:12],
            allowed=f"the experiment of {record['experiment_hash'][:12]}",
            do=f"put {RECORD} back from a copy",
        )


def _declared_otherwise(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """Say whether the experiment's file, where it is still there, declares something else than it did."""
    told = last_event(read_journal(folder), "start").get("experiment_file", "")
    if not told or not Path(told).is_file():
        return []
    try:
        now = read_experiment(told)
        same = Experiment.model_validate(now.resolved(dt.date.fromisoformat(record["key_date"])))
    except ArsegError:
        return ["the experiment's file can no longer be read"]
    changed = same.experiment_hash != record["experiment_hash"]
    return ["the experiment's file declares something else"] if changed else []


def _prepared(
    beside: Path, home: Path, experiment: Experiment, record: Mapping[str, Any], then: Mapping[str, Any]
) -> Run:
    """Return a fresh run in a home that shows what the old one showed then, and nothing later."""
    for place in home.iterdir():
        if place.name not in _MADE and place != beside:
            (beside / place.name).symlink_to(place)
    held = published(beside, experiment.name)
    (held / "versions").mkdir(parents=True)
    for version in then["published"]:
        (held / "versions" / version).symlink_to(published(home, experiment.name) / "versions" / version)
    if then["in_force"]:
        (held / POINTER).write_text(then["in_force"] + "\n", encoding="utf-8")
    _cut_overrides(override_file(home, experiment.name), override_file(beside, experiment.name), then)
    _put_ledger(ledger_path(home, experiment.ledger), ledger_path(beside, experiment.ledger), record, then)
    day = dt.date.fromisoformat(record["key_date"])
    return create_run(experiment, key_date=day, home=beside, ledger_hash=record["ledger_hash"])


def _put_ledger(path: Path, to: Path, record: Mapping[str, Any], then: Mapping[str, Any]) -> None:
    """Show the ledger as it is where it is still the same, else without what later loads added."""
    to.parent.mkdir(parents=True, exist_ok=True)
    if read_ledger(path).content_hash == record["ledger_hash"]:
        to.symlink_to(path)
    else:
        restore_ledger(path, then["ledger"], to=to)


def _cut_overrides(path: Path, to: Path, then: Mapping[str, Any]) -> None:
    """Copy the overrides of then: the record only grows, so they are its beginning."""
    if then["overrides_bytes"]:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(path.read_bytes()[: then["overrides_bytes"]])


def _scored_by(run: Run, folder: Path, home: Path) -> None:
    """Let a daily refresh be scored by the same edition, as it stands in the other home."""
    path = folder / "work" / f"{SCORED_BY}.json"
    if path.is_file():
        told = json.loads(path.read_text(encoding="utf-8"))
        told["edition"] = str(run.home / Path(told["edition"]).relative_to(home))
        run.save(SCORED_BY, told)
