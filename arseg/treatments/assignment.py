"""Who does what is worth doing at the day's prices: owners first, loads even, every day kept.

Work that is alike (same group and owner) is spread by a transport problem, which keeps as many minutes
as it can with their owners and fills days evenly; single customers then follow its flows. What did
not fit is left to ``assignment_exchange``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from arseg.treatments.knapsack import NOISE, Knapsack
from arseg.treatments.knapsack_price import Prices

# A minute done counts 1, done by its owner a little more; a day that fills costs less than either. A collector
# whose minutes are dearer than others' who could do it is left to those who need him: value comes first.
_OWN: Final = 0.2
_DEAR: Final = 100.0
_FULL: Final = 0.1
_STEPS: Final = 10


def place_work(sack: Knapsack, prices: Prices) -> np.ndarray:
    """Return the collector of each option (-1: not taken).

    Most value left first; each option goes where the flow of its like leads and the day has room.
    """
    place = np.full(len(sack.row), -1)
    wanted = prices.best[prices.left[prices.best] > 0]
    if not len(wanted):
        return place
    like, flow = _flows(sack, prices, wanted)
    order = np.lexsort((wanted, -prices.left[wanted]))
    left, slots = sack.room + NOISE, sack.slots.copy()
    for turn in order:
        option = wanted[turn]
        minutes = sack.minutes[option]
        can = sack.eligible[sack.group[option]] & (left >= minutes) & (slots >= 1)
        if not can.any():
            continue
        to = _choose(can, flow[like[turn]], left / np.maximum(sack.room, 1.0), int(sack.owner[option]))
        place[option] = to
        flow[like[turn], to] -= minutes
        left[to] -= minutes
        slots[to] -= 1
    return place


def _choose(can: np.ndarray, flow: np.ndarray, spare: np.ndarray, owner: int) -> int:
    """Return the owner where the flow has a place for him, else where most flow is left, else most spare."""
    if owner >= 0 and can[owner] and flow[owner] > NOISE:
        return owner
    led = np.where(can, flow, -1.0)
    if led.max() > NOISE:
        return int(led.argmax())
    return int(np.where(can, spare, -1.0).argmax())


def _flows(sack: Knapsack, prices: Prices, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which work each wanted option is alike to, and minutes of each such work by collector."""
    from scipy.optimize import linprog

    collectors = len(sack.room)
    kinds, like = np.unique(
        sack.group[wanted] * (collectors + 1) + sack.owner[wanted] + 1, return_inverse=True
    )
    group, owner = kinds // (collectors + 1), kinds % (collectors + 1) - 1
    minutes = np.bincount(like, sack.minutes[wanted])
    share = np.bincount(like) / minutes
    kind, collector = np.nonzero(sack.eligible[group])
    asked = prices.minute + prices.slot * share[:, None]
    dearer = asked - np.where(sack.eligible[group], asked, np.inf).min(axis=1, keepdims=True)
    scale = max(float(asked.mean()), NOISE)
    gain = np.concatenate(
        [
            1 + _OWN * (collector == owner[kind]) - _DEAR * dearer[kind, collector] / scale,
            -_FULL * np.tile(np.arange(_STEPS) / _STEPS, collectors),
        ]
    )
    rows = _transport(kind, collector, share, sack)
    slots = np.where(np.isfinite(sack.slots), sack.slots, len(wanted))
    top = np.concatenate([np.full(len(kind), np.inf), np.repeat(sack.room / _STEPS, _STEPS)])
    solved = linprog(
        -gain,
        A_ub=rows,
        b_ub=np.concatenate([minutes, np.zeros(collectors), slots]),
        bounds=np.column_stack([np.zeros(len(top)), top]),
        method="highs-ds",
    )
    flow = np.zeros((len(kinds), collectors))
    flow[kind, collector] = solved.x[: len(kind)]
    return like, flow


def _transport(
    kind: np.ndarray, collector: np.ndarray, share: np.ndarray, sack: Knapsack
) -> sparse.csr_matrix:
    """Return the rows: no kind flows out more than it has, into no day more than its steps and its slots."""
    collectors, flows = len(sack.room), np.arange(len(kind))
    step = np.arange(collectors * _STEPS)
    width = len(kind) + len(step)
    parts = [
        ((np.ones(len(kind))), kind, flows, len(share)),
        (
            np.concatenate([np.ones(len(kind)), -np.ones(len(step))]),
            np.concatenate([collector, step // _STEPS]),
            np.concatenate([flows, len(kind) + step]),
            collectors,
        ),
        (share[kind], collector, flows, collectors),
    ]
    return sparse.vstack(
        [
            sparse.csr_matrix((entry, (row, column)), shape=(height, width))
            for entry, row, column, height in parts
        ],
        format="csr",
    )
