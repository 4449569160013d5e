"""The open items of a run with their curves: what the cash forecast and the provision both start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.forecast import OpenBook
from arseg.forecast.open_book import WEEK
from arseg.runs.assigning import published_policy
from arseg.runs.own_snapshot import own_snapshot
from arseg.runs.walked import item_columns

if TYPE_CHECKING:
    from arseg.models.asked_once import AskedBook
    from arseg.runs.journal import Run

# Every day of a quarter, then coarser to the year over which losses are provided for.
QUARTER: Final = 91
LATER: Final = (120, 150, 180, 210, 240, 270, 300, 330, 365)
NONE: Final = "none"
# What cash is asked by, where the book knows it.
BY: Final = ("segment", "currency", "entity", "portfolio")

EVERY: Final = "every_open_item"

_FRAME, _CURVES, _SAID = "forecast_book", "curves.npy", "said_curves.npy"


def curve_days(weeks: int) -> np.ndarray:
    """Return the days after the key date on which curves are read.

    Examples
    --------
    >>> curve_days(13)[[0, 90, 91, -1]].tolist()
    [1, 91, 120, 365]
    """
    dense = max(QUARTER, WEEK * weeks)
    return np.array([*range(1, dense + 1), *(day for day in LATER if day > dense)], dtype=np.int64)


def keep_curves(run: Run, said: AskedBook) -> None:
    """Keep what the run's model says of every item open on the key date, in their order, for ``make_book``.

    Who scores the items has asked of them already, and that is what costs.
    """
    # In single precision: a large book's curves would not fit in double.
    curves = said.at(curve_days(run.experiment.forecast.weeks), np.float32)
    np.save(run.work / _SAID, curves, allow_pickle=False)


def make_book(run: Run) -> OpenBook:
    """Return the open items with the published model's curves by cause, and keep them for later stages.

    Items that are in credit bring no cash and cannot be lost: they are left out here.
    """
    known = pd.Index(item_columns(run, run.key_date, ["invoice_id"])["invoice_id"], name="invoice_id")
    every = _items(run)
    run.save(EVERY, every)
    items = every[every["balance"] > 0].set_index("invoice_id")
    items = items.loc[known.intersection(items.index)].reset_index()
    said = np.load(run.work / _SAID, allow_pickle=False)
    incidence = said[known.get_indexer(items["invoice_id"])]
    run.save(_FRAME, items)
    np.save(run.work / _CURVES, incidence, allow_pickle=False)
    return OpenBook(items, incidence, curve_days(run.experiment.forecast.weeks), run.key_date)


def load_book(run: Run) -> OpenBook:
    """Return what ``make_book`` kept."""
    incidence = np.load(run.work / _CURVES, allow_pickle=False)
    return OpenBook(run.load(_FRAME), incidence, curve_days(run.experiment.forecast.weeks), run.key_date)


def segment_of(run: Run) -> pd.Series:
    """Return the published segment of each customer with an open item."""
    rows = run.load("segmentations")
    own = rows[rows["policy"] == repr(published_policy(run))]
    return own.set_index("customer_id")["segment"]


def asked_by(items: pd.DataFrame) -> list[str]:
    """Return the columns by which this book's cash can be asked: those that tell items apart, and the segment."""
    return [name for name in BY if name == "segment" or len(set(items[name])) > 1]


def _items(run: Run) -> pd.DataFrame:
    with own_snapshot(run) as snapshot:
        items = snapshot.sql(
            "SELECT invoice_id, customer_id, CAST(balance AS DOUBLE) AS balance, days_past_due, currency, entity"
            " FROM open_items ORDER BY invoice_id"
        )
        whose = snapshot.sql("SELECT customer_id, portfolio FROM customers").set_index("customer_id")
    items["segment"] = segment_of(run).reindex(items["customer_id"]).to_numpy()
    items["portfolio"] = whose["portfolio"].reindex(items["customer_id"]).to_numpy()
    for name in BY:
        items[name] = items[name].astype(object).where(items[name].notna(), NONE).astype(str)
    return items
