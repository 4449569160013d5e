"""Whether one segment is worse than the next, by how much, and how often it was the other way round (science 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.intervals import FEWEST_CUSTOMERS, Draws, Values
from arseg.backtest.judged_items import AGES, RISING, JudgedItems, Places
from arseg.metrics.receivables import ratio

PAIRS: Final = tuple(combinations(range(len(RISING)), 2))


def separate(
    judged: JudgedItems, segments: Mapping[str, Places], drawn: Draws
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the differences between segments, and the key dates on which their order was violated.

    Parameters
    ----------
    judged
        The items.
    segments
        By policy, the place of each item's segment.
    drawn
        Draws of the judged customers.

    Returns
    -------
    pairs
        ``policy, measure, higher, lower, difference, low, high, separated``: share unpaid, by balance, of the riskier
        segment less that of the other, over all key dates. ``separated`` where the interval lies above zero.
    order
        ``policy, measure, compared, violated, certain, worst, worst_on``: neighbouring segments on key dates that hold
        both, how many were in the wrong order, in how many of these the interval lies below zero, and the largest.
    """
    pairs, order = [], []
    for policy, level in segments.items():
        for age in AGES:
            found = _Shares(judged, level, age, drawn)
            named = {"policy": policy, "measure": f"unpaid_{age}"}
            pairs += [named | row for row in found.pairs()]
            order.append(named | found.order(judged.dates))
    return pd.DataFrame(pairs), pd.DataFrame(order)


class _Shares:
    """Shares unpaid by segment over all key dates and on each, of the book and of its draws."""

    def __init__(self, judged: JudgedItems, level: Places, age: int, drawn: Draws) -> None:
        came = judged.items[f"came_{age}"].to_numpy(dtype=np.float64)
        balance = judged.items["balance"].to_numpy(dtype=np.float64)
        self.draws = drawn
        self.bad, self.all = (
            judged.cells(weight, level, len(RISING))
            for weight in (balance * came, np.where(np.isnan(came), np.nan, balance))
        )
        self.carriers = (self.all > 0).sum(axis=0)

    def pairs(self) -> list[dict[str, object]]:
        bad, whole = self.bad.sum(axis=1), self.all.sum(axis=1)
        carriers = (whole > 0).sum(axis=0)
        share, drawn = self._shares(bad, whole)
        rows: list[dict[str, object]] = []
        for lower, higher in PAIRS:
            thin = min(carriers[lower], carriers[higher]) < FEWEST_CUSTOMERS
            low, high = self._interval(drawn[:, higher] - drawn[:, lower], thin=bool(thin))
            rows.append(
                {
                    "higher": RISING[higher],
                    "lower": RISING[lower],
                    "difference": float(share[higher] - share[lower]),
                    "low": low,
                    "high": high,
                    "separated": bool(low > 0),
                }
            )
        return rows

    def order(self, dates: pd.DatetimeIndex) -> dict[str, object]:
        flat = (len(self.bad), -1)
        share, drawn = self._shares(self.bad.reshape(flat), self.all.reshape(flat))
        rise = np.diff(share.reshape(self.bad.shape[1:]), axis=1)
        drawn_rise = np.diff(drawn.reshape(-1, *self.bad.shape[1:]), axis=2)
        _, high = self.draws.interval(drawn_rise)
        thin = np.minimum(self.carriers[:, 1:], self.carriers[:, :-1]) < FEWEST_CUSTOMERS
        violated = rise < 0
        worst = np.unravel_index(np.nanargmin(rise), rise.shape) if violated.any() else None
        return {
            "compared": int((~np.isnan(rise)).sum()),
            "violated": int(violated.sum()),
            "certain": int((violated & (high < 0) & ~thin).sum()),
            "worst": float(rise[worst]) if worst is not None else 0.0,
            "worst_on": dates[worst[0]] if worst is not None else pd.NaT,
        }

    def _shares(self, bad: Values, whole: Values) -> tuple[Values, Values]:
        return ratio(bad.sum(axis=0), whole.sum(axis=0)), ratio(self.draws.sums(bad), self.draws.sums(whole))

    def _interval(self, drawn: Values, *, thin: bool) -> tuple[float, float]:
        low, high = self.draws.interval(drawn)
        hidden = thin or bool(low == high)
        return (float("nan"), float("nan")) if hidden else (float(low), float(high))
