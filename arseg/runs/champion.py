"""The champion of an experiment: the published model and policy that daily runs score with, and who said so.

It is named by the home's own record, ``data/champions/<experiment>.jsonl``, and by nothing else: neither an alias in
MLflow nor a copied file makes one. The record holds digests of the edition that was approved, so that no byte of its
model can be exchanged afterwards.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from arseg.runs.publication import published, read_manifest, verify
from arseg.runs.sealed_record import SealedRecord
from arseg.schema import DataError, UsageError, parse_day

MODEL: Final = "model"
PROMOTED: Final = "promote"


@dataclass(frozen=True)
class Champion:
    """The model and policy that a person approved, until a day.

    Parameters
    ----------
    experiment
        Its name.
    version
        The publication that holds the model.
    model
        As it is written.
    model_sha256, edition_sha256
        Of the model's file, and of the edition's manifest.
    key_date
        The day whose knowledge taught it.
    approver, reason
        Who approved it and why.
    promoted_on, until
        The day of the approval, and the last day on which it may score.
    comparison
        What it was compared with, and how that came out.
    """

    experiment: str
    version: str
    model: str
    model_sha256: str
    edition_sha256: str
    key_date: dt.date
    approver: str
    reason: str
    promoted_on: dt.date
    until: dt.date
    comparison: dict[str, Any]

    def edition(self, home: Path) -> Path:
        """Return the folder of the edition that was approved."""
        return published(home, self.experiment) / "versions" / self.version

    def overdue(self, day: dt.date) -> str:
        """Return by how much a day lies past the approval, in words; empty while it stands."""
        late = (day - self.until).days
        if late <= 0:
            return ""
        days = f"{late} day{'' if late == 1 else 's'}"
        return f"OVERDUE: {self.model} is approved until {self.until}; {day} is {days} later"


def champion_record(home: Path, experiment: str) -> SealedRecord:
    """Return the record of an experiment's promotions."""
    path = home / "data" / "champions" / f"{experiment}.jsonl"
    return SealedRecord(path, holds="champions", instead="promote another edition with `arseg promote`")


def champion_of(home: Path, experiment: str) -> Champion | None:
    """Return the champion of an experiment; None where nobody was ever promoted.

    Parameters
    ----------
    home
        The home folder.
    experiment
        Its name.

    Raises
    ------
    DataError
        If the record is not what was written.
    """
    events = champion_record(home, experiment).events()
    if not events:
        return None
    last = events[-1]
    return Champion(
        experiment,
        last["version"],
        last["model"],
        last["model_sha256"],
        last["edition_sha256"],
        parse_day(last["key_date"], name="key_date"),
        last["approver"],
        last["reason"],
        parse_day(last["on"], name="on"),
        parse_day(last["until"], name="until"),
        last["comparison"],
    )


def require_champion(home: Path, experiment: str) -> Champion:
    """Return the champion, every byte of its edition as it was approved.

    Raises
    ------
    UsageError
        If there is none.
    DataError
        If the record or the edition is not what was approved.
    """
    found = champion_of(home, experiment)
    if found is None:
        raise UsageError(
            f"{experiment} has no champion",
            given="no promotion in data/champions",
            allowed="a published model that a person approved",
            do=f"run the month-end, read its page, and `arseg promote {experiment} --approver ... --reason ... --until ...`",
            code="no_champion",
        )
    folder = found.edition(home)
    problems = verify(published(home, experiment), found.version)
    if not problems and digests_of(folder) != (found.model_sha256, found.edition_sha256):
        problems = ["it was published again with other bytes"]
    if problems:
        raise DataError(
            f"the champion's edition {found.version} is not what was approved",
            given="; ".join(problems[:3]),
            allowed="the bytes that were promoted",
            do="put the version back from a copy, or promote another",
            code="champion_changed",
        )
    return found


def digests_of(edition: Path) -> tuple[str, str]:
    """Return the SHA-256 of an edition's model and that of its manifest's content.

    Raises
    ------
    DataError
        If the manifest is damaged or the edition carries no model.
    """
    read_manifest(edition)
    signed = json.loads((edition / "manifest.json").read_text(encoding="utf-8"))["manifest_sha256"]
    model = edition / MODEL / "model.json"
    if not model.is_file():
        raise DataError(
            "the edition carries no model",
            given=edition.name,
            allowed="a month-end's edition",
            do="name the version of a month-end",
        )
    return hashlib.sha256(model.read_bytes()).hexdigest(), signed
