"""Roll rates of a period, tracked item by item over steps of 30 days (science 1.2)."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.receivables_book import ReceivablesBook
from arseg.metrics.receivables import ratio
from arseg.metrics.roll_rates import DISPUTED, aging_bucket, lifetime_outcomes, roll, roll_matrix, roll_sums
from arseg.schema import CAUSE_NAMES, WRITTEN_OFF, DataError

STEP_DAYS: Final = 30
_MOVED: Final = {
    "payment": ("cash", 1.0),
    "reversal": ("cash", -1.0),
    "credit_note": ("credited", 1.0),
    "write_off": ("written_off", 1.0),
    "recovery": ("written_off", -1.0),
}


def roll_table(book: ReceivablesBook, segment: pd.Series) -> pd.DataFrame:
    """Return how much rolled from each state to each other, by segment, over the period's whole steps.

    Parameters
    ----------
    book
        The period.
    segment
        Of each customer, frozen at the start.

    Returns
    -------
    frame
        ``segment, source, destination, numerator, denominator, value``; ``all`` is the whole book. A source's
        denominator is what was in it at the start of the steps.
    """
    rolled = _rolled(book)
    own = rolled["customer_id"].map(segment)
    parts = []
    for name in [*pd.unique(own), "all"]:
        sums = roll_sums(rolled if name == "all" else rolled[own == name])
        long = sums.reset_index().melt("source", var_name="destination", value_name="numerator")
        held = long["source"].map(sums.sum(axis=1))
        value = ratio(long["numerator"], held)
        parts.append(long.assign(segment=name, denominator=held, value=value))
    order = ["segment", "source", "destination", "numerator", "denominator", "value"]
    return pd.concat(parts, ignore_index=True)[order]


def lifetime_loss(rolls: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each state's balance that is written off in the end, by segment.

    Parameters
    ----------
    rolls
        As from ``roll_table``.

    Returns
    -------
    frame
        States by segment; NaN where history does not say how a balance leaves.
    """
    found = {}
    for name, rows in rolls.groupby("segment", sort=False):
        sums = rows.pivot_table(index="source", columns="destination", values="numerator", sort=False)
        sums = sums.reindex(rows["source"].unique())
        try:
            found[name] = lifetime_outcomes(roll_matrix(sums))[CAUSE_NAMES[WRITTEN_OFF]]
        except DataError:
            # Too few steps: something sits where nothing was seen to leave.
            found[name] = pd.Series(np.nan, index=sums.index)
    return pd.DataFrame(found)


def _rolled(book: ReceivablesBook) -> pd.DataFrame:
    days = [book.start + pd.Timedelta(days=STEP_DAYS * step) for step in range(book.days // STEP_DAYS + 1)]
    held = ((day, _state(book, day)) for day in days)
    steps = [_step(book, *before, *after) for before, after in pairwise(held)]
    columns = ["customer_id", "source", "destination", "amount"]
    return pd.concat(steps)[columns] if steps else pd.DataFrame(columns=columns)


def _step(
    book: ReceivablesBook, start: pd.Timestamp, before: pd.DataFrame, end: pd.Timestamp, after: pd.DataFrame
) -> pd.DataFrame:
    before = before[before["balance"] > 0]
    # An item keeps its place among the book's items, which is found sooner than its name.
    after = after[after.index.isin(before.index)]
    within = book.moves[book.moves["value_date"].between(start, end, inclusive="right")]
    moved = pd.DataFrame(index=after["invoice_id"])
    for name in ("cash", "credited", "written_off"):
        signs = {kind: sign for kind, (into, sign) in _MOVED.items() if into == name}
        # As numbers, because a map of no rows is text.
        sign = within["kind"].map(signs).astype(np.float64)
        moved[name] = (within["amount"] * sign).groupby(within["invoice_id"]).sum()
    rolled = roll(before, after.join(moved.fillna(0.0), on="invoice_id"))
    return rolled.merge(before[["invoice_id", "customer_id"]], on="invoice_id")


def _state(book: ReceivablesBook, day: pd.Timestamp) -> pd.DataFrame:
    """Return the balances of a day with the state in which each sits: its aging bucket, or in dispute."""
    held = book.balances(day)
    argued = book.disputes[
        (book.disputes["opened_on"] <= day)
        & (book.disputes["closed_on"].isna() | (book.disputes["closed_on"] > day))
    ]
    disputed = held["invoice_id"].isin(argued["invoice_id"]).to_numpy()
    return held.assign(bucket=np.where(disputed, DISPUTED, aging_bucket(held["days_past_due"])))
