"""Invoices whose true incidence is known to the last digit: spiky, not proportional, with two rare causes.

21 features; six terms; customers pay every day, on one weekday, twice a month or at month-end, never on a weekend;
their delay is one of two humps whose weights hang on the customer, so hazards cross; write-offs (0.4 %) and credit
notes (1.5 %) compete; 55 % pay late. The key date is the day of issue. The incidence is computed, not drawn: the
delay's chances are pushed through the calendar of the payment run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

DAYS: Final = 240
TIMES: Final = (7, 14, 21, 30, 45, 60, 75, 90, 120, 180)
_TERMS: Final = (14, 21, 30, 45, 60, 75)
_BATCH: Final = 20_000


@dataclass(frozen=True)
class Known:
    """Rows, outcomes, and the true incidence at ``TIMES``, shape (rows, 3, times)."""

    X: pd.DataFrame
    y: pd.DataFrame
    truth: np.ndarray


def draw_known(rows: int, seed: int, *, customers: int = 20_000) -> Known:
    """Draw invoices of customers who are the same for every seed."""
    fixed = np.random.default_rng(20240101)
    traits = {
        "quality": fixed.normal(size=customers),
        "cash": fixed.normal(size=customers),
        "dispute": fixed.normal(size=customers),
        "size": fixed.normal(size=customers),
        "run": fixed.integers(0, 4, customers),
        "weekday": fixed.integers(0, 5, customers),
    }
    random = np.random.default_rng(seed)
    parts = [_batch(random, traits, min(_BATCH, rows - at)) for at in range(0, rows, _BATCH)]
    return Known(
        pd.concat([part.X for part in parts], ignore_index=True),
        pd.concat([part.y for part in parts], ignore_index=True),
        np.concatenate([part.truth for part in parts]),
    )


def _batch(random: np.random.Generator, traits: dict[str, np.ndarray], rows: int) -> Known:
    who = random.integers(0, len(traits["quality"]), rows)
    quality, cash, dispute, size, run, weekday = (values[who] for values in traits.values())
    terms = random.choice(_TERMS, rows)
    key_day = random.integers(19_000, 19_730, rows)
    amount = np.exp(6 + size + random.normal(size=rows))
    new = random.random(rows) < 0.1
    meant = _meant(terms, quality + 0.1 * np.log(amount / 400), cash)
    paid = _at_runs(meant, key_day, run, weekday)
    day = np.arange(1, DAYS + 1)
    late = day - terms[:, None]
    lost = 6.5e-5 * np.exp(-1.1 * quality + 0.6 * (cash < -1))[:, None] * np.where(late > 30, 3.0, 0.3)
    credited = 1.0e-4 * np.exp(0.9 * dispute)[:, None] * np.exp(-(((day - 20) / 25.0) ** 2)) * 3.2
    truth = _incidence(paid, credited, lost)
    X = pd.DataFrame(
        {
            "days_past_due": -terms,
            "terms_days": terms,
            "key_day": key_day,
            "log_amount": np.log(amount),
            "run_kind": run,
            "run_weekday": np.where(run == 1, weekday, -1),
            "cleared_days_late_mean_12m": np.where(new, np.nan, -6 * quality + random.normal(size=rows)),
            "cleared_count_12m": np.where(new, 0, random.poisson(15, rows)),
            "quality_seen": np.where(new, np.nan, quality + 0.15 * random.normal(size=rows)),
            "cash_seen": cash + 0.15 * random.normal(size=rows),
            "dispute_seen": dispute + 0.1 * random.normal(size=rows),
            "size_seen": size,
            "is_new": new.astype(float),
            **{f"noise_{k}": random.normal(size=rows) for k in range(8)},
        }
    )
    return Known(X, _drawn(random, paid, credited, lost), truth[:, :, np.asarray(TIMES) - 1])


def _meant(terms: np.ndarray, quality: np.ndarray, cash: np.ndarray) -> np.ndarray:
    """Return the chance that each day is the one on which a customer means to pay, shape (rows, DAYS)."""
    day = np.arange(1, DAYS + 1)
    prompt = 1 / (1 + np.exp(-(0.3 + 1.2 * quality)))
    late = (day - terms[:, None]).astype(float)
    first = np.exp(-0.5 * ((late + 6 + 2 * quality[:, None]) / (2.5 + np.exp(-quality))[:, None]) ** 2)
    second = np.exp(-0.5 * ((late - (22 - 7 * cash)[:, None]) / (9 + 3 * (cash < 0))[:, None]) ** 2)
    first, second = (hump / hump.sum(axis=1, keepdims=True) for hump in (first, second))
    found: np.ndarray = prompt[:, None] * first + (1 - prompt)[:, None] * second
    return found


def _at_runs(meant: np.ndarray, key_day: np.ndarray, run: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Move every day's chance to the next day on which the customer pays."""
    calendar = np.arange(int(key_day.min()), int(key_day.max()) + 2 * DAYS)
    dates = calendar.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month_day = (dates - months.astype("datetime64[D]")).astype(int) + 1
    is_last = (months + 1).astype("datetime64[D]") - dates == np.timedelta64(1, "D")
    of_week = (calendar + 3) % 7
    found = np.zeros_like(meant)
    rows = np.arange(len(meant))
    for kind in range(4):
        for own in range(5) if kind == 1 else (0,):
            asked = {0: of_week < 5, 1: of_week == own, 2: (month_day == 15) | is_last, 3: is_last}[kind]
            # The next day asked for, and from there the next that is no weekend.
            following = _next(_next_open(of_week), asked)
            some = rows[(run == kind) & ((weekday == own) | (kind != 1))]
            at = key_day[some, None] + np.arange(1, DAYS + 1) - calendar[0]
            lands = following[at] - (key_day[some, None] - calendar[0]) - 1
            inside = lands < DAYS
            np.add.at(found, (np.repeat(some, inside.sum(axis=1)), lands[inside]), meant[some][inside])
    return found


def _next_open(of_week: np.ndarray) -> np.ndarray:
    return np.arange(len(of_week)) + np.select([of_week == 5, of_week == 6], [2, 1], 0)


def _next(opened: np.ndarray, asked: np.ndarray) -> np.ndarray:
    place = np.where(asked, np.arange(len(asked)), len(asked) * 2)
    ahead = np.minimum.accumulate(place[::-1])[::-1]
    return np.where(ahead < len(asked), opened[np.minimum(ahead, len(asked) - 1)], len(asked) * 2)


def _incidence(paid: np.ndarray, credited: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Return the incidence of the three causes by day: payment as drawn, the others as constant chances a day."""
    ended = 1 - np.clip(credited + lost, 0, 0.5)
    others = np.cumprod(ended, axis=1)
    before = np.column_stack([np.ones(len(paid)), others[:, :-1]])
    unpaid = 1 - np.cumsum(paid, axis=1)
    # On a day the others come first.
    still = np.column_stack([np.ones(len(paid)), unpaid[:, :-1]])
    parts = [paid * others, credited * before * still, lost * before * still]
    return np.stack([np.cumsum(part, axis=1) for part in parts], axis=1)


def _drawn(
    random: np.random.Generator, paid: np.ndarray, credited: np.ndarray, lost: np.ndarray
) -> pd.DataFrame:
    """Draw event and duration from the incidence; 2 % are followed for a part of the time only."""
    incidence = _incidence(paid, credited, lost)
    total = incidence.sum(axis=1)
    share = random.random(len(paid))
    duration = 1 + (total < share[:, None]).sum(axis=1)
    inside = np.minimum(duration, DAYS) - 1
    step = np.diff(incidence, axis=2, prepend=0)[np.arange(len(paid)), :, inside]
    chance = np.cumsum(step, axis=1) / np.maximum(step.sum(axis=1, keepdims=True), 1e-300)
    cause = 1 + (random.random(len(paid))[:, None] > chance).sum(axis=1)
    followed = np.where(random.random(len(paid)) < 0.02, random.integers(1, 120, len(paid)), DAYS)
    seen = duration <= followed
    return pd.DataFrame(
        {"event": np.where(seen, np.minimum(cause, 3), 0), "duration": np.where(seen, duration, followed)}
    ).astype("int64")


def explained(found: np.ndarray, truth: np.ndarray) -> list[float]:
    """Return per cause 1 - MSE / MSE of the mean curve, over all times (science 3.5)."""
    mean = truth.mean(axis=0, keepdims=True)
    return [
        float(1 - ((found[:, k] - truth[:, k]) ** 2).mean() / ((mean[:, k] - truth[:, k]) ** 2).mean())
        for k in range(truth.shape[1])
    ]
