"""What a person decided against the policy: for one customer, with a reason, until a day (S63)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from arseg.policies.checks import checked_choice
from arseg.policies.levels import moved_cells
from arseg.schema import SEGMENTATION, SEGMENTS, UsageError, require_columns

LONGEST: Final = 500

_APPLIED: Final = ("customer_id", "segment", "policy_segment", "reason", "by", "made_on", "until")


@dataclass(frozen=True)
class Override:
    """One customer's segment, as a person decided it.

    Parameters
    ----------
    customer_id
        The debtor.
    segment
        High, Medium or Low.
    reason
        Why, in words.
    by
        Who decided.
    made_on
        The day from which it counts.
    until
        The last day on which it counts.
    withdrawn_on
        The day from which it no longer counts; None while it stands.

    Raises
    ------
    UsageError
        If the segment is none, a word is missing or too long, or the override ends before it begins.

    Examples
    --------
    >>> kept = Override("C7", "Low", "pays by instalments", "M. Ruiz",
    ...                 dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    >>> kept.stands_on(dt.date(2026, 12, 31)), kept.stands_on(dt.date(2027, 1, 1))
    (True, False)
    """

    customer_id: str
    segment: str
    reason: str
    by: str
    made_on: dt.date
    until: dt.date
    withdrawn_on: dt.date | None = None

    def __post_init__(self) -> None:
        checked_choice(self.segment, SEGMENTS, name="override: segment")
        for name in ("customer_id", "reason", "by"):
            object.__setattr__(self, name, checked_text(getattr(self, name), name=f"override: {name}"))
        if self.until < self.made_on:
            raise UsageError(
                "override: until is past",
                given=f"until {self.until}, made on {self.made_on}",
                allowed=f"{self.made_on} or later",
                do="choose the last day on which it shall count",
            )

    def stands_on(self, day: dt.date) -> bool:
        """Whether it counts on that day."""
        ended = self.withdrawn_on is not None and day >= self.withdrawn_on
        return self.made_on <= day <= self.until and not ended


@dataclass(frozen=True)
class Overridden:
    """A segmentation with its overrides.

    Parameters
    ----------
    segmentation
        As given, with the segment, why and cell of every overridden customer.
    applied
        customer_id, segment, policy_segment (what the policy said), reason, by, made_on, until.
    unknown
        Overrides that count on the key date, but whose customer is not in the segmentation.
    """

    segmentation: pd.DataFrame
    applied: pd.DataFrame
    unknown: tuple[Override, ...]


def checked_text(value: object, *, name: str) -> str:
    """Return a text of one line without spaces at its ends.

    Raises
    ------
    UsageError
        If it is empty, longer than 500 characters, or no text.

    Examples
    --------
    >>> checked_text(" pays by instalments ", name="reason")
    'pays by instalments'
    """
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text or len(text) > LONGEST or not text.isprintable():
        raise UsageError(
            f"{name} is empty or no plain text",
            given=repr(value)[:80],
            allowed=f"1 to {LONGEST} characters",
            do=f"say {name.rpartition(' ')[2]} in words",
        )
    return text


def standing_overrides(overrides: Iterable[Override], key_date: dt.date) -> dict[str, Override]:
    """Return the override of each customer that counts on a day.

    The one made last decides; what it replaced does not come back when it ends.

    Parameters
    ----------
    overrides
        In the order in which they were made.
    key_date
        The day; what was made later is not known yet.
    """
    last = {each.customer_id: each for each in overrides if each.made_on <= key_date}
    return {name: last[name] for name in sorted(last) if last[name].stands_on(key_date)}


def apply_overrides(
    segmentation: pd.DataFrame, overrides: Iterable[Override], key_date: dt.date
) -> Overridden:
    """Return the segmentation as people decided it.

    Parameters
    ----------
    segmentation
        What a policy assigned.
    overrides
        In the order in which they were made.
    key_date
        The day we stand on.

    Raises
    ------
    DataError
        If the segmentation lacks columns.

    Examples
    --------
    >>> made = pd.DataFrame({"customer_id": ["C7"], "segment": ["High"], "why": ["40 days late"],
    ...                      "cell": ["High"]})
    >>> kept = Override("C7", "Low", "pays by instalments", "M. Ruiz",
    ...                 dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    >>> apply_overrides(made, [kept], dt.date(2026, 10, 31)).segmentation["why"][0]
    'Low by M. Ruiz until 2026-12-31: pays by instalments (the policy says High: 40 days late)'
    """
    require_columns(segmentation.columns, SEGMENTATION.names, frame="segmentation")
    standing = standing_overrides(overrides, key_date)
    frame = segmentation.copy()
    at = frame["customer_id"].isin(list(standing))
    own = [standing[customer] for customer in frame.loc[at, "customer_id"]]
    before = frame[at]
    segments = [each.segment for each in own]
    told = zip(own, before["segment"], before["why"], strict=True)
    cells = moved_cells(before["cell"], before["segment"], segments)
    frame.loc[at, "segment"] = segments
    frame.loc[at, "cell"] = cells
    frame.loc[at, "why"] = [_why(each, segment, why) for each, segment, why in told]
    rows = zip(own, before["segment"], strict=True)
    applied = [
        (each.customer_id, each.segment, was, each.reason, each.by, each.made_on, each.until)
        for each, was in rows
    ]
    known = set(before["customer_id"])
    unknown = tuple(each for name, each in standing.items() if name not in known)
    return Overridden(frame, pd.DataFrame(applied, columns=list(_APPLIED)), unknown)


def _why(override: Override, segment: str, why: str) -> str:
    told = f"{override.segment} by {override.by} until {override.until}: {override.reason}"
    return f"{told} (the policy says {segment}: {why})"
