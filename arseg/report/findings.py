"""What a run hands to the page, and how its frames become plain rows."""

from __future__ import annotations

import datetime as dt
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from arseg.schema import MEASURES, require_columns
from arseg.schema.shown import Shown

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Row = dict[str, Any]

# Names of debtors are not among them: the page knows only ids unless the run asks for names in its worklist.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "headline": (
        *("measure", "label", "value", "low", "high", "unit", "numerator", "denominator"),
        *("customers", "before", "better", "history", "definition", "note"),
    ),
    "segments": (
        *("segment", "customers", "exposure", "overdue", "expected_unpaid_30"),
        *("observed_unpaid_30", "observed_low", "observed_high", "treatment"),
    ),
    "profiles": (
        *("segment", "customers", "items", "median_balance", "median_oldest"),
        *("overdue_share", "disputed_share", "late_share", "largest_share"),
    ),
    "moves": ("from_segment", "to_segment", "customers"),
    "changes": (
        *("customer_id", "before", "after", "score_before", "score_after", "score_time", "score_data"),
        *("score_model", "score_policy", "score_override", "why", "open_balance"),
    ),
    "cash": ("week", "expected", "low_50", "high_50", "low_80", "high_80"),
    "measures": MEASURES.names,
    "counterfactual": ("policy", "measure", "difference", "low", "high", "in_force", "unit", "definition"),
    "verdicts": ("policy", "identified", "reasons", "break_even_lambda", "decisions"),
    "accuracy": ("model", "horizon", "rows", "customers", "log_loss"),
    "calibration": ("group", "rows", "expected", "observed", "low", "high"),
    "worklist": (
        *("rank", "customer_id", "segment", "stage", "treatment", "channel", "handling", "deadline"),
        *("minutes", "open_balance", "overdue_balance", "expected_value", "on_today", "why"),
    ),
    "preferred": ("segment", "kind", "preferred", "n", "share", "evidence", "why"),
    "desks": ("collector", "minutes", "used_minutes", "full", "customers", "own_customers", "hour_price"),
    "quality": ("severity", "code", "message", "count", "amount"),
    "monitor": ("monitor", "series", "value", "usual", "standardised", "p", "alarm"),
}


@dataclass(frozen=True, kw_only=True)
class Findings(Shown):
    """Everything the page needs. A frame that is empty or None is said so in words.

    Parameters
    ----------
    title
        Name of the book.
    experiment
        Name of the experiment.
    key_date, compared_with
        The day we stand on, and the earlier one it is compared with.
    currency
        Reporting currency, ISO 4217; every amount is in it.
    policy, in_force
        The policy this run segments by and the one now in force, both as written.
    headline
        One row per key measure; ``before`` is its value at `compared_with`, ``history`` a list of
        floats, oldest first, ``better`` is ``lower`` or ``higher``.
    segments, moves, cash
        Today's segments, customers per change of segment, and cash by week with 50 % and 80 % bands.
    changes, changed
        Customers of the edition before and of this one, with the parts of their change of score and why; and of
        that edition ``since``, ``came``, ``left``, ``by_cause`` (steps up and down), ``note`` where nothing is split.
    measures
        The replay, as `arseg.schema.MEASURES`.
    counterfactual, verdicts
        What each policy would have changed, one row per policy and measure, the difference empty where history
        cannot tell; and for each policy whether it can, and why not.
    accuracy, calibration
        Log-loss per model and horizon (days; 0 is the mean over horizons), and expected against
        observed shares per group.
    worklist
        As `arseg.schema.WORKLIST`; the debtor's name is read only where ``names`` asks for it.
    desks, preferred, reaching
        The collectors' day, one row each; the channel and payment method that each segment prefers; and of those
        who are not on today's list ``plan`` (a sentence) and how many reminders there are before due.
    quality
        Findings of the data check: severity, code, message, count, amount.
    checked
        The rest of the data check as plain data: ``as_of``, ``sources`` (source, rows_read, rows_loaded,
        rows_quarantined, reasons), ``freshness`` (table, rows, first_known, last_known, age_days,
        max_age_days, stale) and ``restatements`` (sentences).
    capacity
        ``hours`` and ``used_hours`` of the day, ``shadow_price`` of one more hour (currency), ``gini`` of how full
        the collectors' days are.
    stamps
        ``text``, ``strong`` (the part of the text to stress, or a word to add) and ``level``
        (``good``, ``warn``, ``bad`` or empty).
    reproduce
        Label to value; a list of lines is shown as commands.
    definitions
        Term and meaning.
    notes
        Sentences that limit what the page says.
    identification
        Why no counterfactual can be known at all; empty gives the general sentence where there is none.
    key_dates
        Past key dates of the replay.
    answers, answer_notes
        By question (discrimination, replay, counterfactual, self_check): further published tables by name, and
        sentences that limit them.
    version
        Id of the publication.
    language
        One of `arseg.report.language.LANGUAGES`: labels, numbers, money and days follow it.
    names
        Whether the worklist of the page names its customers; everything else knows ids only.
    fewest
        Customers from which a group is shown.
    profiles
        Size, age and lateness of each segment.
    monitor
        Every series that is watched, against its own past.
    meanings
        What the features mean, by name; a series of one that is not among them stands under its name.
    forward
        The published tables of forecast and provision by name, and ``facts``; empty where none was made.
    """

    title: str
    experiment: str
    key_date: dt.date
    compared_with: dt.date | None = None
    currency: str
    policy: str
    in_force: str
    headline: DataFrame | None = None
    segments: DataFrame | None = None
    moves: DataFrame | None = None
    changes: DataFrame | None = None
    changed: Mapping[str, Any] | None = None
    cash: DataFrame | None = None
    measures: DataFrame | None = None
    counterfactual: DataFrame | None = None
    verdicts: DataFrame | None = None
    accuracy: DataFrame | None = None
    calibration: DataFrame | None = None
    worklist: DataFrame | None = None
    desks: DataFrame | None = None
    preferred: DataFrame | None = None
    reaching: Mapping[str, Any] | None = None
    quality: DataFrame | None = None
    checked: Mapping[str, Any] | None = None
    capacity: Mapping[str, float | None] | None = None
    stamps: Sequence[Mapping[str, str]] = ()
    reproduce: Mapping[str, Any] = field(default_factory=dict)
    definitions: Sequence[tuple[str, str]] = ()
    notes: tuple[str, ...] = ()
    identification: str = ""
    key_dates: tuple[dt.date, ...] = ()
    answers: Mapping[str, Mapping[str, DataFrame]] = field(default_factory=dict)
    answer_notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    version: str = ""
    language: str = "en"
    names: bool = False
    fewest: int = 5
    profiles: DataFrame | None = None
    monitor: DataFrame | None = None
    meanings: Mapping[str, str] = field(default_factory=dict)
    forward: Mapping[str, Any] = field(default_factory=dict)


def rows_of(frame: DataFrame | None, name: str) -> list[Row]:
    """Return the rows of one of the page's frames as plain values, in the frame's order.

    Parameters
    ----------
    frame
        The frame, or None.
    name
        Its name among `COLUMNS`.

    Raises
    ------
    DataError
        If the frame has rows and lacks a column.
    """
    if frame is None or not len(frame):
        return []
    require_columns(frame.columns, COLUMNS[name], frame=name)
    columns = {column: _plain_column(frame[column]) for column in COLUMNS[name]}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _plain_column(column: Series) -> list[Any]:
    """Return the plain values of a column: those of one plain type together, of a long list that is a page's time."""
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    if kind in {"b", "i", "u"}:
        return column.tolist()
    if kind == "f":
        values = column.to_numpy()
        return list(np.where(np.isfinite(values), values.astype(object), None))
    return [value if type(value) is str else plain_value(value) for value in column.tolist()]


def plain_value(value: Any) -> Any:
    """Return a value JSON knows: no NaN, no NaT, no numpy, days as ISO text.

    Examples
    --------
    >>> plain_value(float("nan")), plain_value(dt.date(2026, 10, 31)), plain_value((1.5, None))
    (None, '2026-10-31', [1.5, None])
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()[:10] if value == value else None  # noqa: PLR0124 (NaT is not itself)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, Decimal | numbers.Real):
        return float(value) if math.isfinite(value) else None
    return _compound(value)


def _compound(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): plain_value(each) for key, each in value.items()}
    if isinstance(value, Iterable):
        return [plain_value(each) for each in value]
    text = str(value)
    return None if text in {"NaT", "<NA>", "nan"} else text
