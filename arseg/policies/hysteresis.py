"""Escalate fast, relax slowly: a policy that does not flicker with its score (science 5.1, G13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from arseg.policies.checks import checked_count, checked_number
from arseg.policies.levels import chance_behind, cuts_of, levels_of, moved_cells, segments_of
from arseg.policies.policy import Policy, as_policy, as_written, plain_parameters, segmentation
from arseg.policies.reviews import Rule, Today, decide, earlier, logit, remembered
from arseg.policies.risk_tiers import RiskTiers
from arseg.policies.triggers import TRIGGERS, checked_triggers, pulled
from arseg.schema import SEGMENTATION, UsageError, parse_day
from arseg.schema.shown import AsWritten

SHARE_OF_CUT = 0.15


@dataclass(frozen=True)
class Hysteresis(AsWritten):
    """Raise a customer as soon as the policy does; relax only what has been calm for long enough.

    There is a bar below each of the two cuts, Medium and High. A review is *calm* for a cut if the number
    behind the policy is at or below its bar: logit(number) <= logit(cut) - delta. Where a policy cuts no
    number between 0 and 1, a review is calm if the policy itself is below the cut. A customer is relaxed
    below a cut when the last ``reviews`` reviews are all calm for it and ``dwell_days`` have passed since
    a review last reached it; so nobody leaves a segment within that many days of being raised to it. A hard
    trigger reaches both cuts. Everything else is as the policy says, at once.

    *Churn counts steps*: a review whose segment differs from the one before by one counts 1, High to Low
    or back 2. Over any sequence of reviews a larger delta, more reviews or a longer dwell never give
    more churn: whether a review reaches a cut depends on none of the three, each of them only takes
    away days on which a cut is given up, and taking those away can only join two stays above a cut. (Moves,
    counted 1 each, have no such law: what one policy does as High to Low another does in two moves.)

    Parameters
    ----------
    policy
        What is wrapped; written in an experiment as a mapping of ``name`` and ``parameters``.
    delta
        Margin in logits, 0 or more. None is 15 % of each cut, carried to the logit scale: the bar of
        35 % is 29.75 %. (15 % of the logit itself would be nothing for a cut at 50 %.)
    reviews
        Calm reviews in a row that it takes to relax, today's among them.
    dwell_days
        Days that must have passed since the cut was last reached. ``docs/flicker.md`` says how often moves are
        undone by margin, dwell and calm reviews.
    triggers
        Limits by column, see ``triggers.pulled``; empty for none.

    Raises
    ------
    UsageError
        If policy is none, or already a Hysteresis, or another parameter is out of range.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["A"], "p_unpaid_30": [0.4]})
    >>> calm = scores.assign(p_unpaid_30=0.1)
    >>> steady = Hysteresis(dwell_days=0)
    >>> first = steady.review(scores)
    >>> past = steady.remember(first, "2026-01-05")
    >>> second = steady.review(calm, past, key_date="2026-01-12")
    >>> second["why"][0]
    'held at High, calm review 1 of 2: 10.0 % likely unpaid in 30 days, Low below 15 %'
    >>> past = pd.concat([past, steady.remember(second, "2026-01-12")])
    >>> steady.assign(calm, past, key_date="2026-01-19")["segment"][0]
    'Low'
    """

    policy: Policy = field(default_factory=RiskTiers)
    delta: float | None = None
    reviews: int = 2
    dwell_days: int = 14
    # A mapping has no hash; equal policies still hash alike by the rest.
    triggers: Mapping[str, float] = field(default_factory=lambda: TRIGGERS, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "policy", _wrapped(self.policy))
        if self.delta is not None:
            object.__setattr__(self, "delta", _checked_delta(self.delta))
        object.__setattr__(self, "reviews", checked_count(self.reviews, name="Hysteresis: reviews"))
        object.__setattr__(self, "dwell_days", _days(self.dwell_days))
        object.__setattr__(self, "triggers", checked_triggers(self.triggers))

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the customer scores that the wrapped policy reads."""
        return self.policy.needs

    @property
    def may_read(self) -> tuple[str, ...]:
        """Columns that are read where the scores have them: those of the triggers."""
        return tuple(self.triggers)

    def __repr__(self) -> str:
        return as_written(self)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a trip between processes, which a read-only mapping would not."""
        return type(self), (self.policy, self.delta, self.reviews, self.dwell_days, dict(self.triggers))

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        return plain_parameters(self)

    def assign(
        self,
        scores: pd.DataFrame,
        history: pd.DataFrame | None = None,
        *,
        key_date: str | dt.date | None = None,
    ) -> pd.DataFrame:
        """Return the segmentation of the scores; without a history that of the policy and the triggers.

        Parameters
        ----------
        scores
            Customer scores.
        history
            Earlier reviews, see ``review``.
        key_date
            The day we stand on; needed with a history.

        Raises
        ------
        DataError
            If the wrapped policy refuses the scores, or the history is not one row per customer and day.
        UsageError
            If there is a history and no key date.
        """
        return self.review(scores, history, key_date=key_date)[list(SEGMENTATION.names)]

    def review(
        self,
        scores: pd.DataFrame,
        history: pd.DataFrame | None = None,
        *,
        key_date: str | dt.date | None = None,
    ) -> pd.DataFrame:
        """Return the segmentation with what the next review needs to know of this one.

        Parameters
        ----------
        scores
            Customer scores.
        history
            Frames of ``remember``, one below the other; rows from the key date on are left out, so that a
            run may be repeated. At least customer_id, key_date, segment: a row without policy, or of another
            one, says where the customer stood and counts as reaching its segment on that day.
        key_date
            The day we stand on.

        Returns
        -------
        frame
            The segmentation, and raw_segment (of the wrapped policy), number (behind it; NaN where none)
            and trigger (in words, empty where none).

        Raises
        ------
        DataError, UsageError
            As ``assign``.
        """
        raw = self.policy.assign(scores)
        number = chance_behind(self.policy, scores)
        today = Today(
            customers=pd.Index(raw["customer_id"]),
            raw=levels_of(raw["segment"]),
            number=None if number is None else number.reindex(raw["customer_id"]).to_numpy(),
            triggered=(pulled(self.triggers, scores) != "").to_numpy(),
        )
        past = None if history is None else earlier(history, _required(key_date), today, repr(self.policy))
        decided = decide(today, past, self._rule())
        segments = segments_of(decided.level)
        cells = moved_cells(raw["cell"], raw["segment"], segments)
        triggers = pulled(self.triggers, scores).to_numpy()
        why = decided.words(raw["why"], triggers, self._rule())
        frame = segmentation(raw["customer_id"], segments, why, cells)
        return frame.assign(
            raw_segment=raw["segment"],
            number=float("nan") if today.number is None else today.number,
            trigger=pd.Series(triggers, dtype="str"),
        )

    def remember(self, reviewed: pd.DataFrame, key_date: str | dt.date) -> pd.DataFrame:
        """Return a review as rows of the history of later ones.

        Parameters
        ----------
        reviewed
            What ``review`` returned, before any override: what a person decided is no score.
        key_date
            The day on which it stood.
        """
        return remembered(reviewed, parse_day(key_date), repr(self.policy))

    def follow(self, days: Iterable[tuple[str | dt.date, pd.DataFrame]]) -> pd.DataFrame:
        """Return the history of the policy over days in order, each review knowing those before it.

        Parameters
        ----------
        days
            Key dates, rising, with the customer scores of each.
        """
        history: pd.DataFrame | None = None
        for day, scores in days:
            rows = self.remember(self.review(scores, history, key_date=day), day)
            history = rows if history is None else pd.concat([history, rows], ignore_index=True)
        return remembered(None, None, "") if history is None else history

    def _rule(self) -> Rule:
        cuts = cuts_of(self.policy)
        return Rule(self.reviews, self.dwell_days, None if cuts is None else self._bars(cuts))

    def _bars(self, cuts: tuple[float, float]) -> tuple[float, float]:
        """Return the bar below each cut, in logits."""
        if self.delta is None:
            medium, high = (float(logit((1 - SHARE_OF_CUT) * cut)) for cut in cuts)
        else:
            medium, high = (float(logit(cut)) - self.delta for cut in cuts)
        return medium, high


def _wrapped(policy: object) -> Policy:
    made = as_policy(policy, name="Hysteresis: policy")
    if isinstance(made, Hysteresis):
        raise UsageError(
            "Hysteresis: the policy is already wrapped",
            given=repr(made),
            allowed="a policy without hysteresis",
            do="wrap it once",
        )
    return made


def _checked_delta(value: object) -> float:
    delta = checked_number(value, name="Hysteresis: delta")
    if delta < 0:
        raise UsageError(
            "Hysteresis: delta is negative", given=delta, allowed="0 or more logits", do="write 0.25"
        )
    return delta


def _days(value: object) -> int:
    days = checked_number(value, name="Hysteresis: dwell_days")
    if days >= 0 and days.is_integer():
        return int(days)
    raise UsageError(
        "Hysteresis: dwell_days is not a whole number of days",
        given=repr(value),
        allowed="0, 1, 2, ...",
        do="write 14",
    )


def _required(key_date: str | dt.date | None) -> dt.date:
    if key_date is None:
        raise UsageError(
            "Hysteresis: a history needs a day to look back from",
            given="no key_date",
            allowed="the day we stand on",
            do="pass key_date=...",
        )
    return parse_day(key_date)
