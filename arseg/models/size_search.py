"""How large a booster of one cause should be: what does best on rows that are held out.

The number of trees is a property of the book, and a part of its rows tells it. Beside 4,100 write-offs and 4,700 credit
notes of a book of a million invoices, 41,000 and 47,000 rows without an event chose sizes whose log-loss on two later
month-ends was that of the sizes that all 400,000 chose (payments, credit notes and write-offs within 0.1 % by count), in
a quarter of the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from arseg.models.growing import FEWEST_EVENTS, PLENTY, Capacity, TrainingRows, grow
from arseg.models.protocol import Numbers

if TYPE_CHECKING:
    import xgboost


# From here on the number of trees is not searched: it would double the work, and so many events carry them all.
_CERTAIN: Final = 100_000
_PATIENCE: Final = 10
_SMALLER: Final = 4
# Rows without an event that are searched beside each event, and at the least.
_BESIDE: Final = 10
_AT_LEAST: Final = 40_000


@dataclass(frozen=True)
class Target:
    """What of the rows is learnt for one cause, and how it is judged.

    Parameters
    ----------
    happened
        Whether the event came, shape (rows,).
    weight
        Shape (rows,).
    start
        Log-odds that the booster starts from, shape (rows,).
    held_out
        Rows on which the size is chosen, shape (rows,).
    """

    happened: npt.NDArray[np.bool_]
    weight: Numbers
    start: npt.NDArray[np.float32]
    held_out: npt.NDArray[np.bool_]

    def put_on(self, rows: TrainingRows, *, without_held_out: bool = False) -> None:
        """Give it to the rows' quantised matrix; held-out rows then weigh nothing where asked for."""
        weight = np.where(self.held_out, 0.0, self.weight) if without_held_out else self.weight
        label = self.happened.astype(np.float32)
        rows.quantised.set_info(label=label, weight=weight, base_margin=self.start)


def best_size(rows: TrainingRows, target: Target, capacity: Capacity) -> Capacity:
    """Return the leaves and the number of trees with the best log-loss on the held-out rows.

    Of fewer than 20,000 events a quarter of the leaves is tried, too: on large trees one strong column stops the search
    before it is learnt. Rows held out at random are rows that are missing: all of them carry as many more trees. How much of the past to
    believe was asked of the latest rows: more trees would believe more of it.

    Parameters
    ----------
    rows
        The rows; their quantised matrix may carry another target afterwards.
    target
        What is learnt of them.
    capacity
        The most.
    """
    events = target.weight * target.happened
    if events.sum() >= _CERTAIN:
        return capacity
    if events[target.held_out].sum() < FEWEST_EVENTS / 2:
        return replace(capacity, trees=max(1, capacity.trees // 10))
    sizes = {capacity.leaves}
    if events.sum() < PLENTY:
        sizes.add(max(min(4, capacity.leaves), capacity.leaves // _SMALLER))
    latest = target.held_out is rows.latest
    rows, target = searched(rows, target)
    target.put_on(rows, without_held_out=True)
    tried = [_search(rows, target, replace(capacity, leaves=leaves)) for leaves in sorted(sizes)]
    # Small trees that were still growing when the trees ran out have learnt too little, whatever they score.
    tried = [one for one in tried if one[1].leaves == capacity.leaves or one[1].trees < capacity.trees]
    best = min(tried, key=lambda one: one[0])[1]
    if latest:
        return best
    more = target.weight.sum() / max(float(target.weight[~target.held_out].sum()), 1e-9)
    return replace(best, trees=min(capacity.trees, round(best.trees * more)))


def searched(rows: TrainingRows, target: Target) -> tuple[TrainingRows, Target]:
    """Return the rows that a size is searched on: of very many without an event every so many-th.

    A booster on them starts from log-odds that are higher by as much as they are fewer (see ``cause``). Rows stand in an
    order of their own, which says nothing, so that the same are taken whatever the order of X.

    Parameters
    ----------
    rows, target
        All of them.
    """
    without = np.flatnonzero(~target.happened)
    step = len(without) // max(_BESIDE * (len(rows.event) - len(without)), _AT_LEAST)
    if step < 2:
        return rows, target
    some = target.happened.copy()
    some[without[::step]] = True
    start = target.start[some] + np.float32(np.log(step))
    part = Target(target.happened[some], target.weight[some], start, target.held_out[some])
    taken = (rows.event[some], rows.weight[some], rows.held_out[some], rows.jobs)
    return TrainingRows(rows.matrix[some], rows.names, *taken, filled=rows.filled, bins=rows.bins), part


def _search(rows: TrainingRows, target: Target, capacity: Capacity) -> tuple[float, Capacity]:
    """Return the best log-loss on the held-out rows, which weigh nothing while the search runs, and with what."""
    import xgboost

    held_out = target.held_out
    truth, counted = target.happened[held_out], target.weight[held_out]

    def loss(predicted: Numbers, _: xgboost.DMatrix) -> tuple[str, float]:
        p = np.clip(predicted[held_out].astype(np.float64), 1e-9, 1 - 1e-6)
        return "held_out", float(-(counted * np.log(np.where(truth, p, 1 - p))).sum() / counted.sum())

    stop = xgboost.callback.EarlyStopping(rounds=_PATIENCE, metric_name="held_out", maximize=False)
    evaluated = [(rows.quantised, "rows")]
    found = grow(rows, capacity, trees=capacity.trees, evals=evaluated, custom_metric=loss, callbacks=[stop])
    return float(found.best_score), replace(capacity, trees=int(found.best_iteration) + 1)
