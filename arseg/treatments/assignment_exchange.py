"""Filling what is left of a day: put something in, or take something out for something better.

Only options near the day's prices are tried: an option far below them is never worth its minutes. Every
exchange adds value, so it ends, and ties go to the first option.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from arseg.treatments.assignment_refill import refill
from arseg.treatments.knapsack import NOISE, Knapsack
from arseg.treatments.knapsack_price import Prices

# Options tried per collector, by value left at his or her own price, and rounds over the team.
_TRIED: Final = 200
_ROUNDS: Final = 4

# Of these, and of what the collector does already, so many are chosen anew together.
_ANEW: Final = 100
_KEPT_LOOSE: Final = 25

# A gain below this share of the value at hand is noise.
_GAIN: Final = 1e-9


def fill_days(sack: Knapsack, prices: Prices, place: np.ndarray) -> np.ndarray:
    """Return the placing after exchanges, never worth less, every day and number of customers kept."""
    if not len(sack.row):
        return place.copy()
    desk = Desk(sack, prices, place.copy())
    # The dearest day first: least work is for it alone.
    order = np.argsort(-prices.minute, kind="stable").tolist()
    for _ in range(_ROUNDS):
        gained = [desk.improve(collector) for collector in order]
        if not any(gained):
            break
    return desk.place


class Desk:
    """The placing, and what is left of each day and of each collector's number of customers."""

    def __init__(self, sack: Knapsack, prices: Prices, place: np.ndarray) -> None:
        self.sack, self.place = sack, place
        taken = np.flatnonzero(place >= 0)
        team = len(sack.room)
        self.left = sack.room + NOISE - np.bincount(place[taken], sack.minutes[taken], team)
        self.slots = sack.slots - np.bincount(place[taken], minlength=team)
        self.by = np.full(int(sack.customer.max(initial=-1)) + 1, -1)
        self.by[sack.customer[taken]] = place[taken]
        self.prices = prices
        self.core = self._core()

    def improve(self, collector: int) -> bool:
        """Exchange for one collector until nothing gains; whether anything did."""
        near = self._near(collector)
        gained = False
        while self._step(collector, near):
            gained = True
        return self.anew(collector) or gained

    def pool(self, collector: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the loose end of a day, and with it what might take its place, ascending."""
        sack = self.sack
        mine = np.flatnonzero(self.place == collector)
        loose = mine[np.argsort(self.prices.left[mine], kind="stable")[:_KEPT_LOOSE]]
        near = self._near(collector)
        open_to = (self.by[sack.customer[near]] == -1) | np.isin(sack.customer[near], sack.customer[loose])
        near = near[open_to & (self.place[near] == -1)]
        near = near[np.argsort(-self._at_price(collector, near), kind="stable")[:_ANEW]]
        pool = np.sort(np.concatenate([loose, near]))
        return loose, pool[sack.value[pool] > self.prices.slot[collector]]

    def anew(self, collector: int, *, least: float | None = None) -> bool:
        """Fill the loose end of a day anew; whether it gained, or at least as much as is asked."""
        sack = self.sack
        loose, pool = self.pool(collector)
        room = float(self.left[collector] + sack.minutes[loose].sum())
        if room < 0:
            return False
        worth = sack.value[pool] - self.prices.slot[collector]
        chosen = pool[refill(sack.minutes[pool], worth, sack.customer[pool], room)]
        gain = float(sack.value[chosen].sum() - sack.value[loose].sum())
        over = len(chosen) - len(loose) > self.slots[collector]
        if over or gain <= (_GAIN * float(sack.value.max(initial=0.0)) if least is None else least):
            return False
        self.exchange(collector, loose, chosen)
        return True

    def _at_price(self, collector: int, options: np.ndarray) -> np.ndarray:
        """Return the value left of options at a collector's own prices."""
        sack, prices = self.sack, self.prices
        return sack.value[options] - prices.minute[collector] * sack.minutes[options] - prices.slot[collector]

    def _core(self) -> np.ndarray:
        """Return the options with most value left: all that are worth taking, and enough beyond."""
        reach = int((self.prices.left > 0).sum()) + _TRIED * len(self.sack.room)
        return np.sort(np.argsort(-self.prices.left, kind="stable")[:reach])

    def _near(self, collector: int) -> np.ndarray:
        """Return the options of nobody's or one's own customers that are worth trying, in their own order."""
        sack = self.sack
        by = self.by[sack.customer[self.core]]
        able = self.core[sack.eligible[sack.group[self.core], collector] & ((by == -1) | (by == collector))]
        left = self._at_price(collector, able)
        return np.sort(
            able[np.argsort(-left, kind="stable")[: _TRIED + int((self.place == collector).sum())]]
        )

    def _step(self, collector: int, near: np.ndarray) -> bool:
        """Make the exchange that gains most: nothing, one or two out, one in."""
        sack = self.sack
        mine = np.flatnonzero(self.place == collector)
        out = self._outs(mine)
        freed, lost = (np.where(out >= 0, of[out], 0.0).sum(axis=1) for of in (sack.minutes, sack.value))
        free = near[self.place[near] == -1]
        if not len(free):
            return False
        gain = sack.value[free][None, :] - lost[:, None]
        fits = sack.minutes[free][None, :] <= self.left[collector] + freed[:, None]
        fits &= (self.slots[collector] + (out >= 0).sum(axis=1) >= 1)[:, None]
        fits &= self._own(out, free)
        gain = np.where(fits, gain, 0.0)
        which = int(gain.argmax())
        if gain.flat[which] <= _GAIN * max(float(sack.value.max()), 1e-9):
            return False
        taken, given = divmod(which, len(free))
        self.exchange(collector, out[taken][out[taken] >= 0], free[[given]])
        return True

    def _outs(self, mine: np.ndarray) -> np.ndarray:
        """Return what may be taken out: nothing, each one, each two; shape (ways, 2), -1 for nothing."""
        first, second = np.triu_indices(len(mine), 1)
        none = np.full((1 + len(mine), 2), -1)
        none[1:, 0] = mine
        return np.concatenate([none, np.column_stack([mine[first], mine[second]])])

    def _own(self, out: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Mark where the customer of what comes in is nobody's yet, or goes out at the same time."""
        sack = self.sack
        coming = sack.customer[free]
        going = np.where(out >= 0, sack.customer[out], -1)
        return (self.by[coming] == -1)[None, :] | (going[:, :, None] == coming[None, None, :]).any(axis=1)

    def exchange(self, collector: int, out: np.ndarray, into: np.ndarray) -> None:
        """Take out and put in; whether it fits is the caller's to know."""
        sack = self.sack
        self.place[out] = -1
        self.by[sack.customer[out]] = -1
        self.place[into] = collector
        self.by[sack.customer[into]] = collector
        self.left[collector] += float(sack.minutes[out].sum() - sack.minutes[into].sum())
        self.slots[collector] += len(out) - len(into)
