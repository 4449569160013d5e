"""Where a home stands: what is in force, and how its last run ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from arseg.runs.champion import champion_of
from arseg.runs.experiment import read_experiment
from arseg.runs.journal import read_journal, run_folders, today
from arseg.runs.lock import holder
from arseg.runs.publication import current, read_manifest, versions
from arseg.runs.targets.lagging import TargetStanding, stand_of_targets
from arseg.schema import DataError, UsageError
from arseg.schema.shown import Shown

State = Literal["done", "failed", "unfinished"]


@dataclass(frozen=True)
class Publication:
    """One experiment's publications.

    Parameters
    ----------
    experiment
        Its name.
    in_force
        The version in force; None where damaged or absent.
    facts
        What its manifest says.
    versions
        Ids of all.
    targets
        Where the databases stand that it is carried to.
    champion
        Which model scores the daily refresh, and until when.
    by_hand
        What a person did to it last, from the journal; empty where nobody did.
    """

    experiment: str
    in_force: str | None
    facts: dict[str, Any]
    versions: list[str]
    champion: str
    targets: list[TargetStanding] = field(default_factory=list)
    by_hand: dict[str, Any] = field(default_factory=dict)


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
    """What ``arseg status`` says: publications, the last run, and who holds the lock now."""

    publications: list[Publication]
    last_run: LastRun | None
    running: str | None = None

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
    by_hand = {
        event["experiment"]: event for event in read_journal(home / "journal") if "experiment" in event
    }
    return Standing(
        [
            replace(
                _publication(folder),
                targets=stand_of_targets(folder, home),
                by_hand=by_hand.get(folder.name, {}),
            )
            for folder in published_folders(home)
        ],
        _last(runs[-1]) if runs else None,
        holder(home),
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
    lines = [line for each in found.publications for line in _lines(each)] or ["nothing is published"]
    if found.running:
        lines.append(f"running: {found.running}")
    last = found.last_run
    if last is None:
        return "\n".join([*lines, "no run yet"])
    where = f" in {last.stage}" if last.state != "done" and last.stage else ""
    why = f": {last.problem}" if last.problem else ""
    return "\n".join([*lines, f"last run {last.run_id} of {last.experiment}: {last.state}{where}{why}"])


def _lines(each: Publication) -> list[str]:
    stale = f" STALE: {each.facts['stale']}" if each.facts.get("stale") else ""
    policy = each.facts.get("policy", "unknown")
    head = f"{each.experiment}: {each.in_force or 'nothing in force'} (policy {policy}, {len(each.versions)} versions)"
    targets = [f"  {one.target}: {one.problem or f'shows {one.in_force}'}" for one in each.targets]
    champion = f"; champion: {each.champion}" if each.champion else ""
    return [head + stale + champion, *targets, *_by_hand(each.by_hand)]


def _by_hand(event: dict[str, Any]) -> list[str]:
    if not event:
        return []
    reason = f": {event['reason']}" if event.get("reason") else ""
    unfinished = "" if event.get("state") == "done" else ", not finished"
    act = "went back to" if event["event"] == "rollback" else "put in force by hand:"
    return [f"  {act} {event['version']}, {event['by']}, {event['at'][:10]}{unfinished}{reason}"]


def _publication(folder: Path) -> Publication:
    try:
        target = current(folder)
        facts = read_manifest(target)["facts"] if target else {}
    except DataError:
        target, facts = None, {}
    in_force = target.name if target else None
    champion = _champion(folder.parents[2], folder.name)
    return Publication(folder.name, in_force, facts, versions(folder), champion)


def _champion(home: Path, experiment: str) -> str:
    """Say who scores daily, and whether the approval stands on the day on which one asks; empty where nobody does."""
    try:
        found = champion_of(home, experiment)
    except DataError as problem:
        return f"unknown: {problem.what} ({problem.given})"
    if found is None:
        return ""
    late = found.overdue(today())
    return late or f"{found.model} of {found.key_date}, approved by {found.approver} until {found.until}"


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
    """Return how the last attempt at a run ended by its journal; a killed one has no end."""
    ends: dict[str, State] = {"end": "done", "fail": "failed", "start": "unfinished"}
    states = [ends[event["event"]] for event in events if event["event"] in ends]
    return states[-1] if states else "unfinished"


def last_event(events: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the last event of that name; an empty one where there is none."""
    return next((event for event in reversed(events) if event["event"] == name), {})
