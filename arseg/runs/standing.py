"""Where a home stands: what is in force, and how its last run ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from arseg.runs.experiment import read_experiment
from arseg.runs.journal import read_journal, run_folders
from arseg.runs.publication import current, read_manifest, versions
from arseg.schema import DataError, UsageError
from arseg.schema.shown import Shown

State = Literal["done", "failed", "unfinished"]


@dataclass(frozen=True)
class Publication:
    """One experiment's publications: version in force (None where damaged or absent), facts, all versions."""

    experiment: str
    in_force: str | None
    facts: dict[str, Any]
    versions: list[str]


@dataclass(frozen=True)
class LastRun:
    """The last run: its id, how it ended, and in which stage it stopped and why, where it did."""

    run_id: str
    experiment: str
    state: State
    stage: str
    problem: str


@dataclass(frozen=True)
class Standing(Shown):
    """What ``arseg status`` says."""

    publications: list[Publication]
    last_run: LastRun | None

    def to_json(self) -> str:
        """Return it as one JSON object."""
        return json.dumps(asdict(self), indent=1)


def standing(home: Path) -> Standing:
    """Read where the home stands; nothing is written.

    Parameters
    ----------
    home
        The home folder.
    """
    # A run that `arseg lab` prepared for notebooks has no events: nobody started it.
    runs = [folder for folder in run_folders(home) if read_journal(folder)]
    return Standing(
        [_publication(folder) for folder in published_folders(home)], _last(runs[-1]) if runs else None
    )


def published_folders(home: Path) -> list[Path]:
    """Return the folders of all experiments that published, by name."""
    held = home / "data" / "published"
    return sorted(path for path in held.glob("*") if (path / "versions").is_dir())


def published_folder(home: Path, experiment: str) -> Path:
    """Return the folder of an experiment's publications, named or given as its file.

    Raises
    ------
    UsageError
        If nothing is published under that name.
    """
    name = read_experiment(experiment).name if experiment.endswith((".yaml", ".yml")) else experiment
    folders = {folder.name: folder for folder in published_folders(home)}
    if name not in folders:
        raise UsageError(
            "nothing is published under that name",
            given=name,
            allowed=", ".join(folders) or "none",
            do="run the experiment first",
        )
    return folders[name]


def describe(found: Standing) -> str:
    """Return the standing as lines of text."""
    lines = [
        f"{each.experiment}: {each.in_force or 'nothing in force'}"
        f" (policy {each.facts.get('policy', 'unknown')}, {len(each.versions)} versions)"
        f"{_stale(each.facts)}"
        for each in found.publications
    ] or ["nothing is published"]
    last = found.last_run
    if last is None:
        return "\n".join([*lines, "no run yet"])
    where = f" in {last.stage}" if last.state != "done" and last.stage else ""
    why = f": {last.problem}" if last.problem else ""
    return "\n".join([*lines, f"last run {last.run_id} of {last.experiment}: {last.state}{where}{why}"])


def _stale(facts: dict[str, Any]) -> str:
    return f" STALE: {facts['stale']}" if facts.get("stale") else ""


def _publication(folder: Path) -> Publication:
    try:
        target = current(folder)
        facts = read_manifest(target)["facts"] if target else {}
    except DataError:
        target, facts = None, {}
    return Publication(folder.name, target.name if target else None, facts, versions(folder))


def _last(folder: Path) -> LastRun:
    """Read how a run ended from its journal; a killed one has no end."""
    events = read_journal(folder)
    return LastRun(
        run_id=folder.name,
        experiment=last_event(events, "start").get("experiment", ""),
        state=state_of(events),
        stage=last_event(events, "stage_start").get("stage", ""),
        problem=last_event(events, "fail").get("message", ""),
    )


def state_of(events: list[dict[str, Any]]) -> State:
    """Return how a run ended by its journal; a killed one has no end."""
    ends: dict[str, State] = {"end": "done", "fail": "failed"}
    states = [ends[event["event"]] for event in events if event["event"] in ends]
    return states[-1] if states else "unfinished"


def last_event(events: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the last event of that name; an empty one where there is none."""
    return next((event for event in reversed(events) if event["event"] == name), {})
