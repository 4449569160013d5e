"""What a book's own history says of losses: vintages, roll rates and chains, as known on the run's key date.

Money is followed in fine buckets, because within a wide one the older is the worse, and shown in the usual ones. A
past item's segment is the one that the published policy gave its customer on that past key date, with what a model
knew by then: a segment given with hindsight would separate too well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from arseg.forecast import MethodRates
from arseg.forecast.aging import aging_bucket
from arseg.forecast.reached_buckets import Vintages, reached_buckets, reached_rates
from arseg.forecast.roll_rates import STEP, roll_rates, track_step
from arseg.forecast.transitions import transition_rates
from arseg.ledger import observe_outcomes, read_ledger
from arseg.runs.assigning import published_policy
from arseg.runs.item_curves import NONE
from arseg.runs.own_snapshot import own_snapshot
from arseg.runs.walked import item_columns, kept_days
from arseg.schema import AGING_EDGES, AGING_NAMES, DataError
from arseg.schema.places import places_of
from arseg.side_by_side import side_by_side

if TYPE_CHECKING:
    from arseg.ledger import Ledger
    from arseg.runs.journal import Run

# Weekly around the due date, where an item's chances change fastest.
VINTAGE_EDGES: Final = (-30, -14, -7, 1, 8, 15, 31, 61, 91, 121, 151, 181, 211, 241)
# A step of a chain is 30 days, and so are its buckets.
CHAIN_EDGES: Final = (-60, -30, 1, 31, 61, 91, 121, 151, 181, 211, 241)
STEPS: Final = 12
# An invoice has the segment that its customer had at most so many days before its due date.
KNOWN_FOR: Final = 62


def named(edges: Sequence[int]) -> tuple[str, ...]:
    """Return the names of fine buckets, by the days past due at which they start.

    Examples
    --------
    >>> named((1, 31))
    ('before 1', 'from 1', 'from 31')
    """
    return (f"before {edges[0]}", *(f"from {edge}" for edge in edges))


def vintages(run: Run, items: pd.DataFrame) -> MethodRates:
    """Return the rates of what was lost of the money that reached a bucket.

    Parameters
    ----------
    run
        The run.
    items
        Open items: ``segment``, ``days_past_due``, ``exposed``.

    Raises
    ------
    DataError
        If no invoice is old enough to tell its loss.
    """
    asked = run.experiment.provision
    names = named(VINTAGE_EDGES)
    invoices, postings = _postings(run)
    invoices["segment"] = _segments_then(run, invoices)
    known = Vintages(
        pd.Timestamp(run.key_date), asked.mature_days, asked.unpaid_is_lost, VINTAGE_EDGES, names
    )
    reached = reached_buckets(invoices, postings, known)
    own = reached[reached["segment"] != NONE]
    segments = reached_rates(own, names=names) if len(own) else None
    pool = reached_rates(reached, by_segment=False, names=names)
    return _shown(items, segments, pool, VINTAGE_EDGES, asked.loss_given_default)


def rolls(run: Run, items: pd.DataFrame, tracked: pd.DataFrame) -> MethodRates:
    """Return the rates that rolls, multiplied to the end, imply; see ``vintages`` and ``track``."""
    return _chained(run, items, tracked, roll_rates)


def transitions(run: Run, items: pd.DataFrame, tracked: pd.DataFrame) -> MethodRates:
    """Return the rates of the absorbing chain; see ``vintages`` and ``track``.

    Raises
    ------
    DataError
        If money circles without ever leaving the book.
    """
    return _chained(run, items, tracked, transition_rates)


def track(run: Run) -> pd.DataFrame:
    """Return where money stood at past month-ends and where it was 30 days later, for at most twelve of them.

    Raises
    ------
    DataError
        If none was followed for so long.
    """
    last = run.key_date - dt.timedelta(days=STEP + run.experiment.training.settle_lag_days)
    days = [day for day in kept_days(run) if day <= last][-STEPS:]
    segments, ledger = past_segments(run), read_ledger(run.ledger_path)
    parts = list(side_by_side(lambda day: _step(run, ledger, day, segments), days))
    if not parts:
        raise DataError(
            "no past month-end was followed for a step",
            given=f"{len(kept_days(run))} month-ends up to {run.key_date}",
            allowed=f"one, {STEP} days and the settling days before the key date",
            do="load more history",
            code="no_step",
        )
    return pd.concat(parts, ignore_index=True)


def _step(run: Run, ledger: Ledger, day: dt.date, segments: pd.Series) -> pd.DataFrame:
    """Return one step of tracked money, of the items whose features were kept that day."""
    until = day + dt.timedelta(days=STEP)
    found = observe_outcomes(ledger, day, observed_on=run.key_date, until=until, cache=run.cache)
    own = segments[segments.index.get_level_values("key_date") == pd.Timestamp(day)]
    segment = own.droplevel("key_date").reindex(found["customer_id"])
    found["segment"] = segment.fillna(NONE).to_numpy()
    stood = item_columns(run, day, ["invoice_id", "days_past_due"])
    stood = stood[stood["days_past_due"].notna()].reset_index(drop=True)
    row = places_of(found["invoice_id"], stood["invoice_id"])
    past_due = stood["days_past_due"].take(row[row >= 0]).reset_index(drop=True)
    found = found[row >= 0].reset_index(drop=True)
    return track_step(found, past_due, edges=CHAIN_EDGES, names=named(CHAIN_EDGES))


def past_segments(run: Run) -> pd.Series:
    """Return the segment of each customer at each past key date of the backtest, index ``key_date, customer_id``."""
    scores, policy = run.load("past_scores"), published_policy(run)
    dated = scores.groupby("key_date") if "key_date" in scores else ()
    parts = [
        policy.assign(part.drop(columns="key_date").reset_index(drop=True)).assign(key_date=pd.Timestamp(day))
        for day, part in dated
    ]
    rows = pd.concat(parts) if parts else pd.DataFrame(columns=["key_date", "customer_id", "segment"])
    return rows.set_index(["key_date", "customer_id"])["segment"]


def _chained(run: Run, items: pd.DataFrame, tracked: pd.DataFrame, method: object) -> MethodRates:
    names = named(CHAIN_EDGES)
    own = tracked[tracked["segment"] != NONE]
    assert callable(method)
    segments = method(own, names=names) if len(own) else None
    pool = method(tracked, by_segment=False, names=names)
    return _shown(items, segments, pool, CHAIN_EDGES, run.experiment.provision.loss_given_default)


def _shown(
    items: pd.DataFrame,
    segments: pd.DataFrame | None,
    pool: pd.DataFrame,
    edges: Sequence[int],
    lost: float,
) -> MethodRates:
    """Return rates of fine buckets as those of the buckets that are shown, of each segment that is open today."""
    names = named(edges)
    fine = aging_bucket(items["days_past_due"], edges=edges, names=names)
    today = items.assign(fine=fine, bucket=aging_bucket(items["days_past_due"]))
    whole = _coarse(today, filled(pool.assign(segment="all"), names))
    parts = []
    for name, own in today.groupby("segment", sort=True):
        rates = pool.assign(segment=name, reached=0.0, rate=np.nan)
        if segments is not None and (segments["segment"] == name).any():
            rates = segments[segments["segment"] == name]
        # Where a segment never held money of an age it follows the pool, and has no weight.
        rates = rates.set_index("bucket").reindex(names)
        known = filled(pool.assign(segment=name), names).set_index("bucket")["rate"]
        rates["rate"] = rates["rate"].fillna(known)
        parts.append(_coarse(own, rates.reset_index()).assign(segment=name))
    own_rates = pd.concat(parts, ignore_index=True) if parts else whole.head(0).assign(segment="")
    frames = [own_rates, whole.assign(segment="all")]
    return MethodRates(*(frame.assign(rate=frame["rate"] * lost) for frame in frames))


def filled(rates: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return rates in which a bucket that never held money takes its younger neighbour's, else its older one's.

    Examples
    --------
    >>> rates = pd.DataFrame({"bucket": ["a", "b", "c"], "rate": [np.nan, 0.1, np.nan], "reached": 1.0})
    >>> filled(rates, ["a", "b", "c"])["rate"].tolist()
    [0.1, 0.1, 0.1]
    """
    frame = rates.set_index("bucket").reindex(names).reset_index()
    return frame.assign(rate=frame["rate"].ffill().bfill().fillna(0.0), reached=frame["reached"].fillna(0.0))


def _coarse(today: pd.DataFrame, fine: pd.DataFrame) -> pd.DataFrame:
    """Return each shown bucket's rate, weighted by what stands in it today, or by history where nothing does."""
    own = fine.set_index("bucket")
    # A fine bucket lies in the shown one that holds its oldest day.
    shown = pd.Series(aging_bucket(_last_days(list(own.index))), index=own.index)
    held = today.groupby("fine")["exposed"].sum().reindex(own.index).fillna(0.0)
    frame = pd.DataFrame(
        {"bucket": shown, "reached": own["reached"], "held": held, "rate": own["rate"]}
    ).reset_index(drop=True)
    rows = []
    for name in AGING_NAMES:
        part = frame[frame["bucket"] == name]
        weight = part["held"] if part["held"].sum() > 0 else part["reached"] + 1e-9
        rate = float((weight * part["rate"]).sum() / weight.sum())
        rows.append({"bucket": name, "reached": float(part["reached"].sum()), "rate": rate})
    return pd.DataFrame(rows)


def _last_days(names: list[str]) -> list[int]:
    """Return the last day past due of each fine bucket; of the oldest a day of its own."""
    starts = [int(name.removeprefix("from ")) for name in names[1:]]
    return [*(start - 1 for start in starts), max(starts[-1], AGING_EDGES[-1])]


def _postings(run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    with own_snapshot(run) as snapshot:
        invoices = snapshot.sql(
            "SELECT invoice_id, customer_id, due_date, CAST(amount AS DOUBLE) AS amount FROM invoices"
            " WHERE amount > 0 ORDER BY invoice_id"
        )
        postings = snapshot.sql(
            "SELECT invoice_id, kind, CAST(amount AS DOUBLE) AS amount, value_date FROM postings"
            " WHERE invoice_id IS NOT NULL ORDER BY invoice_id, value_date, kind, amount"
        )
    return invoices, postings


def _segments_then(run: Run, invoices: pd.DataFrame) -> np.ndarray:
    """Return the segment that each invoice's customer had at the last key date before it was due."""
    known = past_segments(run).reset_index().sort_values("key_date")
    if known.empty:
        return np.full(len(invoices), NONE, dtype=object)
    rows = invoices[["invoice_id", "customer_id"]].assign(due=pd.to_datetime(invoices["due_date"]))
    known["key_date"] = known["key_date"].astype(rows["due"].dtype)
    found = pd.merge_asof(
        rows.sort_values("due", kind="stable"), known, left_on="due", right_on="key_date", by="customer_id",
        tolerance=pd.Timedelta(days=KNOWN_FOR),
    )  # fmt: skip
    return found.set_index("invoice_id")["segment"].fillna(NONE).reindex(invoices["invoice_id"]).to_numpy()
