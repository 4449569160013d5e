"""Monotone supervised binning of one feature, and the weight of evidence of its bins.

Quantile prebins are joined until each is large enough, then until the share of bad rows only rises or
only falls along the feature (pool adjacent violators), then until they are few enough to read. A missing
value has a bin of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self

import numpy as np

from arseg.models.protocol import Integers, Numbers

RISING: Final = 1
FALLING: Final = -1


@dataclass(frozen=True)
class BinRules:
    """How bins are made.

    Parameters
    ----------
    prebins
        Quantile bins to start from.
    max_bins
        Most bins beside the missing one.
    min_share
        Least share of all rows in a bin; the missing bin may be smaller.
    min_events
        Least weight of bad rows in a bin; the missing bin may have fewer.
    """

    prebins: int = 20
    max_bins: int = 6
    min_share: float = 0.05
    min_events: float = 5.0


@dataclass(frozen=True)
class Bins:
    """The bins of one feature and what was counted in them.

    Parameters
    ----------
    edges
        Increasing; the bins are (-inf, e1], (e1, e2], ..., (ek, inf), then missing.
    bad, good
        Weight of the bad and the good rows per bin, the missing bin last, length ``len(edges) + 2``.
    """

    edges: tuple[float, ...]
    bad: tuple[float, ...]
    good: tuple[float, ...]

    def place(self, values: Numbers) -> Integers:
        """Return the bin of each value, shape (rows,).

        Examples
        --------
        >>> Bins((10.0,), (1, 2, 0), (3, 1, 0)).place(np.array([10.0, 10.5, np.nan])).tolist()
        [0, 1, 2]
        """
        found = np.searchsorted(self.edges, values, side="left")
        return np.where(np.isnan(values), len(self.edges) + 1, found).astype(np.int64)

    def weight_of_evidence(self, smoothing: float) -> Numbers:
        """Return ln((good + s G/N) / (bad + s B/N)) - ln(G/B) per bin, the missing bin last.

        Positive is safer than the book. The smoothing s adds that many rows of the book's own mix to each
        bin: a bin of few rows stands near 0, a bin of none at 0.

        Examples
        --------
        >>> Bins((10.0,), (1, 4, 0), (9, 6, 0)).weight_of_evidence(0.0).round(3).tolist()
        [1.099, -0.693, 0.0]
        """
        bad, good = np.asarray(self.bad, dtype=np.float64), np.asarray(self.good, dtype=np.float64)
        rows = bad.sum() + good.sum()
        # A trace of the book's mix keeps the logarithm of an empty bin at 0 without smoothing.
        trace = max(smoothing, 1e-9)
        with_good, with_bad = good + trace * good.sum() / rows, bad + trace * bad.sum() / rows
        return np.log(with_good / with_bad) - np.log(good.sum() / bad.sum())

    def information_value(self, smoothing: float) -> Numbers:
        """Return (good / G - bad / B) x weight of evidence per bin, >= 0; the sum is the feature's.

        Examples
        --------
        >>> float(Bins((10.0,), (1, 4, 0), (9, 6, 0)).information_value(0.0).sum().round(3))
        0.717
        """
        bad, good = np.asarray(self.bad, dtype=np.float64), np.asarray(self.good, dtype=np.float64)
        return (good / good.sum() - bad / bad.sum()) * self.weight_of_evidence(smoothing)

    @property
    def names(self) -> tuple[str, ...]:
        """What a reader calls the bins.

        Examples
        --------
        >>> Bins((0.0, 30.0), (1, 1, 1, 0), (1, 1, 1, 0)).names
        ('up to 0', 'over 0, up to 30', 'over 30', 'missing')
        """
        edges = _shown(self.edges)
        if not edges:
            return ("any value", "missing")
        inner = [f"over {low}, up to {high}" for low, high in pairwise(edges)]
        return (f"up to {edges[0]}", *inner, f"over {edges[-1]}", "missing")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-safe data."""
        return {"edges": list(self.edges), "bad": list(self.bad), "good": list(self.good)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the bins that ``to_dict`` described."""
        return cls(*(tuple(float(value) for value in stored[name]) for name in ("edges", "bad", "good")))


def _shown(edges: tuple[float, ...]) -> list[str]:
    """Return the edges as short as they can be told apart."""
    for digits in range(4, 17):
        shown = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(shown)) == len(edges):
            break
    return [f"{float(text):g}" if float(f"{float(text):g}") == float(text) else text for text in shown]


def make_bins(values: Numbers, bad: Numbers, weight: Numbers, rules: BinRules, direction: int) -> Bins:
    """Return bins along which the share of bad rows never turns.

    Parameters
    ----------
    values
        The feature, NaN where missing, shape (rows,).
    bad
        1 where the row turned out bad, else 0, shape (rows,).
    weight
        Shape (rows,).
    rules
        How bins are made.
    direction
        1 where a higher value may only raise the risk, -1 where it may only lower it.

    Examples
    --------
    >>> values, bad = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 0.0, 1.0])
    >>> make_bins(values, bad, np.ones(4), BinRules(prebins=4, min_share=0.2, min_events=0), RISING)
    Bins(edges=(1.0, 3.0), bad=(0.0, 1.0, 1.0, 0.0), good=(1.0, 1.0, 0.0, 0.0))
    """
    missing = np.isnan(values)
    lost = (float((weight * bad)[missing].sum()), float((weight * (1 - bad))[missing].sum()))
    if missing.all():
        return Bins((), (0.0, lost[0]), (0.0, lost[1]))
    upper, counts = _prebins(values[~missing], bad[~missing], weight[~missing], rules.prebins)
    # From the safe end on: a falling feature is a rising one read backwards.
    ordered = counts[::direction]
    groups = _large_enough(ordered, rules.min_share * weight.sum(), rules.min_events)
    groups = _few(ordered, _never_falling(ordered, groups), rules.max_bins)
    ends = np.cumsum([len(group) for group in groups])
    last = ends[:-1] - 1 if direction == RISING else len(upper) - ends[:-1][::-1] - 1
    sums = np.array([ordered[group].sum(axis=0) for group in groups])[::direction]
    table = [*map(tuple, sums.tolist()), lost]
    return Bins(
        tuple(upper[last].tolist()),
        tuple(float(row[0]) for row in table),
        tuple(float(row[1]) for row in table),
    )


def best_bins(values: Numbers, bad: Numbers, weight: Numbers, rules: BinRules, smoothing: float) -> Bins:
    """Return the rising or the falling bins, whichever have the larger information value."""
    both = [make_bins(values, bad, weight, rules, direction) for direction in (RISING, FALLING)]
    told = [float(bins.information_value(smoothing).sum()) for bins in both]
    # A tie is a feature that says nothing either way, or the same: rounding must not choose.
    return both[1] if told[1] > told[0] + 1e-9 else both[0]


def _prebins(values: Numbers, bad: Numbers, weight: Numbers, prebins: int) -> tuple[Numbers, Numbers]:
    """Return the largest value of each prebin, and its bad and good weight, shape (prebins, 2)."""
    found, place = np.unique(values, return_inverse=True)
    mass = np.bincount(place, weight)
    # Rounded, so that the order in which weights were added up cannot move an edge.
    share = np.round(np.cumsum(mass) / mass.sum(), 12)
    last = np.unique(np.searchsorted(share, np.round(np.arange(1, prebins) / prebins, 12)))
    last = np.append(last[last < len(found) - 1], len(found) - 1)
    which = np.searchsorted(last, place)
    sums = [np.bincount(which, weight * label, minlength=len(last)) for label in (bad, 1 - bad)]
    return found[last], np.column_stack(sums)


def _large_enough(counts: Numbers, rows: float, events: float) -> list[Integers]:
    """Join prebins from the first on until each group has enough rows and enough bad ones."""
    groups: list[list[int]] = [[]]
    for prebin in range(len(counts)):
        groups[-1].append(prebin)
        if _enough(counts[groups[-1]], rows, events):
            groups.append([])
    # What is left over at the end joins the last large group.
    rest = groups.pop()
    if groups:
        groups[-1] += rest
    else:
        groups = [rest]
    return [np.array(group, dtype=np.int64) for group in groups]


def _enough(counts: Numbers, rows: float, events: float) -> bool:
    tolerance = 1e-9
    return bool(counts.sum() >= rows - tolerance and counts[:, 0].sum() >= events - tolerance)


def _never_falling(counts: Numbers, groups: list[Integers]) -> list[Integers]:
    """Join neighbours until the share of bad rows rises from group to group (pool adjacent violators)."""
    joined: list[Integers] = []
    for group in groups:
        joined.append(group)
        while len(joined) > 1 and _share(counts, joined[-2]) >= _share(counts, joined[-1]) - 1e-12:
            last = joined.pop()
            joined[-1] = np.append(joined[-1], last)
    return joined


def _few(counts: Numbers, groups: list[Integers], most: int) -> list[Integers]:
    """Join the two neighbours whose difference the labels speak least for, until few are left."""
    groups = list(groups)
    while len(groups) > most:
        sums = np.array([counts[group].sum(axis=0) for group in groups])
        alone = _log_likelihood(sums)
        # Rounded, so that of two equal losses the first is taken whatever the order of sums.
        loss = np.round(alone[:-1] + alone[1:] - _log_likelihood(sums[:-1] + sums[1:]), 9)
        at = int(loss.argmin())
        groups[at : at + 2] = [np.append(groups[at], groups[at + 1])]
    return groups


def _log_likelihood(sums: Numbers) -> Numbers:
    """Return the binomial log-likelihood of each group at its own share, shape (groups,)."""
    shares = sums / sums.sum(axis=1, keepdims=True)
    return (sums * np.log(np.maximum(shares, 1e-300))).sum(axis=1)


def _share(counts: Numbers, group: Integers) -> float:
    bad, good = counts[group].sum(axis=0)
    return float(bad / (bad + good))
