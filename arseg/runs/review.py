"""The quarterly review: who looked at the model and its alarms, when, and what they found."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

from arseg.policies.overrides import checked_text
from arseg.runs.sealed_record import SealedRecord

# A quarter and a week: who reviews on the same weekday of every thirteenth week is never late.
EVERY_DAYS: Final = 98


def review_file(home: Path, experiment: str) -> Path:
    """Return where the reviews of an experiment stand."""
    return home / "data" / "reviews" / f"{experiment}.jsonl"


def add_review(path: Path, *, by: str, note: str, on: dt.date) -> dict[str, Any]:
    """Write a review down, and wait until the disk has it.

    Parameters
    ----------
    path
        From ``review_file``.
    by, note
        Who reviewed, and what was found.
    on
        The day of the review.

    Raises
    ------
    UsageError
        If ``by`` or ``note`` is empty, or an earlier review is of a later day.
    DataError
        If an earlier line is not what was written.
    """
    event = {
        "event": "review",
        "by": checked_text(by, name="review: by"),
        "note": checked_text(note, name="review: note"),
        "on": on.isoformat(),
    }
    _record(path).add(event)
    return event


def review_due(path: Path, *, since: dt.date, day: dt.date) -> dict[str, Any]:
    """Return when the next review is due, and by whom the last one was held.

    Parameters
    ----------
    path
        From ``review_file``.
    since
        The key date of the first publication, from which the first quarter counts.
    day
        The day on which one asks; later reviews do not count.

    Returns
    -------
    dict
        ``last`` (the event, or None), ``due`` (a day), ``overdue`` (days, 0 where it is not).
    """
    held = [event for event in _record(path).events() if event["on"] <= day.isoformat()]
    last = held[-1] if held else None
    due = (dt.date.fromisoformat(last["on"]) if last else since) + dt.timedelta(days=EVERY_DAYS)
    return {"last": last, "due": due, "overdue": max(0, (day - due).days)}


def _record(path: Path) -> SealedRecord:
    return SealedRecord(path, "reviews", "record another review")
