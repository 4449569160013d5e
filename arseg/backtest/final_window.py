"""The last days of what was observed, on which no choice was made.

Policies and models are compared, and cuts are set, on the key dates before it; a key date whose outcomes reach into
it is reported apart. Figures of the first kind may flatter the winner, figures of the second cannot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import pandas as pd

from arseg.backtest.embargo import Embargo
from arseg.backtest.plan import Plan
from arseg.backtest.replay import measure

EARLIER: Final = "earlier"
FINAL: Final = "final"


def final_key_dates(key_dates: Sequence[dt.date], plan: Plan, *, settled: dt.date) -> tuple[dt.date, ...]:
    """Return the key dates whose outcomes reach into the final window.

    Parameters
    ----------
    key_dates
        The key dates.
    plan
        Horizon and length of the window.
    settled
        The last day whose events the book has had time to learn of; the window ends with it.

    Examples
    --------
    >>> days = [dt.date(2025, 1, 31), dt.date(2025, 2, 28), dt.date(2025, 3, 31)]
    >>> [str(day) for day in final_key_dates(days, Plan(horizon_days=30), settled=dt.date(2025, 4, 30))]
    ['2025-03-31']
    """
    start = settled - dt.timedelta(days=plan.final_window_days)
    horizon = dt.timedelta(days=plan.horizon_days)
    return tuple(day for day in key_dates if plan.final_window_days and day + horizon > start)


def measure_apart(
    rows: pd.DataFrame, final: Sequence[dt.date], *, draws: int, seed: int, horizon_days: int
) -> pd.DataFrame:
    """Return the replay measures of the key dates before the final window, and of those in it.

    Parameters
    ----------
    rows
        As from ``replay``.
    final
        Key dates of the final window.
    draws, seed
        Customer-clustered bootstrap.
    horizon_days
        How long outcomes were followed.

    Returns
    -------
    ``part`` (``earlier`` or ``final``) and the columns of ``schema.MEASURES``; a part without key dates is absent.
    """
    inside = rows["key_date"].isin([pd.Timestamp(day) for day in final])
    parts = []
    for part, own in ((EARLIER, rows[~inside]), (FINAL, rows[inside])):
        if len(own):
            days = own["key_date"].drop_duplicates()
            window = (
                f"{part}: {len(days)} key dates, {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d};"
                f" outcomes followed {horizon_days} days"
            )
            found = measure(own, draws=draws, seed=seed, window=window)
            found.insert(0, "part", part)
            parts.append(found)
    return pd.concat(parts, ignore_index=True)


def final_words(key_dates: Sequence[dt.date], final: Sequence[dt.date], plan: Plan) -> str:
    """Return what the final window is, in a sentence.

    Examples
    --------
    >>> final_words([dt.date(2025, 1, 31)], [], Plan(final_days=0))
    'no final window: every figure may have been chosen on'
    """
    if not plan.final_window_days:
        return "no final window: every figure may have been chosen on"
    said = f"final window: the last {plan.final_window_days} days observed; no choice was made on"
    if len(final) == len(key_dates):
        return f"{said} them, and no key date lies before"
    return f"{said} {len(final)} of {len(key_dates)} key dates, which are reported apart"


def protocol(
    embargo: Embargo, plan: Plan, folds: Sequence[dt.date], final: Sequence[dt.date]
) -> tuple[str, ...]:
    """Return in sentences what a backtest learnt from, when it chose, and when it no longer did."""
    span = "all month-ends" if plan.window == "expanding" else f"the last {plan.landmarks} month-ends"
    every = "every key date" if plan.refit_every == 1 else f"every {plan.refit_every} key dates"
    return (
        embargo.words,
        f"trained on {span} before a key date, with what was known of their items by then",
        f"refitted {every}; cuts are chosen on the same days and frozen in between",
        final_words(folds, final, plan),
    )
