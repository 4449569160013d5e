"""Expected against realised loss: what earlier publications provided for, and what was lost of it since.

Beside the publications stand the backtest's key dates, where a model of that day said what it expected: a first run
has a past of its own. Nothing that was said with hindsight is among them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from arseg.forecast.aging import aging_bucket
from arseg.forecast.realised_loss import expected_against_realised
from arseg.ledger import observe_outcomes, read_ledger
from arseg.runs.past_books import past_items
from arseg.runs.publication import published, versions

if TYPE_CHECKING:
    from arseg.runs.journal import Run

PUBLISHED, MODELLED = "published", "model of that day"
COLUMNS: Final = (
    *("origin", "said", "followed_days", "by", "group", "items", "customers"),
    *("expected", "realised", "still_open", "ratio", "low", "high", "inside", "verdict"),
)
# Earlier than this nothing can have been written off yet.
_FEWEST_DAYS: Final = 28
_MOST: Final = 12
_MONEY: Final = ["balance", "cash", "credited", "written_off"]


def loss_backtest(run: Run, notes: list[str]) -> pd.DataFrame:
    """Return expected and realised loss of every past day that said what it expected.

    Publications of earlier key dates count from four weeks on; those of the backtest once their items have been followed
    for the experiment's ``mature_days``. Only what was in the pool counts: of an item that was partly excluded the same
    part of what came.

    Parameters
    ----------
    run
        The run.
    notes
        Gets a sentence where items are no longer in the book.

    Returns
    -------
    frame
        ``COLUMNS``, oldest first, publications before the backtest: in all, by segment where it was published, by
        bucket. ``verdict`` says in words what the 95 % interval says, and nothing before ``mature_days``.
    """
    settled = run.key_date - dt.timedelta(days=run.experiment.training.settle_lag_days)
    parts = []
    for said, day, items in (*_published(run, settled), *_modelled(run, settled)):
        by = [name for name in ("segment", "bucket") if name in items]
        came = _came(run, day, settled, items)
        known = items["invoice_id"].isin(came["invoice_id"])
        if not known.all():
            notes.append(
                f"{(~known).sum():,} items of {day} are no longer in the book: their loss is not counted."
            )
        found = expected_against_realised(items[known], came, by=by)
        followed = (settled - day).days
        mature = followed >= run.experiment.provision.mature_days
        found = found.assign(origin=pd.Timestamp(day), said=said, followed_days=followed)
        parts.append(found.assign(verdict=[_verdict(row, mature=mature) for row in found.to_dict("records")]))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    frame = pd.concat(parts, ignore_index=True)
    # A column of truths and gaps has no type of its own in Parquet.
    return frame.astype({"inside": "boolean"})[list(COLUMNS)]


def _published(run: Run, settled: dt.date) -> Iterator[tuple[str, dt.date, pd.DataFrame]]:
    """Yield the pool of each earlier key date's last publication."""
    folder = published(run.home, run.experiment.name)
    held: dict[dt.date, Path] = {}
    for version in versions(folder):
        path = folder / "versions" / version / "provision_items.parquet"
        if path.is_file():
            held[dt.date.fromisoformat(version[:10])] = path
    days = [day for day in sorted(held) if day < run.key_date and (settled - day).days >= _FEWEST_DAYS]
    for day in days[-_MOST:]:
        items = pd.read_parquet(held[day]).astype({"exposed": "float64"})
        pool = items[items["exposed"] > 0]
        if len(pool):
            yield PUBLISHED, day, pool.assign(share=pool["exposed"] / pool["balance"].astype("float64"))


def _modelled(run: Run, settled: dt.date) -> Iterator[tuple[str, dt.date, pd.DataFrame]]:
    """Yield the items of each of the backtest's key dates that is mature, with the loss its model expected."""
    asked = run.experiment.provision
    for day, items in past_items(run).items():
        own = items[items["balance"] > 0]
        if (settled - day).days >= asked.mature_days and len(own):
            loss = own["expected_loss"] * asked.loss_given_default
            bucket = aging_bucket(own["days_past_due"].to_numpy(dtype="int64"))
            yield MODELLED, day, own.assign(expected_loss=loss, bucket=bucket, share=1.0)


def _came(run: Run, day: dt.date, settled: dt.date, items: pd.DataFrame) -> pd.DataFrame:
    """Return what came of the items, each times the share of it that was in the pool."""
    found = observe_outcomes(
        read_ledger(run.ledger_path), day, observed_on=run.key_date, until=settled, cache=run.cache
    )
    found = found[["invoice_id", *_MONEY]].astype(dict.fromkeys(_MONEY, "float64"))
    share = items.set_index("invoice_id")["share"].reindex(found["invoice_id"]).fillna(0.0)
    found[_MONEY] = found[_MONEY].mul(share.to_numpy(), axis="index")
    return found


def _verdict(row: dict[str, Any], *, mature: bool) -> str:
    """Return what expected and realised say of each other; the interval is that of realised over expected."""
    low, high = row["low"], row["high"]
    if not mature:
        return "more was lost already" if low > 1 else "too early to say"
    if not row["realised"]:
        return "nothing was lost"
    if math.isnan(low):
        return "too few customers to tell"
    return "too little was provided" if low > 1 else "too much was provided" if high < 1 else "not told apart"
