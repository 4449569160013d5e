"""Work handed from one collector to another, so that dear minutes go to what only they can do.

What fills a loose end of a day best is known for every length of it (`assignment_refill.worth_by_room`). Giving a
piece of work away lengthens one day's loose end and shortens another's, so what a hand-over brings is read off two
such curves for all pieces and collectors at once; the best is made, both days are filled anew, and it stays
only if the whole has gained.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from arseg.treatments.assignment_exchange import Desk
from arseg.treatments.assignment_refill import worth_by_room
from arseg.treatments.knapsack import NOISE, Knapsack
from arseg.treatments.knapsack_price import Prices

# Hand-overs tried at most; each fills two days anew.
_TRIED: Final = 300
# Collectors tried for a piece before it is left where it is.
_PATIENCE: Final = 4
# It ends where this share of the bound is missing or the best hand-over brings less than that share of it.
_ENOUGH: Final = 5e-4
_LEAST: Final = 2e-6


def hand_over(sack: Knapsack, prices: Prices, place: np.ndarray) -> np.ndarray:
    """Return the placing after hand-overs, never worth less, every day and number of customers kept.

    Parameters
    ----------
    sack
        The day's knapsack.
    prices
        Its prices.
    place
        The collector of each option, -1 where not taken.
    """
    desk = Desk(sack, prices, place.copy())
    value = float(sack.value[place >= 0].sum())
    if len(sack.room) < 2 or value >= prices.bound * (1 - _ENOUGH):
        return desk.place
    return _Market(desk, value).trade()


class _Market:
    """The curve of each day's loose end, and the pieces that could change hands."""

    def __init__(self, desk: Desk, value: float) -> None:
        self.desk, self.value = desk, value
        sack = desk.sack
        self.longest = float(sack.minutes[desk.place >= 0].max(initial=0.0))
        self.loose = np.zeros(len(sack.row), dtype=bool)
        self.curves: list[tuple[np.ndarray, int, float]] = []
        for collector in range(len(sack.room)):
            self.curves.append(self._curve(collector))
        self.refused: set[tuple[int, int]] = set()
        self.failed = np.zeros(len(sack.row), dtype="int64")

    def trade(self) -> np.ndarray:
        """Make hand-overs, the best first, until none brings anything."""
        for _ in range(_TRIED):
            option, to, promised = self._best()
            if promised <= _LEAST * self.desk.prices.bound:
                break
            at = int(self.desk.place[option])
            if not self._tried(option, at, to):
                self.refused.add((option, to))
                self.failed[option] += 1
                continue
            if self.value >= self.desk.prices.bound * (1 - _ENOUGH):
                break
            for collector in (at, to):
                self.curves[collector] = self._curve(collector)
        return self.desk.place

    def _curve(self, collector: int) -> tuple[np.ndarray, int, float]:
        """Return what fills each length of the loose end best, points per minute, and its present length."""
        desk, sack = self.desk, self.desk.sack
        loose, pool = desk.pool(collector)
        self.loose[desk.place == collector] = False
        self.loose[loose] = True
        room = float(desk.left[collector] + sack.minutes[loose].sum())
        worth = sack.value[pool] - desk.prices.slot[collector]
        best, parts = worth_by_room(sack.minutes[pool], worth, sack.customer[pool], room + self.longest)
        return best, parts, room

    def _best(self) -> tuple[int, int, float]:
        """Return the piece, its new collector and what the curves promise for the best hand-over."""
        desk, sack = self.desk, self.desk.sack
        pieces = np.flatnonzero((desk.place >= 0) & (self.failed < _PATIENCE))
        at, minute = desk.place[pieces], desk.prices.minute
        gain = np.full((len(pieces), len(sack.room)), -np.inf)
        freed = np.zeros(len(pieces))
        for collector in range(len(sack.room)):
            own = at == collector
            length = sack.minutes[pieces[own]]
            # A piece of the loose end itself is in its curve; the day's price says what its minutes bring.
            longer = self._worth(collector, length)
            freed[own] = np.where(self.loose[pieces[own]], minute[collector] * length, longer)
            other = sack.eligible[sack.group[pieces], collector] & ~own
            gain[other, collector] = self._worth(collector, -sack.minutes[pieces[other]])
        gain += freed[:, None]
        for option, to in self.refused:
            gain[pieces == option, to] = -np.inf
        if not gain.size:
            return -1, -1, -np.inf
        which, to = divmod(int(gain.argmax()), len(sack.room))
        return int(pieces[which]), to, float(gain[which, to])

    def _worth(self, collector: int, more: np.ndarray) -> np.ndarray:
        """Return what the loose end is worth more where it is longer by so many minutes; minus infinity below 0."""
        best, parts, room = self.curves[collector]
        # Rounded down, as minutes on the grid are rounded up.
        point = np.floor((room + more) * parts + NOISE).astype("int64")
        now = best[min(int(room * parts + NOISE), len(best) - 1)]
        known = best[np.clip(point, 0, len(best) - 1)] - now
        return np.where(point < 0, -np.inf, known)

    def _tried(self, option: int, at: int, to: int) -> bool:
        """Hand a piece over and fill both days anew; whether the whole gained, else all is as before."""
        desk, sack = self.desk, self.desk.sack
        kept = [part.copy() for part in (desk.place, desk.by, desk.left, desk.slots)]
        piece = np.array([option])
        desk.exchange(at, piece, piece[:0])
        desk.exchange(to, piece[:0], piece)
        if desk.left[to] < 0 or desk.slots[to] < 0:
            desk.anew(to, least=-np.inf)
        else:
            desk.anew(to)
        desk.anew(at)
        value = float(sack.value[desk.place >= 0].sum())
        fits = desk.left[to] >= 0 and desk.slots[to] >= 0
        if fits and value > self.value + _LEAST / 10 * desk.prices.bound:
            self.value = value
            return True
        desk.place[:], desk.by[:], desk.left[:], desk.slots[:] = kept
        return False
