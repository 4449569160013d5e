"""Replay: what happened, under the treatments actually given, to those each policy would have picked.

Membership is frozen at the key date. Flows are followed to the next key date, so the windows tile the
history and the sum over segments is the history itself; outcomes of the items that were open are
followed over the horizon. This sizes segments and shows their exposure. It does not say what a policy
would have changed: that is another question, and another panel.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from arseg.backtest.intervals import Values, draw_customers, ratio_interval
from arseg.backtest.reviews import Entrant, Reviews
from arseg.metrics.receivables import ratio
from arseg.schema import CREDITED, MEASURES, PAID, SEGMENTS

# Customers without an open item at the key date have no score, but their flows are history too.
UNSCORED: Final = "none"
ALL: Final = "all"

# measure: numerator, denominator, unit, definition
RATIOS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "dso": (
        "amount_days",
        "sales",
        "days",
        "sum over the days to the next key date of the open balance / sales of those days",
    ),
    "bad_debt_ratio": (
        "net_written_off",
        "sales",
        "share",
        "(write-offs - recoveries) / sales, both between one key date and the next",
    ),
    "collection_rate": (
        "cash",
        "collectable",
        "share",
        "cash over the horizon / (balance open at the key date - credit notes over the horizon)",
    ),
    "unpaid_30_share": (
        "unpaid_30",
        "mature_30",
        "share",
        "balance neither paid nor credited by max(due, key date) + 30 days / balance open at the key date, of items whose day lies within the horizon",
    ),
    "expected_unpaid_30_share": (
        "expected_30",
        "mature_30",
        "share",
        "the model's probability of the same, weighted by balance",
    ),
}
SUMS: Final = tuple(dict.fromkeys(name for top, bottom, *_ in RATIOS.values() for name in (top, bottom)))


def frozen_sums(items: pd.DataFrame, outcomes: pd.DataFrame, flows: pd.DataFrame) -> pd.DataFrame:
    """Return what came to each customer after one key date, as sums that add up.

    Parameters
    ----------
    items
        Item scores of the key date, as ``schema.ITEM_SCORES``.
    outcomes
        Their outcomes over the horizon, as ``schema.OUTCOMES``.
    flows
        Flows to the next key date, as ``schema.FLOWS``.

    Returns
    -------
    frame
        Index ``customer_id``, one column per name in ``SUMS``; reporting currency and currency-days.
    """
    both = items.merge(
        outcomes[["invoice_id", "event", "duration", "followed_days", "cash", "credited"]], on="invoice_id"
    )
    mature = both["followed_days"] >= both["late_day"]
    cleared = both["event"].isin([PAID, CREDITED]) & (both["duration"] <= both["late_day"])
    weight = both["balance"].where(mature, 0.0)
    per_item = pd.DataFrame(
        {
            "customer_id": both["customer_id"],
            "cash": both["cash"],
            "collectable": (both["balance"] - both["credited"]).clip(lower=0.0),
            "unpaid_30": weight.where(~cleared, 0.0),
            "mature_30": weight,
            "expected_30": weight * both["p_unpaid_30"],
        }
    )
    sums = per_item.groupby("customer_id").sum()
    moved = flows.set_index("customer_id")
    moved = moved.assign(net_written_off=moved["written_off"] - moved["recovered"])
    joined = sums.join(moved[["amount_days", "sales", "net_written_off"]], how="outer").fillna(0.0)
    return joined[list(SUMS)].sort_index()


def replay(
    policies: Sequence[Entrant],
    customers: pd.DataFrame,
    sums: pd.DataFrame,
    key_date: dt.date,
    *,
    reviews: Reviews | None = None,
    may_choose: bool = True,
) -> pd.DataFrame:
    """Return one row per policy and customer: the segment it gave, and what came.

    Parameters
    ----------
    policies
        The policies compared.
    customers
        Customer scores of the key date.
    sums
        As from ``frozen_sums``.
    key_date
        The day we stand on.
    reviews
        What earlier key dates left behind: a policy that remembers finds its own reviews there. None has none.
    may_choose
        Whether a policy may choose its cuts anew; else it keeps those it has.
    """
    asked = Reviews() if reviews is None else reviews
    parts = []
    for policy in policies:
        segment = asked.segments(policy, customers, key_date, may_choose=may_choose)
        part = sums.assign(segment=segment.reindex(sums.index).fillna(UNSCORED)).reset_index(
            names="customer_id"
        )
        parts.append(part.assign(policy=repr(policy), key_date=pd.Timestamp(key_date)))
    rows = pd.concat(parts, ignore_index=True)
    return rows[["policy", "key_date", "customer_id", "segment", *SUMS]]


def measure(rows: pd.DataFrame, *, draws: int, seed: int, window: str) -> pd.DataFrame:
    """Return every measure of every policy and segment, with customer-clustered intervals.

    Parameters
    ----------
    rows
        Rows of all key dates, as from ``replay``.
    draws, seed
        Customer-clustered bootstrap; the same drawn customers serve every policy.
    window
        Key dates and horizon in words.

    Returns
    -------
    frame
        As ``schema.MEASURES``; the segment ``all`` holds every customer, scored or not.
    """
    cells, sums, present = _cells(rows)
    drawn = draw_customers(max(len(present), 1), draws=draws, seed=seed)
    parts = []
    for name, (top, bottom, unit, definition) in RATIOS.items():
        numerators, denominators = sums[top], sums[bottom]
        low, high = ratio_interval(numerators, denominators, drawn)
        parts.append(
            pd.DataFrame(
                {
                    "policy": [policy for policy, _ in cells],
                    "segment": [segment for _, segment in cells],
                    "measure": name,
                    "numerator": numerators.sum(axis=0),
                    "denominator": denominators.sum(axis=0),
                    "value": ratio(numerators.sum(axis=0), denominators.sum(axis=0)),
                    "low": low,
                    "high": high,
                    "unit": unit,
                    "customers": present.sum(axis=0),
                    "window": window,
                    "definition": definition,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[list(MEASURES.names)]


def _cells(rows: pd.DataFrame) -> tuple[list[tuple[str, str]], dict[str, Values], NDArray[np.bool_]]:
    """Return policy and segment of each cell, its sums by customer over all key dates, and who was in it."""
    customer, names = pd.factorize(rows["customer_id"], sort=True)
    policy, policies = pd.factorize(rows["policy"])
    order = (*SEGMENTS, UNSCORED)
    place = policy * len(order) + pd.Index(order).get_indexer(rows["segment"])
    shape = (len(names), len(policies), len(order))
    flat = customer * (shape[1] * shape[2]) + place

    def by_cell(weights: Values | None) -> Values:
        found = np.bincount(flat, weights, int(np.prod(shape))).astype(np.float64).reshape(shape)
        whole = found.sum(axis=2, keepdims=True)
        return np.concatenate([found[:, :, : len(SEGMENTS)], whole], axis=2).reshape(shape[0], -1)

    cells = [(name, segment) for name in policies for segment in (*SEGMENTS, ALL)]
    sums = {name: by_cell(rows[name].to_numpy(dtype=np.float64)) for name in SUMS}
    return cells, sums, by_cell(None) > 0
