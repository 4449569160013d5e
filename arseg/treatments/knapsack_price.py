"""What a minute of each collector is worth: the Lagrangian of the day's knapsack.

At a price per minute (and per customer, where their number is limited) every customer takes the option with
the most value left after paying. What collectors' time costs plus what customers keep is never
below the best that can be done, for any prices; the lowest such sum is the bound of the relaxation in
which customers may be cut in parts (science 4.6). It is found by cutting planes, a plane per group and
round, so 40 prices over 1e5 customers take some tens of rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from arseg.treatments.knapsack import Knapsack

# Rounds end when the bound can fall by no more than this share of itself.
_TOLERANCE: Final = 1e-8
_ROUNDS: Final = 300


@dataclass(frozen=True)
class Prices:
    """Prices at which the collectors' time just sells out, and what follows from them.

    Parameters
    ----------
    minute, slot
        Worth of one more minute, and of one more customer, of each collector (currency).
    bound
        No allocation is worth more (currency).
    best
        The option with most value left of each customer, shape (customers,).
    left
        The value left of each option after paying its cheapest collector; negative where it does not pay.
    """

    minute: np.ndarray
    slot: np.ndarray
    bound: float
    best: np.ndarray
    left: np.ndarray


def price_minutes(sack: Knapsack) -> Prices:
    """Return the prices at which the relaxation is worth least."""
    rounds = _Rounds(sack)
    nothing = np.zeros(len(sack.room))
    best, lowest = rounds.prices(nothing, nothing), 0.0
    for _ in range(_ROUNDS):
        if best.bound - lowest <= _TOLERANCE * best.bound:
            break
        lowest, minute, slot = rounds.lowest()
        best = min(best, rounds.prices(minute, slot), key=lambda tried: tried.bound)
        rounds.cut(minute, slot)
    return best


class _Rounds:
    """The cutting planes so far.

    The unknowns: what a group pays for its shortest and for its longest option, each collector's price per minute
    and per customer, and what each class of customers keeps; a class are those whose first options are of one
    group. A group pays no more than its cheapest collector asks; between its shortest and its longest option it pays
    by the straight line, which lies under the cheapest collector's price.
    """

    def __init__(self, sack: Knapsack) -> None:
        self.sack = sack
        self.groups, self.collectors = sack.eligible.shape
        self.start = np.flatnonzero(np.diff(sack.customer, prepend=-1))
        self.kind = sack.group[self.start]
        # Divided by the largest value, so that the solver's absolute tolerances mean the same for every currency.
        self.unit = float(sack.value.max(initial=0.0)) or 1.0
        self.limited = np.isfinite(sack.slots)
        self.slots = np.where(self.limited, sack.slots, 0.0)
        self.short, self.long = self._ends()
        self.along = (sack.minutes - self.short[sack.group]) / (self.long - self.short)[sack.group]
        self.planes: list[sparse.csr_matrix] = [self._cheapest()]
        self.sides: list[np.ndarray] = [np.zeros(self.planes[0].shape[0])]
        self.cut(np.zeros(self.collectors), np.zeros(self.collectors))

    def prices(self, minute: np.ndarray, slot: np.ndarray) -> Prices:
        """Return what follows from the collectors' prices."""
        sack = self.sack
        left = sack.value - self._cheapest_of(minute, slot)
        best = _first_best(left, self.start)
        sold = float(sack.room @ minute + self.slots @ slot)
        return Prices(minute, slot, sold + float(np.maximum(left[best], 0.0).sum()), best, left)

    def cut(self, minute: np.ndarray, slot: np.ndarray) -> None:
        """Add a plane per class under what its customers keep, touching it at the collectors' prices."""
        sack, g = self.sack, self.groups
        short, long = (self._asked(minute, slot, length) for length in (self.short, self.long))
        left = sack.value - (1 - self.along) * short[sack.group] - self.along * long[sack.group]
        best = _first_best(left, self.start)
        taken = best[left[best] > 0]
        kind = self.kind[sack.customer[taken]]
        pair = kind * g + sack.group[taken]
        along = self.along[taken]
        parts = [np.bincount(pair, part, g * g).reshape(g, g) for part in (1 - along, along)]
        padding = sparse.csr_matrix((g, 2 * self.collectors))
        self.planes.append(sparse.hstack([*(-part for part in parts), padding, -sparse.identity(g)], "csr"))
        self.sides.append(-np.bincount(kind, sack.value[taken], g) / self.unit)

    def lowest(self) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the lowest bound that the planes allow, and the prices per minute and customer there."""
        from scipy.optimize import linprog

        sack, g, c = self.sack, self.groups, self.collectors
        cost = np.concatenate([np.zeros(2 * g), sack.room, self.slots, np.ones(g)])
        dearest = float((sack.value / sack.minutes).max(initial=0.0)) / self.unit
        counted = 1.0 if self.limited.any() else 0.0
        top = np.concatenate(
            [
                np.full(g, counted),
                np.full(g, np.inf),
                np.full(c, dearest),
                np.where(self.limited, 1.0, 0.0),
                np.full(g, np.inf),
            ]
        )
        solved = linprog(
            cost,
            A_ub=sparse.vstack(self.planes),
            b_ub=np.concatenate(self.sides),
            bounds=np.column_stack([np.zeros(len(top)), top]),
            method="highs-ds",
        )
        own = np.maximum(solved.x[2 * g : 2 * (g + c)], 0.0) * self.unit
        return float(solved.fun) * self.unit, own[:c], own[c:]

    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the minutes of each group's shortest and longest option; 0 and 1 where only minutes are priced."""
        short, long = np.zeros(self.groups), np.ones(self.groups)
        if self.limited.any():
            short = np.full(self.groups, np.inf)
            np.minimum.at(short, self.sack.group, self.sack.minutes)
            short = np.where(np.isfinite(short), short, 0.0)
            long = np.zeros(self.groups)
            np.maximum.at(long, self.sack.group, self.sack.minutes)
            long = np.where(long > short, long, short + 1.0)
        return short, long

    def _asked(self, minute: np.ndarray, slot: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Return what the cheapest collector of each group asks for an option of a length."""
        asked = length[:, None] * minute + slot
        return np.where(self.sack.eligible, asked, np.inf).min(axis=1)

    def _cheapest_of(self, minute: np.ndarray, slot: np.ndarray) -> np.ndarray:
        """Return what each option costs at the cheapest collector who can do it."""
        sack = self.sack
        if not self.limited.any():
            return self._asked(minute, slot, self.long)[sack.group] * sack.minutes
        cost = np.full(len(sack.row), np.inf)
        for collector in range(self.collectors):
            able = sack.eligible[sack.group, collector]
            here = minute[collector] * sack.minutes + slot[collector]
            cost = np.where(able, np.minimum(cost, here), cost)
        return cost

    def _cheapest(self) -> sparse.csr_matrix:
        """Return the rows by which a group pays no more than any of its collectors asks."""
        g, c = self.groups, self.collectors
        group, collector = np.nonzero(self.sack.eligible)
        rows, one = np.arange(len(group)), np.ones(len(group))
        parts = []
        for first, length in ((0, self.short), (g, self.long)):
            places = np.concatenate([first + group, 2 * g + collector, 2 * g + c + collector])
            entries = np.concatenate([one, -length[group], -one])
            shape = (len(rows), 2 * (g + c) + g)
            parts.append(sparse.csr_matrix((entries, (np.tile(rows, 3), places)), shape=shape))
        return sparse.vstack(parts, format="csr")


def _first_best(left: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return the place of the first largest entry of each run."""
    if not len(left):
        return np.zeros(0, dtype="int64")
    top = np.repeat(np.maximum.reduceat(left, start), np.diff(start, append=len(left)))
    place = np.flatnonzero(left == top)
    run = np.searchsorted(start, place, side="right")
    return place[np.diff(run, prepend=0) > 0]
