"""Keep the month-ends of a walk between notebooks, so that each is built once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from arseg.backtest.standing import Standing, month_days
from arseg.backtest.walk_forward import Landmark, Walk
from arseg.features import Features

if TYPE_CHECKING:
    from arseg.runs.journal import Run


def keep_walk(run: Run, landmarks: Iterable[Landmark]) -> None:
    """Save the features and the standing of each month-end in the run's work folder."""
    days = []
    for mark in landmarks:
        stem = f"{mark.key_date:%Y%m%d}"
        run.save(f"items_{stem}", mark.features.items)
        run.save(f"customers_{stem}", mark.features.customers)
        run.save(f"profile_{stem}", mark.features.profile)
        run.save(f"standing_{stem}", mark.standing.customers.reset_index(names="customer_id"))
        run.save("dictionary", mark.features.dictionary)
        days.append(mark.key_date)
    run.save("month_ends", days)


def load_walk(run: Run, walk: Walk) -> Walk:
    """Return the walk with the saved month-ends in it; any other is still built when it is asked for."""
    dictionary = run.load("dictionary")
    for day in kept_days(run):
        stem = f"{day:%Y%m%d}"
        items, customers, profile = (run.load(f"{part}_{stem}") for part in ("items", "customers", "profile"))
        features = Features(day, items, customers, dictionary, profile)
        standing = Standing(day, run.load(f"standing_{stem}").set_index("customer_id"), month_days(day))
        walk.keep(Landmark(day, features, standing))
    return walk


def kept_days(run: Run) -> list[dt.date]:
    """Return the saved month-ends, oldest first."""
    return [dt.date.fromisoformat(day) for day in run.load("month_ends")]
