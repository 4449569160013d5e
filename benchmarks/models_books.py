"""Landmark rows of the books on which models are compared: what was known at each key date, and what came of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

SHARED: Final = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
# Above this many rows a model learns from a part of them, drawn by lot.
MOST_ROWS: Final = 20_000
_PARTS: Final = ("X", "y", "X_test", "y_test")


@dataclass(frozen=True)
class Book:
    """A book, the span of its key dates, and the day from which on models are judged.

    Parameters
    ----------
    files
        Under the folder of the public data; of a world none.
    layout
        How they are read.
    first, cut, last
        First key date; last that is learnt from lies before the cut; last key date.
    step
        Days between key dates.
    """

    files: tuple[str, ...]
    layout: str
    first: dt.date
    cut: dt.date
    last: dt.date
    step: int = 28


BOOKS: Final = {
    "ibm_ar": Book(
        ("ibm_ar/WA_Fn-UseC_-Accounts-Receivable.csv",),
        "ibm_ar",
        dt.date(2012, 6, 30),
        dt.date(2013, 6, 1),
        dt.date(2013, 11, 30),
    ),
    "highradius": Book(
        ("highradius/closed_invoices.csv", "highradius/open_invoices.csv"),
        "highradius",
        dt.date(2019, 2, 28),
        dt.date(2019, 11, 1),
        dt.date(2020, 1, 31),
    ),
    "ap_invoices": Book(
        ("ap_invoices/AccountsPayable_Raw_data.xlsx",),
        "ap_invoices",
        dt.date(2023, 1, 31),
        dt.date(2023, 4, 15),
        dt.date(2023, 6, 30),
        14,
    ),
    "traffic_fines": Book(
        ("traffic_fines/traffic_fines.csv",),
        "traffic_fines",
        dt.date(2006, 12, 31),
        dt.date(2009, 6, 30),
        dt.date(2011, 6, 30),
        91,
    ),
    "typical world": Book((), "typical", dt.date(2024, 6, 30), dt.date(2025, 8, 1), dt.date(2026, 1, 31)),
    "clean world": Book((), "clean", dt.date(2024, 6, 30), dt.date(2025, 8, 1), dt.date(2026, 1, 31)),
}


@dataclass(frozen=True)
class Frames:
    """What models learn from and are judged on.

    Parameters
    ----------
    X, y
        Landmark rows known by the cut; y has ``event`` and ``duration``.
    X_test, y_test
        Later ones; y_test also has ``followed_days``, ``balance`` and ``customer_id``.
    """

    X: pd.DataFrame
    y: pd.DataFrame
    X_test: pd.DataFrame
    y_test: pd.DataFrame


def frames_of(name: str, home: Path, *, every: int = 1, customers: int = 600) -> Frames:
    """Return the landmark rows of a book.

    Parameters
    ----------
    name
        Of ``BOOKS``.
    home
        Where its ledger goes.
    every
        Takes each so many-th key date only.
    customers
        Of a world.
    """
    from arseg.features import build_features
    from arseg.ledger import observe_outcomes, take_snapshots

    book = BOOKS[name]
    ledger = _ledger(name, book, home, customers)
    count = (book.last - book.first).days // (book.step * every)
    days = [book.first + dt.timedelta(days=book.step * every * at) for at in range(count + 1)]
    learnt, judged = [], []
    with take_snapshots(ledger, days) as snapshots:
        for features in snapshots.map(build_features):
            day = features.key_date
            seen = book.cut if day < book.cut else ledger.last_known
            found = observe_outcomes(ledger, day, observed_on=seen).set_index("invoice_id")
            rows = features.matrix().join(found[["event", "duration", "followed_days", "customer_id"]])
            rows["amount"] = found["balance"].reindex(rows.index)
            (learnt if day < book.cut else judged).append(rows)
    train, test = pd.concat(learnt), pd.concat(judged)
    if len(train) > MOST_ROWS:
        train = train.sample(MOST_ROWS, random_state=7)
    names = ["event", "duration", "followed_days", "customer_id", "amount"]
    known = [column for column in train.columns.drop(names) if train[column].notna().any()]
    return Frames(
        train[known],
        train[["event", "duration"]].astype("int64"),
        test[known],
        test[names].rename(columns={"amount": "balance"}),
    )


def write_frames(frames: Frames, path: Path) -> None:
    """Keep the rows of a book."""
    path.mkdir(parents=True)
    for part in _PARTS:
        getattr(frames, part).reset_index(drop=True).to_parquet(path / f"{part}.parquet")


def read_frames(path: str) -> Frames:
    """Return the rows that were kept."""
    return Frames(*(pd.read_parquet(Path(path) / f"{part}.parquet") for part in _PARTS))


def _ledger(name: str, book: Book, home: Path, customers: int) -> Any:
    from arseg.ledger import load, read_ledger
    from arseg.world import synthesize

    sources = [SHARED / file for file in book.files]
    layout = book.layout
    if not sources:
        synthesize(home / "book", customers=customers, months=30, seed=7, setting=book.layout)
        sources, layout = [home / "book"], "arseg"
    loaded = load(sources, layout, into=name.replace(" ", "_"), home=home)
    return read_ledger(loaded.ledger_path)
