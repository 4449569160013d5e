"""Each segment on each key date: how much stood in it, what was foretold of it, and what came (science 4.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.intervals import Draws, Values, ratio_interval
from arseg.backtest.judged_items import AGES, RISING, JudgedItems, Places
from arseg.metrics import observed_incidence
from arseg.metrics.receivables import ratio
from arseg.schema import CAUSE_NAMES, CAUSES

ALL: Final = "all"
TABLE: Final = (
    "policy",
    "key_date",
    "segment",
    "measure",
    "items",
    "customers",
    "balance",
    "observed",
    "low",
    "high",
    "expected",
    "observed_by_count",
)
# Days after the key date at which a curve is drawn.
CURVE_DAYS: Final = (7, 14, 21, 30, 45, 60, 75, 90)


def segment_table(judged: JudgedItems, segments: Mapping[str, Places], drawn: Draws) -> pd.DataFrame:
    """Return observed against expected share unpaid of every segment, on each key date and over all.

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
    One row per policy, key date (NaT over all of them), segment (``all`` for the book) and measure (``unpaid_30``,
    ``unpaid_60``, ``unpaid_90``, ``lost``): items and customers behind it, their balance, and the shares of it that
    were unpaid with its interval, and that were expected to be; the same by number of items. Rows without an item are
    left out.
    """
    parts = [
        _rows(judged, level, drawn, name).assign(policy=policy)
        for policy, level in segments.items()
        for name in (*(str(age) for age in AGES), "lost")
    ]
    return pd.concat(parts, ignore_index=True)[list(TABLE)]


def _rows(judged: JudgedItems, level: Places, drawn: Draws, name: str) -> pd.DataFrame:
    items = judged.items
    came = items["lost" if name == "lost" else f"came_{name}"].to_numpy(dtype=np.float64)
    said = np.full(len(items), np.nan) if name == "lost" else items[f"said_{name}"].to_numpy(dtype=np.float64)
    balance = np.where(np.isnan(came), np.nan, items["balance"].to_numpy(dtype=np.float64))
    one = np.where(np.isnan(came), np.nan, 1.0)

    def sums(weight: Values) -> Values:
        return _with_totals(judged.cells(weight, level, len(RISING)))

    amount, count, bad = sums(balance), sums(one), sums(balance * came)
    low, high = ratio_interval(bad, amount, drawn)
    expected = ratio(
        sums(balance * said).sum(axis=0), sums(np.where(np.isnan(said), np.nan, balance)).sum(axis=0)
    )
    dates = np.append(judged.dates.to_numpy(dtype="datetime64[ns]"), np.datetime64("NaT", "ns"))
    frame = pd.DataFrame(
        {
            "key_date": np.repeat(dates, len(RISING) + 1),
            "segment": [*RISING, ALL] * len(dates),
            "measure": name if name == "lost" else f"unpaid_{name}",
            "items": count.sum(axis=0).astype(np.int64),
            "customers": (count > 0).sum(axis=0),
            "balance": amount.sum(axis=0),
            "observed": ratio(bad.sum(axis=0), amount.sum(axis=0)),
            "low": low,
            "high": high,
            "expected": expected,
            "observed_by_count": ratio(sums(one * came).sum(axis=0), count.sum(axis=0)),
        }
    )
    return frame[frame["items"] > 0]


def _with_totals(cells: Values) -> Values:
    """Return sums by customer with all segments and all key dates added, shape (customers, (dates + 1) x (segments + 1))."""
    whole = np.concatenate([cells, cells.sum(axis=2, keepdims=True)], axis=2)
    whole = np.concatenate([whole, whole.sum(axis=1, keepdims=True)], axis=1)
    return whole.reshape(len(whole), -1)


def segment_curves(
    judged: JudgedItems, segments: Mapping[str, Places], *, days: tuple[int, ...] = CURVE_DAYS
) -> pd.DataFrame:
    """Return the observed incidence of each cause by segment: Aalen-Johansen, weighted by balance.

    Parameters
    ----------
    judged
        The items.
    segments
        By policy, the place of each item's segment.
    days
        Days after the key date.

    Returns
    -------
    ``policy, key_date, segment, cause, day, incidence``; key date NaT over all of them. Missing on days by which
    nobody of a segment was followed.
    """
    return pd.concat(_curves(judged, segments, days), ignore_index=True)


def _curves(
    judged: JudgedItems, segments: Mapping[str, Places], days: tuple[int, ...]
) -> Iterator[pd.DataFrame]:
    for policy, level in segments.items():
        inside = level >= 0
        own = judged.items[inside]
        dates = judged.dates
        groups = {True: level[inside], False: judged.date[inside] * len(RISING) + level[inside]}
        for pooled, group in groups.items():
            if not len(own):
                continue
            found = observed_incidence(own, days, by=group, weight=own["balance"])
            names = np.unique(group)
            when = (
                np.full(len(names), np.datetime64("NaT", "ns"))
                if pooled
                else dates.to_numpy()[names // len(RISING)]
            )
            size = len(CAUSES) * len(days)
            yield pd.DataFrame(
                {
                    "policy": policy,
                    "key_date": np.repeat(when.astype("datetime64[ns]"), size),
                    "segment": np.repeat(np.array(RISING)[names % len(RISING)], size),
                    "cause": np.tile(
                        np.repeat([CAUSE_NAMES[cause] for cause in CAUSES], len(days)), len(names)
                    ),
                    "day": np.tile(days, len(names) * len(CAUSES)),
                    "incidence": found.ravel(),
                }
            )
