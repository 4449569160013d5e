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
# So many curves fit into the processor's own memory.
_CURVES: Final = 500
_DAY: Final = np.arange(1, DAYS + 1)


@dataclass(frozen=True)
class Known:
    """Rows, outcomes, and the true incidence at ``TIMES``, shape (rows, 3, times)."""

    X: pd.DataFrame
    y: pd.DataFrame
    truth: np.ndarray


@dataclass(frozen=True)
class _Invoices:
    """What the course of each invoice hangs on, shape (rows,)."""

    terms: np.ndarray
    key_day: np.ndarray
    quality: np.ndarray
    cash: np.ndarray
    dispute: np.ndarray
    run: np.ndarray
    weekday: np.ndarray

    def part(self, rows: slice) -> _Invoices:
        """Return some of them."""
        return _Invoices(*(values[rows] for values in vars(self).values()))


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
    inclined = quality + 0.1 * np.log(amount / 400)
    invoices = _Invoices(terms, key_day, inclined, cash, dispute, run, weekday)
    return Known(X, *_courses(random, invoices, loss=np.exp(-1.1 * quality + 0.6 * (cash < -1))))


def _courses(
    random: np.random.Generator, invoices: _Invoices, loss: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return what came of the invoices, 2 % of them followed for a part of the time only, and the true incidence."""
    rows = len(loss)
    draws = random.random((2, rows))
    followed = np.where(random.random(rows) < 0.02, random.integers(1, 120, rows), DAYS)
    duration, cause = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    truth = np.empty((rows, 3, len(TIMES)))
    landing = _landings(int(invoices.key_day.min()), int(invoices.key_day.max()) + DAYS)
    for start in range(0, rows, _CURVES):
        some = slice(start, start + _CURVES)
        incidence = _incidence(invoices.part(some), loss[some], landing)
        truth[some] = incidence[:, :, np.asarray(TIMES) - 1]
        duration[some], cause[some] = _drawn(incidence, draws[:, some])
    seen = duration <= followed
    y = pd.DataFrame({"event": np.where(seen, cause, 0), "duration": np.where(seen, duration, followed)})
    return y.astype("int64"), truth


def _incidence(invoices: _Invoices, loss: np.ndarray, landing: tuple[np.ndarray, int]) -> np.ndarray:
    """Return the incidence of the three causes by day, shape (rows, 3, DAYS).

    Payment as meant, the others as constant chances a day; on a day the others come first.
    """
    paid = _at_runs(_meant(invoices), invoices, landing)
    late = invoices.terms[:, None] + 30 < _DAY
    lost = 6.5e-5 * loss[:, None] * np.where(late, 3.0, 0.3)
    credited = np.exp(0.9 * invoices.dispute)[:, None] * (3.2e-4 * np.exp(-(((_DAY - 20) / 25.0) ** 2)))
    spared = np.cumprod(1 - np.minimum(credited + lost, 0.5), axis=1)
    open_before = np.ones_like(paid)
    np.multiply(spared[:, :-1], 1 - paid[:, :-1], out=open_before[:, 1:])
    paying = np.diff(paid, axis=1, prepend=0) * spared
    return np.stack(
        [np.cumsum(part, axis=1) for part in (paying, credited * open_before, lost * open_before)], axis=1
    )


def _meant(invoices: _Invoices) -> np.ndarray:
    """Return the chance that a customer means to pay up to each day, shape (rows, DAYS)."""
    quality, cash = invoices.quality[:, None], invoices.cash[:, None]
    prompt = 1 / (1 + np.exp(-(0.3 + 1.2 * quality)))
    late = _DAY - invoices.terms[:, None].astype(float)
    humps = (
        (prompt, -6 - 2 * quality, 2.5 + np.exp(-quality)),
        (1 - prompt, 22 - 7 * cash, 9 + 3 * (cash < 0)),
    )
    found = np.zeros_like(late)
    for weight, centre, spread in humps:
        hump = np.exp(-0.5 * ((late - centre) / spread) ** 2)
        found += hump * (weight / hump.sum(axis=1, keepdims=True))
    return np.cumsum(found, axis=1, out=found)


def _at_runs(meant: np.ndarray, invoices: _Invoices, landing: tuple[np.ndarray, int]) -> np.ndarray:
    """Return the chance to have paid up to each day: to have meant to, up to the last day whose run is over."""
    last_meant, first_day = landing
    kind = np.where(invoices.run == 1, 3 + invoices.weekday, np.minimum(invoices.run, 3) - (invoices.run > 1))
    place = last_meant[kind[:, None], invoices.key_day[:, None] - first_day + _DAY] - (
        invoices.key_day[:, None] - first_day
    )
    found = np.take_along_axis(meant, np.maximum(place - 1, 0), axis=1)
    found[place < 1] = 0.0
    return found


def _landings(first_day: int, last_day: int) -> tuple[np.ndarray, int]:
    """Return by kind of run and calendar day the last day on which who means to pay has paid by then.

    The kinds are every day, twice a month, month-end, and the five weekdays.
    """
    calendar = np.arange(first_day, last_day + 1)
    later = np.arange(first_day, last_day + DAYS)
    dates = later.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month_day = (dates - months.astype("datetime64[D]")).astype(int) + 1
    is_last = (months + 1).astype("datetime64[D]") - dates == np.timedelta64(1, "D")
    of_week = (later + 3) % 7
    asked = [of_week < 5, (month_day == 15) | is_last, is_last, *(of_week == own for own in range(5))]
    opened = np.arange(len(later)) + np.select([of_week == 5, of_week == 6], [2, 1], 0)
    found = [np.searchsorted(_next(opened, days), calendar - first_day, side="right") - 1 for days in asked]
    return np.stack(found), first_day


def _next(opened: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the next day asked for, and from there the next that is no weekend."""
    place = np.where(asked, np.arange(len(asked)), len(asked) * 2)
    ahead = np.minimum.accumulate(place[::-1])[::-1]
    return np.where(ahead < len(asked), opened[np.minimum(ahead, len(asked) - 1)], len(asked) * 2)


def _drawn(incidence: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return duration and cause."""
    total = incidence.sum(axis=1)
    duration = 1 + (total < draws[0][:, None]).sum(axis=1)
    inside = np.minimum(duration, DAYS) - 1
    rows = np.arange(len(inside))
    step = incidence[rows, :, inside] - np.where(inside > 0, incidence[rows, :, inside - 1].T, 0.0).T
    chance = np.cumsum(step, axis=1) / np.maximum(step.sum(axis=1, keepdims=True), 1e-300)
    return duration, np.minimum(1 + (draws[1][:, None] > chance).sum(axis=1), 3)


def explained(found: np.ndarray, truth: np.ndarray) -> list[float]:
    """Return per cause 1 - MSE / MSE of the mean curve, over all times (science 3.5)."""
    mean = truth.mean(axis=0, keepdims=True)
    return [
        float(1 - ((found[:, k] - truth[:, k]) ** 2).mean() / ((mean[:, k] - truth[:, k]) ** 2).mean())
        for k in range(truth.shape[1])
    ]
