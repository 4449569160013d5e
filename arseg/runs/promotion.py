"""Make the model and policy of a published month-end the champion: compared, approved by name, until a day.

The only way to a champion. What is recorded is what the approver could know: how the candidate did beside the champion
it replaces, who approved it and why, until when, and digests of exactly the bytes that were approved.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arseg.policies.overrides import checked_text
from arseg.runs.champion import (
    PROMOTED,
    Champion,
    champion_of,
    champion_record,
    digests_of,
)
from arseg.runs.editions import last_month_end
from arseg.runs.journal import open_run, read_journal, run_folders, today
from arseg.runs.learnt_from import LEARNT
from arseg.runs.lock import exclusive
from arseg.runs.model_card import CARD
from arseg.runs.publication import published, verify, versions
from arseg.runs.sections import Part
from arseg.runs.tracking import store_uri
from arseg.runs.untold import Untold, keep, tell
from arseg.schema import DataError, UsageError, parse_day

if TYPE_CHECKING:
    from arseg.runs.journal import Run

SELECTION: Final = "selection"


@dataclass(frozen=True)
class Approval:
    """Who approves a promotion, why, on which day, and until when.

    Parameters
    ----------
    approver, reason
        In words.
    until
        The last day on which the champion may score.
    on
        The day of the approval; the day on which it is recorded where None.
    despite
        Whether it is approved although it is worse than the champion, beyond chance.
    """

    approver: str
    reason: str
    until: str | dt.date
    on: str | dt.date | None = None
    despite: bool = False


@dataclass(frozen=True)
class Promoted:
    """What a promotion left behind.

    Parameters
    ----------
    champion, replaces
        The champion, and the one it replaced; None for the first.
    record
        The file in which the promotion stands.
    untold
        Why MLflow was not told; empty where it was. The next run that files itself there tells it, or ``arseg upload``.
    """

    champion: Champion
    replaces: Champion | None
    record: Path
    untold: str

    def to_json(self) -> str:
        """Return it as one JSON object."""
        return json.dumps(asdict(self), default=str, indent=1)


def promote(
    experiment: str, approval: Approval, *, run_id: str | None = None, version: str | None = None, home: Path
) -> Promoted:
    """Make the model and policy of an edition the champion.

    Parameters
    ----------
    experiment
        Its name.
    approval
        Who, why and until when.
    run_id, version
        Which edition, by the run that published it or by its version; the last month-end in force where both are None.
    home
        The home folder.

    Raises
    ------
    UsageError
        If there is no such edition, a word is missing, or a day does not fit.
    DataError
        If the edition or the record is damaged, the run's own record is gone, or the candidate is worse than the
        champion beyond chance and the approval does not say so.
    BusyError
        If another run holds the home.
    """
    home = home.resolve()
    with exclusive(home, f"arseg promote {experiment}"):
        edition, run = _candidate(home, experiment, run_id=run_id, version=version)
        before = champion_of(home, experiment)
        champion = _approved(approval, edition, run)
        champion = replace(champion, comparison=_compared(run, before, home))
        _refuse_worse(champion, approval)
        record = champion_record(home, experiment)
        record.add(_event(champion, run, before))
        waits = Untold(experiment, store_uri(run), run.experiment.tracking.name or experiment)
        keep(home, waits)
        return Promoted(champion, before, record.path, tell(home, waits))


def list_promotions(home: Path, experiment: str, *, as_json: bool = False) -> list[str]:
    """Return all promotions of an experiment, oldest first, as lines.

    Parameters
    ----------
    home
        The home folder.
    experiment
        Its name.
    as_json
        Whether each line is the record's own object.

    Raises
    ------
    DataError
        If the record is not what was written.
    """
    events = champion_record(home, experiment).events()
    if as_json:
        return [json.dumps(event, sort_keys=True) for event in events]
    lines = [
        f"{each['on']}: {each['model']} of {each['key_date']}, edition {each['version']}, by {each['approver']}"
        f" until {each['until']}: {each['reason']}"
        for each in events
    ]
    return lines or ["nobody was promoted"]


def _candidate(home: Path, experiment: str, *, run_id: str | None, version: str | None) -> tuple[Path, Run]:
    """Return the edition to promote, every byte as it was published, and the run that published it."""
    folder = published(home, experiment)
    runs = _publishing_runs(home, experiment)
    if run_id is not None:
        version = next((held for held, own in runs.items() if own == run_id), None)
    elif version is None:
        target = last_month_end(folder)
        version = target.name if target else None
    if version is None or version not in versions(folder):
        raise UsageError(
            "there is no such edition to promote",
            given=run_id or version or "nothing in force",
            allowed=", ".join(versions(folder)) or "none",
            do="run the month-end, or name an edition with --run or --version",
        )
    problems = verify(folder, version)
    if problems:
        raise DataError(
            f"version {version} is damaged",
            given="; ".join(problems[:3]),
            allowed="the bytes that were published",
            do="promote another edition",
        )
    edition = folder / "versions" / version
    if not (edition / LEARNT).is_file():
        raise DataError(
            f"version {version} does not say what its model was taught on",
            given="an edition of an earlier arseg",
            allowed=f"an edition with {LEARNT}",
            do="run the month-end again and promote that",
        )
    return edition, _run_of(home, runs, version)


def _publishing_runs(home: Path, experiment: str) -> dict[str, str]:
    """Return the run that last published each version of an experiment."""
    found: dict[str, str] = {}
    for folder in run_folders(home):
        events = read_journal(folder)
        if any(each["event"] == "start" and each.get("experiment") == experiment for each in events):
            found |= {each["version"]: folder.name for each in events if each["event"] == "publish"}
    return found


def _run_of(home: Path, runs: dict[str, str], version: str) -> Run:
    record = home / "journal" / runs.get(version, "") / "run.json"
    if version not in runs or not record.is_file():
        raise DataError(
            "the record of the run that published it is gone",
            given=version,
            allowed="a version whose run stands in journal/",
            do="run that key date again: the same inputs give the same version",
        )
    run = open_run(str(record))
    if not (run.work / f"{SELECTION}.json").is_file():
        raise UsageError(
            "that edition taught no model of its own",
            given=version,
            allowed="the edition of a month-end",
            do="name one with --version",
        )
    return run


def _approved(approval: Approval, edition: Path, run: Run) -> Champion:
    """Return the champion without its comparison, if the approval is whole and its days fit."""
    approver, reason = (
        checked_text(word, name=f"promotion: {name}")
        for name, word in (("approver", approval.approver), ("reason", approval.reason))
    )
    on = today() if approval.on is None else parse_day(approval.on, name="on")
    until = parse_day(approval.until, name="until")
    valid = parse_day(json.loads((edition / CARD).read_text(encoding="utf-8"))["valid_until"])
    if not run.key_date < until <= valid:
        raise UsageError(
            "the approval ends on a day that does not fit",
            given=f"until {until}",
            allowed=f"after the key date {run.key_date}, and no later than the card's {valid}",
            do="give a day in between; the experiment's training.valid_days decides on the last one",
        )
    model, signed = digests_of(edition)
    named = run.load(SELECTION)["model"]
    return Champion(
        run.experiment.name,
        edition.name,
        named,
        model,
        signed,
        run.key_date,
        approver,
        reason,
        on,
        until,
        {},
    )


def _compared(run: Run, before: Champion | None, home: Path) -> dict[str, Any]:
    from arseg.runs.comparing import Champ, compare_with

    if before is None:
        return compare_with(run, None)
    declared = champion_record(home, before.experiment).events()[-1]["declared"]
    part = Part.model_validate(declared)
    return compare_with(run, Champ(part, before.edition(home) / "model", before.key_date))


def _refuse_worse(champion: Champion, approval: Approval) -> None:
    told = champion.comparison
    if told.get("verdict") == "worse" and not approval.despite:
        raise DataError(
            "the candidate is worse than what it would replace",
            given=f"{told['in_words']}, against {told['against']}",
            allowed="one that is better, or not told apart",
            do="keep the champion, or say --despite if there is a reason",
            code="worse",
        )


def _event(champion: Champion, run: Run, before: Champion | None) -> dict[str, Any]:
    plain = json.loads(json.dumps(asdict(champion), default=str))
    plain["on"] = plain.pop("promoted_on")
    declared = run.load(SELECTION)["chosen"]
    return {
        **plain,
        "event": PROMOTED,
        "run_id": run.run_id,
        "declared": declared,
        "experiment_hash": run.experiment.experiment_hash,
        "ledger_hash": run.ledger_hash,
        "replaces": before.version if before else None,
    }
