"""The record of a run: what happened and when, what it was asked, and what its stages hand on.

The journal alone reads the wall clock, and the journal with the stages' sentinels decides success:
an executed notebook says "completed" for every cell after its kernel was killed (reliability, fact 1).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from arseg.runs.durable import append_synced
from arseg.runs.experiment import Experiment
from arseg.runs.memory import peak_mib
from arseg.runs.plain import write_plain
from arseg.schema import DataError, UsageError
from arseg.schema.shown import Shown

Stage = Literal["stage_start", "stage_end", "stage_skip", "stage_fail"]
Event = Stage | Literal["start", "publish", "alarm", "print", "track", "fail", "end"]
Act = Literal["rollback", "put_in_force"]

RECORD: Final = "run.json"
# Names the record of the run that notebooks join when they are opened by hand.
RECORD_VARIABLE: Final = "ARSEG_RUN"

_RUN_ID: Final = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{6}")
_WORK_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Run(Shown):
    """One run, as a stage notebook sees it.

    Parameters
    ----------
    run_id
        Unique; it never enters a published byte.
    folder
        ``journal/<run_id>`` of the home.
    home
        The home folder.
    experiment
        What the run was asked to do.
    key_date
        The day on which the run stands.
    ledger_hash
        Content hash of the ledger when the run began.
    """

    run_id: str
    folder: Path
    home: Path
    experiment: Experiment
    key_date: dt.date
    ledger_hash: str

    @property
    def record(self) -> Path:
        """The file that ``open_run`` reads."""
        return self.folder / RECORD

    @property
    def ledger_path(self) -> Path:
        """The ledger's file."""
        return ledger_path(self.home, self.experiment.ledger)

    @property
    def playbook(self) -> str | Path:
        """The playbook's name, or its path."""
        return self.experiment.playbook_in(self.home)

    @property
    def blocks_folder(self) -> Path | None:
        """The folder with the experiment's own feature blocks, where it names one."""
        return self.experiment.blocks_in(self.home)

    @property
    def cache(self) -> Path:
        """Where histories and features are kept from run to run."""
        return self.home / "data" / "cache"

    @property
    def reports(self) -> Path:
        """Where the run's executed notebooks and its page stand."""
        return self.home / "reports" / self.experiment.name / self.key_date.isoformat()

    @property
    def work(self) -> Path:
        """Where stages leave what later stages need; it exists."""
        return _made(self.folder / "work")

    @property
    def to_publish(self) -> Path:
        """Where the last stage leaves the files to publish; it exists."""
        return _made(self.work / "publish")

    def save(self, name: str, value: Any) -> Path:
        """Leave a frame (as Parquet) or plain data (as JSON) for later stages.

        Parameters
        ----------
        name
            Lower case letters, digits and underscores.
        value
            A pandas frame, or lists, dicts, texts, finite numbers, days.

        Raises
        ------
        DataError
            If the value cannot be kept without loss, such as NaN in plain data.
        """
        if hasattr(value, "to_parquet"):
            path = self._work_path(name, "parquet")
            aside = path.with_suffix(".tmp")
            value.to_parquet(aside)
            aside.replace(path)
            return path
        path = self._work_path(name, "json")
        write_plain(path, value)
        return path

    def load(self, name: str) -> Any:
        """Return what an earlier stage saved under that name.

        Raises
        ------
        DataError
            If nothing was saved under it.
        """
        frame, plain = self._work_path(name, "parquet"), self._work_path(name, "json")
        if frame.is_file():
            import pandas as pd

            return pd.read_parquet(frame)
        if plain.is_file():
            return json.loads(plain.read_text(encoding="utf-8"))
        held = sorted(path.stem for path in self.work.iterdir())
        raise DataError(
            f"no earlier stage saved {name!r}",
            given=name,
            allowed=", ".join(held) or "nothing yet",
            do="run the earlier stages first",
        )

    def sentinel(self, stage: str) -> Path:
        """Return the file that says that the stage reached its end."""
        return self.folder / "finished" / f"{stage}.json"

    def finish(self, stage: str) -> None:
        """Say that the stage reached its end; the last cell of its notebook calls this.

        Parameters
        ----------
        stage
            Name of the notebook without its suffix, such as ``01_ledger``.
        """
        _made(self.folder / "finished")
        write_plain(self.sentinel(stage), {"run_id": self.run_id, "peak_mib": peak_mib()})

    def _work_path(self, name: str, suffix: str) -> Path:
        if not _WORK_NAME.fullmatch(name):
            raise UsageError(
                "a stage's name for its result is not allowed",
                given=repr(name),
                allowed="lower case letters, digits and underscores",
                do="rename it",
            )
        return self.work / f"{name}.{suffix}"


def create_run(experiment: Experiment, *, key_date: dt.date, home: Path, ledger_hash: str = "") -> Run:
    """Give a run its id, its folder and its record.

    Parameters
    ----------
    experiment
        What the run is asked to do.
    key_date
        The day on which it stands.
    home
        The home folder.
    ledger_hash
        Content hash of the ledger.
    """
    home = home.resolve()
    experiment = Experiment.model_validate(experiment.resolved(key_date))
    run_id = f"{_now():%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}"
    run = Run(run_id, home / "journal" / run_id, home, experiment, key_date, ledger_hash)
    run.folder.mkdir(parents=True)
    content = {
        "run_id": run_id,
        "home": str(home),
        "experiment": experiment.resolved(key_date),
        "experiment_hash": experiment.experiment_hash,
        "key_date": key_date.isoformat(),
        "ledger_hash": ledger_hash,
    }
    write_plain(run.record, content)
    return run


def open_run(config: str = "", run_id: str = "") -> Run:
    """Open the run that a notebook belongs to.

    Parameters
    ----------
    config
        Path of ``run.json``; the one that ``arseg lab`` prepared where empty.
    run_id
        Id that the record must carry; any where empty.

    Raises
    ------
    UsageError
        If there is no such run, or it is another one.
    """
    path = config or os.environ.get(RECORD_VARIABLE, "")
    if not path or not Path(path).is_file():
        raise UsageError(
            "this notebook belongs to no run",
            given=path or "no config",
            allowed="the run.json of a run",
            do="open it with `arseg lab EXPERIMENT`, or execute it with `arseg run EXPERIMENT`",
        )
    record = json.loads(Path(path).read_text(encoding="utf-8"))
    if run_id not in ("", record["run_id"]):
        raise UsageError(
            "the record is of another run", given=record["run_id"], allowed=run_id, do="pass its own run id"
        )
    return Run(
        run_id=record["run_id"],
        folder=Path(path).resolve().parent,
        home=Path(record["home"]),
        experiment=Experiment.model_validate(record["experiment"]),
        key_date=dt.date.fromisoformat(record["key_date"]),
        ledger_hash=record["ledger_hash"],
    )


def ledger_path(home: Path, name: str) -> Path:
    """Return the file of the ledger of that name."""
    return home / "data" / "ledger" / f"{name}.duckdb"


def note(run: Run, event: Event, **facts: object) -> None:
    """Append one event, with its time, to the run's journal and wait until the disk has it."""
    _append(run.folder, event, facts)


def note_by_hand(home: Path, act: Act, **facts: object) -> None:
    """Append what a person did to publications outside of any run; ``read_journal(home / "journal")`` tells it."""
    _append(_made(home / "journal"), act, facts)


def _append(folder: Path, event: str, facts: Mapping[str, object]) -> None:
    line = {"at": _now().isoformat(timespec="milliseconds"), "event": event, **facts}
    content = (json.dumps(line, default=str, ensure_ascii=True) + "\n").encode()
    append_synced(folder / "journal.jsonl", content)


def read_journal(folder: Path) -> list[dict[str, Any]]:
    """Return the events of a run in order; a line cut short by a crash is left out."""
    path = folder / "journal.jsonl"
    events = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            events.append(json.loads(line))
        except ValueError:
            continue
    return events


def run_folders(home: Path) -> list[Path]:
    """Return the folders of all runs of a home, oldest first."""
    return sorted(path for path in (home / "journal").glob("*-*") if _RUN_ID.fullmatch(path.name))


def today() -> dt.date:
    """Return the day on which a person acts, where they do not say it."""
    return _now().date()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
