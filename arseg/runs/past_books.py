"""Past key dates of a run: what was open then, what the model of that day said of it, and what it brought since.

The backtest has a model for each of its key dates; what that one says is kept while it is at hand, so that nothing is
trained again for what a forecast and a provision learn from their own past.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.forecast import OpenBook
from arseg.forecast.dependence_fit import PastForecast
from arseg.forecast.open_book import WEEK
from arseg.ledger import read_ledger
from arseg.ledger.receipts import observe_receipts
from arseg.runs.walked import item_columns, kept_days
from arseg.schema.places import places_of
from arseg.side_by_side import side_by_side

if TYPE_CHECKING:
    from pathlib import Path

    from arseg.backtest.walk_forward import Fold
    from arseg.ledger import Ledger
    from arseg.runs.journal import Run

# A year of month-ends: older ones say little of today's payers.
MOST_DAYS: Final = 12
FITTED: Final = "fitted"
_ITEMS, _CURVES = "past_book_", "past_curves_"
_COLUMNS: Final = ["invoice_id", "customer_id", "balance", "days_past_due"]


@dataclass(frozen=True)
class PastBook:
    """The items open on a past day, and the cash of each in each week after it.

    Parameters
    ----------
    day
        The past key date.
    items
        ``invoice_id``, ``customer_id``, ``balance``, ``days_past_due``.
    cash
        Reporting currency, shape (items, weeks).
    """

    day: dt.date
    items: pd.DataFrame
    cash: np.ndarray


def forget_past(run: Run) -> None:
    """Drop what an earlier try of the backtest kept: other key dates may be asked for now."""
    for stem in (_ITEMS, _CURVES):
        for path in run.work.glob(f"{stem}*"):
            path.unlink()


def keep_past(run: Run, fold: Fold) -> None:
    """Keep a key date's open items with the loss that its model expected; its curves where dependence is fitted."""
    stem = f"{fold.key_date:%Y%m%d}"
    items = fold.scores.items.set_index("invoice_id").loc[fold.said.matrix.index].reset_index()
    run.save(f"{_ITEMS}{stem}", items[[*_COLUMNS, "expected_loss"]])
    if run.experiment.forecast.dependence == FITTED:
        times = WEEK * np.arange(1, run.experiment.forecast.weeks + 1)
        said = fold.said.at(times, np.float32)
        np.save(run.work / f"{_CURVES}{stem}.npy", said, allow_pickle=False)


def past_items(run: Run) -> dict[dt.date, pd.DataFrame]:
    """Return what the backtest kept of each of its key dates, oldest first: the items and ``expected_loss``."""
    found = {}
    for path in sorted(run.work.glob(f"{_ITEMS}*.parquet")):
        day = dt.datetime.strptime(path.stem.removeprefix(_ITEMS), "%Y%m%d").date()  # noqa: DTZ007  # a day has no zone
        found[day] = run.load(path.stem)
    return found


def past_books(run: Run) -> list[PastBook]:
    """Return the last month-ends whose weeks were over, and settled, by the key date; at most twelve, oldest first."""
    weeks = run.experiment.forecast.weeks
    settled = run.key_date - dt.timedelta(days=run.experiment.training.settle_lag_days)
    over = [day for day in kept_days(run) if day + dt.timedelta(days=WEEK * weeks) <= settled]
    ledger = read_ledger(run.ledger_path)

    def look(day: dt.date) -> PastBook:
        items = item_columns(run, day, _COLUMNS)
        items = items[items["balance"] > 0].reset_index(drop=True)
        items["balance"] = items["balance"].astype("float64")
        cash = cash_since(ledger, day, items, known=run.key_date, weeks=weeks, cache=run.cache)
        return PastBook(day, items, cash)

    return list(side_by_side(look, over[-MOST_DAYS:]))


def past_forecasts(run: Run, books: list[PastBook]) -> list[PastForecast]:
    """Return those past books of which the backtest kept the curves, as they were forecast then."""
    found = []
    for book in books:
        stem = f"{book.day:%Y%m%d}"
        path = run.work / f"{_CURVES}{stem}.npy"
        if not path.is_file():
            continue
        kept = pd.Index(run.load(f"{_ITEMS}{stem}")["invoice_id"])
        row = kept.get_indexer(book.items["invoice_id"])
        # Rounded to single precision a sum over causes may pass one by a little.
        said = np.load(path, allow_pickle=False)[row[row >= 0]]
        times = WEEK * np.arange(1, said.shape[2] + 1)
        items = book.items[row >= 0].reset_index(drop=True)
        found.append(PastForecast(OpenBook(items, said, times, book.day), book.cash[row >= 0]))
    return found


def cash_since(
    ledger: Ledger,
    day: dt.date,
    items: pd.DataFrame,
    *,
    known: dt.date,
    weeks: int,
    cache: Path | None = None,
) -> np.ndarray:
    """Return the cash of items open on a day in each week after it, shape (items, weeks).

    Parameters
    ----------
    ledger, day
        The book, and the day that the weeks follow.
    items
        ``invoice_id`` and ``balance``; an item of the book that is not among them counts as nothing.
    known
        The day whose knowledge says what came.
    weeks
        Whole weeks that are over.
    cache
        As for ``observe_receipts``.
    """
    until = day + dt.timedelta(days=WEEK * weeks)
    found = observe_receipts(ledger, day, observed_on=known, until=until, cache=cache)
    row = places_of(found["invoice_id"], items["invoice_id"])
    found, row = found[row >= 0], row[row >= 0]
    cash = np.zeros((len(items), weeks))
    money = found["share"].to_numpy() * items["balance"].to_numpy(dtype=np.float64)[row]
    np.add.at(cash, (row, (found["day"].to_numpy() - 1) // WEEK), money)
    return cash
