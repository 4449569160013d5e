"""Frozen forecasts across runs: what this one says is kept, and what earlier ones said is held against what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.forecast import CashCube, FrozenForecast, OpenBook, freeze, load_frozen
from arseg.forecast.accuracy import accuracy_table, score_frozen
from arseg.forecast.frozen import freeze_point
from arseg.forecast.misses import largest_misses
from arseg.forecast.naive_cash import cash_by_aging, cash_by_delay, cash_by_terms, learn_aging_cash
from arseg.forecast.open_book import WEEK
from arseg.ledger import observe_outcomes, read_ledger, take_snapshot
from arseg.runs.editions import one_per_day
from arseg.runs.past_books import PastBook, cash_since
from arseg.runs.publication import published
from arseg.schema import DataError

if TYPE_CHECKING:
    from arseg.backtest import Walk
    from arseg.ledger import Ledger
    from arseg.runs.journal import Run

ITEMS: Final = "forecast_items"
AGING: Final = "aging_cash"
ROLLS: Final = "aging roll rates"
METHODS: Final = ("arseg", "terms", "average delay", ROLLS)
_EMPTY: Final = {
    "said_and_came": ("method", "origin", "group", "ahead", "expected", "actual"),
    "forecast_accuracy": ("method", "group", "weeks", "actual", "wape", "bias", "coverage_80", "crps"),
    "largest_misses": ("origin", "ahead", "customer_id", "expected", "actual", "miss", "reason", "why"),
}
# So many of an origin's customers, and only of its first week and of its last one that has come.
_TOP: Final = 5


@dataclass(frozen=True)
class Before:
    """A published forecast: what was said in all and by segment, of each item, and how aging buckets paid before it."""

    frozen: FrozenForecast
    items: pd.DataFrame
    aging: pd.DataFrame | None = None

    @property
    def weeks(self) -> list[str]:
        """The columns of the items that hold the weeks' expectations."""
        return [f"week_{ahead}" for ahead in range(1, self.frozen.expected.shape[1] + 1)]


def say(run: Run, walk: Walk, book: OpenBook, cube: CashCube) -> None:
    """Keep the forecast as it is said, to be published and never said again."""
    weeks = cube.expected.shape[1]
    expected = pd.DataFrame(book.expected_by_week(weeks)).set_axis(
        [f"week_{ahead}" for ahead in range(1, weeks + 1)], axis="columns"
    )
    known = ["invoice_id", "customer_id", "segment", "balance", "days_past_due"]
    items = book.items[known].reset_index(drop=True)
    naive = past_delays(run, walk).reindex(items["customer_id"]).reset_index(drop=True)
    run.save(ITEMS, pd.concat([items, naive, expected], axis="columns"))
    folder = run.work / "frozen"
    for path in folder.glob("*"):
        path.unlink()
    freeze(cube, by="segment").save(folder)


def aging_shares(books: Sequence[PastBook]) -> pd.DataFrame:
    """Return the share of each aging bucket's money that came in each week after past month-ends.

    A forecast from them is kept with the publication, for a baseline too must be said before it is held against what came.

    Parameters
    ----------
    books
        Of month-ends whose weeks were over by the key date; without one there is no row.

    Returns
    -------
    frame
        ``bucket``, ``month_ends`` and ``week_1``, ``week_2``, ...
    """
    try:
        items = pd.concat([book.items for book in books], ignore_index=True)
        shares = learn_aging_cash(items, np.concatenate([book.cash for book in books]))
    except (DataError, ValueError):
        return pd.DataFrame({"bucket": pd.Series(dtype="str"), "month_ends": pd.Series(dtype="int64")})
    shares = shares.set_axis([f"week_{week}" for week in shares.columns], axis="columns")
    shares.insert(0, "month_ends", len(books))
    return shares.rename_axis("bucket").reset_index()


def past_delays(run: Run, walk: Walk) -> pd.DataFrame:
    """Return how many invoices each customer cleared in the last year, and how late on average, days."""
    customers = walk.landmark(run.key_date).features.customers
    known = {"cleared": "cleared_count_12m", "delay_days": "cleared_days_late_mean_12m"}
    asked = customers.set_index("customer_id").reindex(columns=list(known.values()))
    return asked.set_axis(list(known), axis="columns")


def published_before(run: Run) -> list[Before]:
    """Return the forecasts of the experiment's earlier key dates, one a day, oldest first.

    Raises
    ------
    DataError
        If one of them is not what was published.
    """
    folder = published(run.home, run.experiment.name)
    return [
        Before(
            load_frozen(held / f"{day}.npz"),
            pd.read_parquet(held / f"{ITEMS}.parquet"),
            _published_aging(held),
        )
        for day, held in one_per_day(folder, run.key_date.isoformat()).items()
        if (held / f"{day}.npz").is_file()
    ]


def _published_aging(held: Path) -> pd.DataFrame | None:
    """Return how buckets paid before a publication; None where it did not say, as those of earlier releases."""
    path = held / f"{AGING}.parquet"
    shares = pd.read_parquet(path).set_index("bucket") if path.is_file() else pd.DataFrame()
    return shares.filter(like="week_") if len(shares) else None


def look_back(run: Run) -> dict[str, pd.DataFrame]:
    """Return what was said before, what came, how accurate it was, and who moved the largest misses.

    A week counts once the book has had its settling days to learn of it. Without an earlier publication all three
    tables are empty.
    """
    settled = run.key_date - dt.timedelta(days=run.experiment.training.settle_lag_days)
    come = [one for one in published_before(run) if (settled - one.frozen.origin).days >= WEEK]
    if not come:
        return {name: pd.DataFrame(columns=list(columns)) for name, columns in _EMPTY.items()}
    ledger = read_ledger(run.ledger_path)
    cash = [came(ledger, one, run.key_date, settled) for one in come]
    actual = pd.concat([_actual(one, brought) for one, brought in zip(come, cash, strict=True)])
    scored = _scored(come, actual)
    misses = [_misses(ledger, one, brought, run.key_date) for one, brought in zip(come, cash, strict=True)]
    return {
        "said_and_came": scored,
        "forecast_accuracy": accuracy_table(scored, by=["method", "group"]),
        "largest_misses": pd.concat(misses, ignore_index=True),
    }


def came(ledger: Ledger, before: Before, known: dt.date, settled: dt.date) -> np.ndarray:
    """Return the cash of a past forecast's items in each whole week since, shape (items, weeks that have come)."""
    weeks = min((settled - before.frozen.origin).days // WEEK, len(before.weeks))
    return cash_since(ledger, before.frozen.origin, before.items, known=known, weeks=weeks)


def _scored(come: list[Before], actual: pd.DataFrame) -> pd.DataFrame:
    said = {name: [_said(one, name) for one in come if _says(one, name)] for name in METHODS}
    parts = [score_frozen(frozen, actual).assign(method=name) for name, frozen in said.items() if frozen]
    frame = pd.concat(parts, ignore_index=True)
    return frame[["method", *(name for name in frame if name != "method")]]


def _says(before: Before, method: str) -> bool:
    """Return whether a method said something on that day: roll rates need a past of their own."""
    return method != ROLLS or before.aging is not None


def _said(before: Before, method: str) -> FrozenForecast:
    """Return what a method said of the total on that day; the forecast itself as it was published."""
    if method == "arseg":
        return before.frozen
    weeks, items = len(before.weeks), before.items
    if method == "terms":
        cash = cash_by_terms(items, weeks=weeks)
    elif before.aging is not None and method == ROLLS:
        cash = cash_by_aging(items, before.aging)
    else:
        past = items[["customer_id", "cleared", "delay_days"]].dropna().drop_duplicates("customer_id")
        # One row per cleared invoice, for the baseline shrinks by their number.
        cleared = past.loc[past.index.repeat(past["cleared"].astype("int64"))]
        cash = cash_by_delay(items, cleared.rename(columns={"delay_days": "days_late"}), weeks=weeks)
    expected = pd.DataFrame([cash.sum(axis=0)], index=["all"])
    return freeze_point(before.frozen.origin, expected)


def _actual(before: Before, cash: np.ndarray) -> pd.DataFrame:
    sums = {"all": cash.sum(axis=0)}
    segments = before.items["segment"].to_numpy()
    sums |= {name: cash[segments == name].sum(axis=0) for name in np.unique(segments)}
    return pd.DataFrame(
        [
            {"origin": before.frozen.origin, "group": name, "ahead": week, "cash": value}
            for name, values in sums.items()
            for week, value in enumerate(values, start=1)
        ]
    )


def _misses(ledger: Ledger, before: Before, cash: np.ndarray, known: dt.date) -> pd.DataFrame:
    """Return who moved the first week, and the last one that has come, and why."""
    whole = cash.shape[1]
    until = before.frozen.origin + dt.timedelta(days=WEEK * whole)
    ends = observe_outcomes(ledger, before.frozen.origin, observed_on=known, until=until).set_index(
        "invoice_id"
    )
    items = before.items[["customer_id", "balance"]].reset_index(drop=True)
    for name in ("credited", "written_off"):
        items[name] = ends[name].reindex(before.items["invoice_id"]).fillna(0.0).to_numpy()
    items["disputed"] = _disputed(ledger, before, until, known)
    expected = before.items[before.weeks[:whole]].to_numpy()
    parts = [
        largest_misses(items, expected, cash, week=week, top=_TOP).assign(
            origin=pd.Timestamp(before.frozen.origin), ahead=week
        )
        for week in dict.fromkeys((1, whole))
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame[["origin", "ahead", *(name for name in frame if name not in {"origin", "ahead"})]]


def _disputed(ledger: Ledger, before: Before, until: dt.date, known: dt.date) -> np.ndarray:
    """Return which items were in dispute on a day after the origin; none where the book logs no disputes."""
    origin = before.frozen.origin
    with take_snapshot(ledger, known) as snapshot:
        if "disputes" not in snapshot.present:
            return np.zeros(len(before.items), dtype=bool)
        held = snapshot.sql(
            "SELECT DISTINCT invoice_id FROM disputes WHERE invoice_id IS NOT NULL"
            f" AND opened_on <= DATE '{until}' AND (closed_on IS NULL OR closed_on > DATE '{origin}')"
            " ORDER BY invoice_id"
        )
    return before.items["invoice_id"].isin(held["invoice_id"]).to_numpy()
