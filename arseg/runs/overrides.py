"""The record of overrides: one line of JSON each, only ever added to, each line sealed with those before.

``data/overrides/<experiment>.jsonl`` of the home survives every run. A line that was changed, removed or
put between others breaks a seal, and reading the record says so.
"""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import replace
from pathlib import Path
from typing import Any

from arseg.policies.overrides import Override, checked_text
from arseg.runs.publication import current
from arseg.runs.sealed_record import SealedRecord
from arseg.schema import UsageError, parse_day


def override_file(home: Path, experiment: str) -> Path:
    """Return where the overrides of an experiment stand."""
    return home / "data" / "overrides" / f"{experiment}.jsonl"


def read_overrides(path: Path) -> list[Override]:
    """Return all overrides ever made, in their order, each with the day of its withdrawal if there was one.

    A last line that was cut short by a crash was never confirmed and is left out.

    Raises
    ------
    DataError
        If a line is not what was written.
    """
    made: list[Override] = []
    for event in _record(path).events():
        if event["event"] == "withdraw":
            place = _standing_place(made, event["customer_id"])
            assert place is not None, "the seal holds, so the line was checked when it was written"
            made[place] = replace(made[place], withdrawn_on=dt.date.fromisoformat(event["on"]))
        else:
            made.append(_override(event))
    return made


def add_override(path: Path, override: Override) -> None:
    """Add an override, and wait until the disk has it.

    Raises
    ------
    DataError
        If an earlier line is not what was written.
    UsageError
        If an earlier line is of a later day.
    """
    _record(path).add(
        {
            "event": "override",
            "customer_id": override.customer_id,
            "segment": override.segment,
            "reason": override.reason,
            "by": override.by,
            "on": override.made_on.isoformat(),
            "until": override.until.isoformat(),
        },
    )


def withdraw_override(path: Path, customer_id: str, *, reason: str, by: str, on: dt.date) -> Override:
    """Withdraw the customer's override from a day on, and return it as it now stands.

    Parameters
    ----------
    path
        ``override_file`` of an experiment.
    customer_id
        The debtor.
    reason
        Why, in words.
    by
        Who decided.
    on
        The day from which it no longer counts.

    Raises
    ------
    DataError
        If an earlier line is not what was written.
    UsageError
        If the customer has no override on that day, a word is missing, or an earlier line is of a later day.
    """
    made = read_overrides(path)
    place = _standing_place(made, customer_id)
    if place is None or not made[place].stands_on(on):
        standing = {each.customer_id for each in made if each.stands_on(on)}
        raise UsageError(
            "the customer has no override to withdraw",
            given=f"{customer_id} on {on}",
            allowed=", ".join(sorted(standing)[:5]) or "none stands",
            do="list them with --list",
        )
    event = {"event": "withdraw", "customer_id": customer_id, "on": on.isoformat()}
    words = {
        name: checked_text(word, name=f"override: {name}") for name, word in (("reason", reason), ("by", by))
    }
    _record(path).add(event | words)
    return replace(made[place], withdrawn_on=on)


def require_published(folder: Path, customer_id: str) -> None:
    """Refuse a customer whom the publication in force does not know: a mistyped one would wait in vain.

    Parameters
    ----------
    folder
        ``data/published/<experiment>``.
    customer_id
        The debtor.

    Raises
    ------
    UsageError
        If the customer is not among the published assignments, naming the near ones.
    """
    import pandas as pd

    target = current(folder)
    known = pd.read_parquet(target / "assignments.parquet", columns=["customer_id"]) if target else None
    ids = [] if known is None else known["customer_id"].tolist()
    if customer_id not in ids:
        near = difflib.get_close_matches(customer_id, ids, n=3)
        raise UsageError(
            "the publication in force does not know the customer",
            given=customer_id,
            allowed=f"one of {len(ids)} customers" + (f", such as {', '.join(near)}" if near else ""),
            do="check the id in assignments.csv",
        )


def _standing_place(made: list[Override], customer_id: str) -> int | None:
    """Return the place of the customer's last override; the one that decides."""
    places = [place for place, each in enumerate(made) if each.customer_id == customer_id]
    return places[-1] if places else None


def _override(event: dict[str, Any]) -> Override:
    return Override(
        customer_id=event["customer_id"],
        segment=event["segment"],
        reason=event["reason"],
        by=event["by"],
        made_on=parse_day(event["on"], name="on"),
        until=parse_day(event["until"], name="until"),
    )


def _record(path: Path) -> SealedRecord:
    return SealedRecord(path, holds="overrides", instead="withdraw an override with --withdraw")
