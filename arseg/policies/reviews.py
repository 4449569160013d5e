"""What earlier reviews say about a customer, and what a review makes of it: the arithmetic of Hysteresis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.levels import levels_of, segments_of
from arseg.schema import DataError, require_columns

REMEMBERED: Final = ("customer_id", "key_date", "policy", "segment", "raw_segment", "number", "trigger")

_CUTS: Final = np.array([1, 2])


@dataclass(frozen=True)
class Rule:
    """Calm reviews in a row, days since a cut was reached, and the bars in logits (None: no number)."""

    reviews: int
    dwell_days: int
    bars: tuple[float, float] | None


@dataclass(frozen=True)
class Today:
    """The customers of a review, sorted, with raw level, number behind it and whether a trigger is pulled."""

    customers: pd.Index
    raw: np.ndarray
    number: np.ndarray | None
    triggered: np.ndarray


@dataclass(frozen=True)
class Past:
    """Earlier reviews of today's customers, oldest first within each.

    ``customer`` is the place in today's customers, ``days_ago`` counts back from the key date, ``known``
    says whether the row is of the policy that is reviewed.
    """

    customer: np.ndarray
    days_ago: np.ndarray
    level: np.ndarray
    raw: np.ndarray
    number: np.ndarray
    triggered: np.ndarray
    known: np.ndarray


@dataclass(frozen=True)
class Decided:
    """Level, raw level and level before (-1 where new) per customer; calm reviews and days by cut."""

    level: np.ndarray
    raw: np.ndarray
    before: np.ndarray
    calm_reviews: np.ndarray
    days_since: np.ndarray

    def words(self, raw_why: Iterable[str], triggers: np.ndarray, rule: Rule) -> list[str]:
        """Return the why of each customer: the policy's own, and what held or moved the customer."""
        texts = np.array(list(raw_why), dtype=object)
        prefix = np.full(len(texts), "", dtype=object)
        before = segments_of(np.maximum(self.before, 0))
        now = segments_of(self.level)
        raised = (self.before >= 0) & (self.level > self.before)
        relaxed = self.level < self.before
        prefix[raised] = "raised from " + before[raised] + ", "
        prefix[relaxed] = "relaxed from " + before[relaxed] + ", "
        for row in np.flatnonzero((self.level > self.raw) & (triggers == "")):
            prefix[row] += f"held at {now[row]}, {self._held(row, rule)}"
        for row in np.flatnonzero(triggers != ""):
            prefix[row] += f"{now[row]} by a trigger, {triggers[row]}"
        prefix = np.array([text.removesuffix(", ") for text in prefix], dtype=object)
        return [f"{head}: {text}" if head else text for head, text in zip(prefix, texts, strict=True)]

    def _held(self, row: np.intp, rule: Rule) -> str:
        cut = self.level[row] - 1
        calm, days = int(self.calm_reviews[row, cut]), self.days_since[row, cut]
        if calm == 0:
            return "not clearly below its cut"
        if calm < rule.reviews:
            return f"calm review {calm} of {rule.reviews}"
        return f"day {days:.0f} of {rule.dwell_days} since it was reached"


def logit(chance: np.ndarray | float) -> np.ndarray:
    """Return ln(p / (1 - p)); 0 and 1 are minus and plus infinity.

    Examples
    --------
    >>> logit(np.array([0.5, 0.0])).tolist()
    [0.0, -inf]
    """
    with np.errstate(divide="ignore"):
        return np.log(chance) - np.log1p(-np.asarray(chance))


def earlier(history: pd.DataFrame, key_date: dt.date, today: Today, policy: str) -> Past:
    """Return what the history says, before the key date, of today's customers.

    Raises
    ------
    DataError
        If a column is missing, a segment is none, or a customer stands twice on a day.
    """
    require_columns(history.columns, ("customer_id", "key_date", "segment"), frame="history of reviews")
    frame = pd.DataFrame(
        {
            "customer": today.customers.get_indexer(history["customer_id"]),
            "days_ago": (pd.Timestamp(key_date) - pd.to_datetime(history["key_date"])).dt.days.to_numpy(),
            "segment": history["segment"].to_numpy(),
            "raw": history.get("raw_segment", history["segment"]).to_numpy(),
            "number": history.get("number", pd.Series(np.nan, history.index)).to_numpy(dtype="float64"),
            "trigger": history.get("trigger", pd.Series("", history.index)).fillna("").to_numpy() != "",
            "known": history["policy"].to_numpy() == policy if "policy" in history else False,
        }
    )
    frame = frame[(frame["customer"] >= 0) & (frame["days_ago"] > 0)]
    if frame.duplicated(["customer", "days_ago"]).any():
        raise DataError(
            "history of reviews: a customer stands twice on a day",
            given=today.customers[
                frame.loc[frame.duplicated(["customer", "days_ago"]), "customer"][:3]
            ].tolist(),
            allowed="one row per customer and key date",
            do="keep the rows of one policy",
        )
    frame = frame.sort_values(["customer", "days_ago"], ascending=[True, False])
    return Past(
        customer=frame["customer"].to_numpy(),
        days_ago=frame["days_ago"].to_numpy(dtype="float64"),
        level=levels_of(frame["segment"], frame="history of reviews"),
        raw=levels_of(frame["raw"], frame="history of reviews"),
        number=frame["number"].to_numpy(),
        triggered=frame["trigger"].to_numpy(),
        known=frame["known"].to_numpy(dtype=bool),
    )


def remembered(reviewed: pd.DataFrame | None, key_date: dt.date | None, policy: str) -> pd.DataFrame:
    """Return a review as rows of the history; an empty history of none."""
    if reviewed is None:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in REMEMBERED})
    return reviewed.assign(key_date=pd.Timestamp(key_date), policy=policy)[list(REMEMBERED)]


def decide(today: Today, past: Past | None, rule: Rule) -> Decided:
    """Return the level of each customer: raised at once, relaxed where calm for long enough."""
    reached = (today.raw[:, None] >= _CUTS) | today.triggered[:, None]
    calm = _calm(today.number, reached, rule)
    count = len(today.raw)
    before = np.full(count, -1)
    calm_before, since = np.zeros((count, 2), dtype="int64"), np.full((count, 2), np.inf)
    if past is not None:
        calm_before, since = _looked_back(past, count, rule)
        last = np.flatnonzero(np.diff(past.customer, append=count))
        before[past.customer[last]] = past.level[last]
    reviews = np.where(calm, calm_before + 1, 0)
    since = np.where(reached, 0.0, since)
    released = (reviews >= rule.reviews) & (since >= rule.dwell_days)
    above = reached | ((before[:, None] >= _CUTS) & ~released)
    return Decided(np.where(above[:, 1], 2, above[:, 0].astype(int)), today.raw, before, reviews, since)


def _calm(number: np.ndarray | None, reached: np.ndarray, rule: Rule) -> np.ndarray:
    """Whether a review is calm for each cut, shape (n, 2); without a number: not reached."""
    if number is None or rule.bars is None:
        return ~reached
    below = logit(number)[:, None] <= np.array(rule.bars)
    return ~reached & (below | np.isnan(number)[:, None])


def _looked_back(past: Past, count: int, rule: Rule) -> tuple[np.ndarray, np.ndarray]:
    """Return calm reviews in a row up to the last one, and days since each cut was reached; shape (n, 2)."""
    own = np.where(past.known, past.raw, past.level)
    reached = (own[:, None] >= _CUTS) | (past.triggered & past.known)[:, None]
    calm = _calm(past.number, reached, rule) & past.known[:, None]
    rows = pd.Series(past.customer)
    after = rows.groupby(rows).cumcount(ascending=False).to_numpy()
    run = np.repeat(np.bincount(past.customer, minlength=count)[:, None], 2, axis=1)
    since = np.full((count, 2), np.inf)
    for cut in range(2):
        np.minimum.at(run[:, cut], past.customer[~calm[:, cut]], after[~calm[:, cut]])
        at = reached[:, cut]
        np.minimum.at(since[:, cut], past.customer[at], past.days_ago[at])
    return run, since
