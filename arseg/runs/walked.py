"""Keep the month-ends of a walk between notebooks, so that each is built once."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd
import pyarrow.parquet as pq

from arseg.backtest.standing import Standing, month_days
from arseg.backtest.walk_forward import Landmark, Walk
from arseg.features import Features
from arseg.features.kept import PARTS

if TYPE_CHECKING:
    from arseg.runs.journal import Run

# Bytes of month-ends that are held at the same time.
_HELD: Final = 2**30


def keep_walk(run: Run, landmarks: Iterable[Landmark]) -> None:
    """Save the features and the standing of each month-end in the run's work folder."""
    days = []
    for mark in landmarks:
        stem = f"{mark.key_date:%Y%m%d}"
        _keep_features(run, mark.features, mark.kept)
        run.save(f"standing_{stem}", mark.standing.customers.reset_index(names="customer_id"))
        days.append(mark.key_date)
    run.save("month_ends", days)


def keep_day(run: Run, features: Features, kept: Path | None = None) -> None:
    """Save the features of the key date alone, for a run that looks back on nothing: what stood open is not among them.

    Parameters
    ----------
    run
        The run.
    features
        Of its key date.
    kept
        Where they are kept already; nowhere where None.
    """
    _keep_features(run, features, kept)
    run.save("month_ends", [features.key_date])


def _keep_features(run: Run, features: Features, kept: Path | None) -> None:
    for part in PARTS:
        name = f"{part}_{features.key_date:%Y%m%d}"
        if not _copied(kept, part, run.work / f"{name}.parquet"):
            run.save(name, getattr(features, part))
    run.save("dictionary", features.dictionary)


def _copied(kept: Path | None, part: str, path: Path) -> bool:
    """Copy what lies in a file already, which costs less than to make one again; return whether it did."""
    found = None if kept is None else kept / f"{part}.parquet"
    if found is None or not found.is_file():
        return False
    aside = path.with_suffix(".tmp")
    shutil.copyfile(found, aside)
    aside.replace(path)
    return True


class KeptLandmark(Landmark):
    """A month-end whose frames lie on disk until somebody asks for them."""

    _known: Callable[[dt.date], Features]
    _stood: Callable[[dt.date], Standing]

    def __init__(
        self,
        key_date: dt.date,
        known: Callable[[dt.date], Features],
        stood: Callable[[dt.date], Standing],
    ) -> None:
        object.__setattr__(self, "key_date", key_date)
        object.__setattr__(self, "_known", known)
        object.__setattr__(self, "_stood", stood)

    @property
    def features(self) -> Features:
        """What was known of items and customers."""
        return self._known(self.key_date)

    @property
    def standing(self) -> Standing:
        """What stood open."""
        return self._stood(self.key_date)


def load_walk(run: Run, walk: Walk) -> Walk:
    """Return the walk with the saved month-ends in it; any other is still built when it is asked for.

    Each is read when it is asked for, and as many are held as a gigabyte holds: of a small book all, of a large one two.
    Who asks for what stood open does not wait for the features, nor the other way round.
    """
    days = kept_days(run)
    held = lru_cache(maxsize=max(2, _HELD // max(1, _largest(run, days))))
    known, stood = held(partial(_features, run)), held(partial(_standing, run))
    for day in days:
        walk.keep(KeptLandmark(day, known, stood))
    return walk


def _features(run: Run, day: dt.date) -> Features:
    return replace(kept_customers(run, day), items=run.load(f"items_{day:%Y%m%d}"))


def _standing(run: Run, day: dt.date) -> Standing:
    return Standing(day, run.load(f"standing_{day:%Y%m%d}").set_index("customer_id"), month_days(day))


def kept_customers(run: Run, day: dt.date) -> Features:
    """Return the features of a saved month-end's customers, and of no item."""
    items = item_columns(run, day, ["invoice_id", "customer_id"])[:0]
    customers, profile = (run.load(f"{part}_{day:%Y%m%d}") for part in ("customers", "profile"))
    return Features(day, items, customers, run.load("dictionary"), profile)


def item_columns(run: Run, day: dt.date, names: list[str]) -> pd.DataFrame:
    """Return no more than some columns of the items that were open on a saved month-end."""
    return pd.read_parquet(run.work / f"items_{day:%Y%m%d}.parquet", columns=names)


def _largest(run: Run, days: list[dt.date]) -> int:
    """Return the bytes of the largest month-end's figures, read off what heads its files."""
    files = (
        [pq.read_metadata(run.work / f"{part}_{day:%Y%m%d}.parquet") for part in ("items", "customers")]
        for day in days
    )
    return max((sum(8 * file.num_rows * file.num_columns for file in each) for each in files), default=0)


def kept_days(run: Run) -> list[dt.date]:
    """Return the saved month-ends, oldest first."""
    return [dt.date.fromisoformat(day) for day in run.load("month_ends")]
