"""The same work, handed round: to its owners, to even loads, and among equals to the first customer.

Nothing here changes what is done or what it is worth, only by whom, and for which of customers that are alike.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from arseg.treatments.knapsack import NOISE, Knapsack


def settle(sack: Knapsack, place: np.ndarray) -> np.ndarray:
    """Return the placing with as much as possible at its owners, then as even as it gets."""
    hands = _Hands(sack, _firsts(sack, place))
    hands.to_owners()
    hands.level()
    return hands.place


class _Hands:
    """The placing, and what is left of each day and of each collector's number of customers."""

    def __init__(self, sack: Knapsack, place: np.ndarray) -> None:
        self.sack, self.place = sack, place
        self.taken = np.flatnonzero(place >= 0)
        team = len(sack.room)
        self.left = sack.room + NOISE - np.bincount(place[self.taken], sack.minutes[self.taken], team)
        self.slots = sack.slots - np.bincount(place[self.taken], minlength=team)

    def to_owners(self) -> None:
        """Move work to its owner where the day has room, or against work of like length that is not the owner's."""
        sack = self.sack
        for option in self.taken.tolist():
            owner, at = int(sack.owner[option]), int(self.place[option])
            if owner < 0 or owner == at or not sack.eligible[sack.group[option], owner]:
                continue
            if self.left[owner] >= sack.minutes[option] and self.slots[owner] >= 1:
                self._move(option, owner)
                continue
            against = self._against(option, owner, at)
            if against >= 0:
                self._move(against, at)
                self._move(option, owner)

    def level(self) -> None:
        """Move work from the fullest day to the emptiest while that makes the fullest of the two emptier."""
        room = np.maximum(self.sack.room, 1.0)
        done = np.zeros(len(room), dtype=bool)
        for _ in range(2 * len(self.taken) + len(room)):
            full = (room - self.left) / room
            if done.all():
                return
            fullest = int(np.where(done, -1.0, full).argmax())
            if not self._unload(fullest, full, room):
                done[fullest] = True

    def _against(self, option: int, owner: int, at: int) -> int:
        """Return what the owner can give for the option, of the nearest length; -1 where nothing."""
        sack = self.sack
        theirs = self.taken[(self.place[self.taken] == owner) & (sack.owner[self.taken] != owner)]
        theirs = theirs[sack.eligible[sack.group[theirs], at]]
        more = sack.minutes[theirs] - sack.minutes[option]
        fits = (more <= self.left[at]) & (-more <= self.left[owner])
        if not fits.any():
            return -1
        return int(theirs[np.where(fits, np.abs(more), np.inf).argmin()])

    def _unload(self, fullest: int, full: np.ndarray, room: np.ndarray) -> bool:
        sack = self.sack
        mine = self.taken[(self.place[self.taken] == fullest) & (sack.owner[self.taken] != fullest)]
        minutes = sack.minutes[mine]
        for to in np.argsort(full, kind="stable"):
            if to == fullest or self.slots[to] < 1:
                continue
            after = np.maximum(full[fullest] - minutes / room[fullest], full[to] + minutes / room[to])
            fits = sack.eligible[sack.group[mine], to] & (minutes <= self.left[to])
            after = np.where(fits, after, np.inf)
            if len(mine) and after.min() < full[fullest] - NOISE:
                self._move(int(mine[after.argmin()]), int(to))
                return True
        return False

    def _move(self, option: int, to: int) -> None:
        at, minutes = int(self.place[option]), self.sack.minutes[option]
        self.place[option] = to
        self.left[at] += minutes
        self.left[to] -= minutes
        self.slots[at] += 1
        self.slots[to] -= 1


def _firsts(sack: Knapsack, place: np.ndarray) -> np.ndarray:
    """Return the placing in which, among customers with the same options, the first in order are served."""
    if not (place >= 0).any():
        return place.copy()
    start = np.flatnonzero(np.diff(sack.customer, prepend=-1))
    turn = np.arange(len(place)) - start[sack.customer]
    width = int(turn.max()) + 1
    known = np.full((len(start), 4 * width), -2.0)
    for part, of in enumerate((sack.minutes, sack.value, sack.group, sack.owner)):
        known[sack.customer, 4 * turn + part] = of
    like = pd.DataFrame(known).groupby(list(range(4 * width)), sort=False).ngroup().to_numpy()
    taken = np.flatnonzero(place >= 0)
    settled = np.full(len(place), -1)
    served = np.bincount(like[sack.customer[taken]], minlength=int(like.max()) + 1)
    order = np.argsort(like, kind="stable")
    rank = np.empty(len(like), dtype="int64")
    rank[order] = np.arange(len(like)) - np.searchsorted(like[order], like[order], side="left")
    firsts = order[rank[order] < served[like[order]]]
    # What is worth most goes to the first; then the earlier option and the earlier collector.
    kind = like[sack.customer[taken]]
    given = taken[np.lexsort((place[taken], turn[taken], -sack.value[taken], kind))]
    settled[start[firsts] + turn[given]] = place[given]
    return settled
