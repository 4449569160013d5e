"""What stands against an experiment's publication today: alarms of its run, the model's age, the review that is due."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arseg.runs.editions import in_force_before
from arseg.runs.journal import read_journal, run_folders
from arseg.runs.model_card import CARD
from arseg.runs.publication import current, published, versions
from arseg.runs.review import review_due, review_file
from arseg.runs.standing import last_event
from arseg.schema import DataError

if TYPE_CHECKING:
    import pandas as pd

    from arseg.runs.month_end import RunResult

TABLE: Final = "monitor.parquet"


@dataclass(frozen=True)
class Watched:
    """What monitoring says of a publication on a day.

    Parameters
    ----------
    version
        The month-end's publication whose months were watched.
    alarms
        In words; the exit code of ``arseg monitor`` is 1 where there is one.
    watched, unjudged
        How many series were compared with their past, and how many have too little of it.
    review
        When the next review is due, and by whom the last was held.
    """

    version: str
    alarms: tuple[str, ...]
    watched: int
    unjudged: int
    review: str

    def to_json(self) -> str:
        """Return it as one JSON object."""
        return json.dumps(asdict(self), indent=1)


def stand_of(home: Path, experiment: str, day: dt.date) -> Watched:
    """Return what stands against the publication in force.

    Parameters
    ----------
    home
        The home folder.
    experiment
        Its name.
    day
        The day on which one asks.

    Raises
    ------
    DataError
        If nothing is in force, or it was published without monitoring.
    """
    folder = published(home, experiment)
    # A daily refresh watches nothing: the last month-end did.
    watched = (held for held, _ in in_force_before(folder) if (held / TABLE).is_file())
    edition, latest = next(watched, None), current(folder)
    if edition is None or latest is None:
        raise DataError(
            "the publication in force says nothing of what was watched",
            given=latest.name if latest else "nothing in force",
            allowed=f"a publication with {TABLE}",
            do=f"run the experiment {experiment}",
        )
    table = _read(edition / TABLE)
    since = _first_published(home, experiment) or dt.date.fromisoformat(versions(folder)[0][:10])
    due = review_due(review_file(home, experiment), since=since, day=day)
    words = _review_in_words(due["due"], due["overdue"], due["last"])
    found = [*_drifted(table), *_too_old(latest, day), *([words] if due["overdue"] else [])]
    judged = int(table["p"].notna().sum())
    return Watched(edition.name, tuple(found), judged, len(table) - judged, words)


def alarms_after(result: RunResult, home: Path) -> tuple[str, ...]:
    """Return what stands against what a run published: its own alarms, or all that ``arseg monitor`` says of it.

    Parameters
    ----------
    result
        What the run left behind; where a later key date stays in force, only its own alarms are told.
    home
        The home folder.
    """
    if not result.in_force:
        return result.alarms
    # On its key date: a run of last year's books is not reproached with this year's calendar.
    return stand_of(home, result.experiment, result.key_date).alarms


def describe(found: Watched) -> str:
    """Return it as lines of text."""
    head = f"{found.version}: {found.watched} series watched, {found.unjudged} with too little past"
    lines = [f"ALARM {alarm}" for alarm in found.alarms] or ["no alarm"]
    return "\n".join([head, *lines, found.review])


def _first_published(home: Path, experiment: str) -> dt.date | None:
    """Return the day on which a run first published it, by the journal; a backfill's key dates are long past."""
    for folder in run_folders(home):
        events = read_journal(folder)
        if last_event(events, "start").get("experiment") == experiment and last_event(events, "publish"):
            return dt.date.fromisoformat(last_event(events, "publish")["at"][:10])
    return None


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(path)


def _drifted(table: pd.DataFrame) -> list[str]:
    from arseg.runs.monitoring import alarms_of

    return alarms_of(table)


def _too_old(edition: Path, day: dt.date) -> list[str]:
    card = edition / CARD
    if not card.is_file():
        return []
    until = dt.date.fromisoformat(json.loads(card.read_text(encoding="utf-8"))["valid_until"])
    late = (day - until).days
    return [f"model: it could be used until {until}, {late} days ago"] if late > 0 else []


def _review_in_words(due: dt.date, overdue: int, last: dict[str, str] | None) -> str:
    held = f"last by {last['by']} on {last['on']}: {last['note']}" if last else "none was held yet"
    return f"review: OVERDUE by {overdue} days, {held}" if overdue else f"review: due {due}, {held}"
