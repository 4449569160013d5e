"""How well segments or scores rank, with intervals from draws of whole customers (science 4.2).

Everything here is a function of sums by key date and level of risk, and levels are few. So a draw of customers is one
matrix product, and a thousand draws cost little more than one. Customers are compared within a key date only: a policy
chooses among those of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from arseg.backtest.intervals import FEWEST_CUSTOMERS, Draws, Values
from arseg.backtest.judged_items import JudgedItems, Places
from arseg.metrics.receivables import ratio

SHARES: Final = (0.05, 0.10, 0.20)
MEASURED: Final = ("somers_d", "ks", *(f"capture_{share:.0%}" for share in SHARES))


@dataclass(frozen=True)
class Ranked:
    """How well a ranking ranks, in the book and in each draw of it.

    Parameters
    ----------
    value
        In the order of ``MEASURED``.
    drawn
        Shape (draws, measures).
    customers
        How many are ranked.
    """

    value: Values
    drawn: Values
    customers: int


def rank(judged: JudgedItems, level: Places, draws: Draws, *, age: int, by_amount: bool) -> Ranked:
    """Return how well levels of risk rank.

    Parameters
    ----------
    judged
        The items.
    level
        Of each item, rising with its customer's risk; -1 leaves it out.
    draws
        Of the judged customers.
    age
        Days after due at which an item counts as bad if it is unpaid.
    by_amount
        Whether items count by their balance, or one each.
    """
    came = judged.items[f"came_{age}"].to_numpy(dtype=np.float64)
    weight = judged.items["balance"].to_numpy(dtype=np.float64) if by_amount else np.ones(len(came))
    levels = int(level.max(initial=0)) + 1
    known = np.where(np.isnan(came), np.nan, 1.0)
    bad, good, present = (
        judged.sparse_cells(part, level, levels) for part in (weight * came, weight * (1 - came), known)
    )
    # A customer counts once in its level, however many items it has.
    present.data[:] = 1.0
    # Most are good alone or bad alone: what is zero need not be drawn.
    for part in (bad, good):
        part.eliminate_zeros()
    shape = (-1, len(judged.dates), levels)
    values = measures(*(part.sum(axis=0).reshape(shape)[0] for part in (bad, good, present)))
    sums = (_drawn(part, draws).reshape(shape) for part in (bad, good, present))
    return Ranked(values, measures(*sums), int((present.sum(axis=1) > 0).sum()))


def _drawn(cells: csr_array, draws: Draws) -> Values:
    """Return the sums of each draw, shape (draws, columns)."""
    # Customer by customer: a customer's draws are read once, and its few sums lie near.
    return np.asarray((cells.T @ draws.by_customer).T)


def measures(bad: Values, good: Values, present: Values) -> Values:
    """Return Somers' D, Kolmogorov-Smirnov and the captures of sums by key date and level.

    ``D = sum over key dates of (concordant - discordant) / sum of pairs`` within key dates; KS is the largest distance
    between the shares of bad and good up to a level; a capture is the share of what was bad that stands with the
    riskiest 5, 10 and 20 % of the customers of each key date, those of a level on the border counting in proportion.

    Parameters
    ----------
    bad, good, present
        Shape (..., dates, levels), levels rising.

    Returns
    -------
    Shape (..., measures).
    """
    below = np.cumsum(good, axis=-1) - good
    above = good.sum(axis=-1, keepdims=True) - below - good
    pairs = bad.sum(axis=-1) * good.sum(axis=-1)
    somers = ratio((bad * (below - above)).sum(axis=(-2, -1)), pairs.sum(axis=-1))
    shares = [
        ratio(np.cumsum(part.sum(axis=-2), axis=-1), part.sum(axis=(-2, -1))[..., None])
        for part in (bad, good)
    ]
    smirnov = np.abs(shares[1] - shares[0]).max(axis=-1)
    return np.stack([somers, smirnov, *(_captured(bad, present, share) for share in SHARES)], axis=-1)


def _captured(bad: Values, present: Values, share: float) -> Values:
    """Return the share of the bad that stands with the riskiest share of the customers of each key date."""
    wanted = share * present.sum(axis=-1, keepdims=True)
    riskier = present.sum(axis=-1, keepdims=True) - np.cumsum(present, axis=-1)
    taken = np.clip(np.nan_to_num(ratio(wanted - riskier, present)), 0.0, 1.0)
    return ratio((bad * taken).sum(axis=(-2, -1)), bad.sum(axis=(-2, -1)))


def interval(values: Values, drawn: Values, draws: Draws, *, customers: int) -> tuple[Values, Values]:
    """Return the ends of the interval of each value; NaN for fewer than ten customers or where all draws are alike."""
    low, high = draws.interval(drawn)
    hidden = np.isnan(values) | (low == high) | (customers < FEWEST_CUSTOMERS)
    return np.where(hidden, np.nan, low), np.where(hidden, np.nan, high)


def same_sizes(judged: JudgedItems, level: Places, risk: Values) -> Places:
    """Return levels of another ranking that hold as many customers of each key date as the given ones.

    Three segments tie most pairs, so a baseline with a value for everybody would rank better for that alone. Where
    the baseline itself ties, the order of customers decides, which is none.

    Parameters
    ----------
    judged
        The items.
    level
        Levels of a policy; items of -1 stay out.
    risk
        Of each item's customer, higher is riskier; missing counts as the median of its key date.
    """
    frame = pd.DataFrame({"date": judged.date, "customer": judged.customer, "level": level, "risk": risk})
    one = frame[frame["level"] >= 0].drop_duplicates(["date", "customer"])
    one = one.assign(risk=one["risk"].fillna(one.groupby("date")["risk"].transform("median")).fillna(0.0))
    by_risk = one.sort_values(["date", "risk", "customer"], kind="stable")
    # On each key date the levels, sorted, are dealt to the customers as the baseline sorts them.
    dealt = by_risk.assign(level=one.sort_values(["date", "level"], kind="stable")["level"].to_numpy())
    places = np.full((len(judged.dates), len(judged.customers)), -1, dtype=np.int64)
    places[dealt["date"].to_numpy(), dealt["customer"].to_numpy()] = dealt["level"].to_numpy()
    return np.where(level >= 0, places[judged.date, judged.customer], -1)


def fine_levels(judged: JudgedItems, risk: Values, levels: int = 50) -> Places:
    """Return levels of a risk within each key date, by quantiles of its customers; equal risks share one.

    Parameters
    ----------
    judged
        The items.
    risk
        Of each item's customer; missing counts as the median of its key date.
    levels
        How many at most.
    """
    frame = pd.DataFrame({"date": judged.date, "customer": judged.customer, "risk": risk})
    one = frame.drop_duplicates(["date", "customer"]).set_index(["date", "customer"])["risk"]
    one = one.fillna(one.groupby("date").transform("median")).fillna(0.0)
    place = one.groupby("date").rank(pct=True)
    found = np.minimum((place * levels).astype(np.int64), levels - 1)
    return found.reindex(pd.MultiIndex.from_arrays([judged.date, judged.customer])).to_numpy()


def ranking_rows(ranked: Ranked, draws: Draws, against: Ranked | None = None) -> pd.DataFrame:
    """Return the measures of a ranking, or its lead over another on the same items, with intervals.

    Parameters
    ----------
    ranked
        The ranking.
    draws
        Those that it was ranked with.
    against
        The other ranking, with the same draws: the difference is paired.

    Returns
    -------
    ``measure, value, low, high, customers``; with another ranking also its own value, ``baseline``, and ``value`` is the
    difference.
    """
    value, drawn = ranked.value, ranked.drawn
    frame = pd.DataFrame({"measure": MEASURED})
    if against is not None:
        frame["baseline"] = against.value
        value, drawn = value - against.value, drawn - against.drawn
    low, high = interval(value, drawn, draws, customers=ranked.customers)
    return frame.assign(value=value, low=low, high=high, customers=ranked.customers)
