"""How much a booster may learn of one cause, and growing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from arseg.models.protocol import Integers, Numbers
from arseg.models.rates import Matrix
from arseg.models.threads import threads

if TYPE_CHECKING:
    import xgboost


# Fewer events than this carry no pattern: the cause keeps its daily rates.
FEWEST_EVENTS: Final = 10
# From here on capacity is full.
PLENTY: Final = 20_000
# From here on the number of trees is not searched: it would double the work, and so many events carry them all.
_CERTAIN: Final = 100_000
_PATIENCE: Final = 10
_SMALLER: Final = 4
# Below all that is known: a matrix without holes is learnt from in half the time.
UNKNOWN: Final = -1e30


@dataclass(frozen=True)
class Capacity:
    """How much a booster may learn."""

    trees: int
    leaves: int
    learning_rate: float
    l2: float

    def for_events(self, events: float) -> Capacity:
        """Return what this many events can carry.

        From 20,000 events on everything. Below, twice the trees at half the rate (of which the best
        number is searched), a leaf for every 150 events, at least four, and an L2 penalty that grows
        as the events get fewer: on two real books and a simulated one of 500 to 15,000 events this
        gave a lower log-loss than the full capacity did.
        """
        if events >= PLENTY:
            return self
        leaves = int(np.clip(events / 150, min(4, self.leaves), self.leaves))
        return Capacity(2 * self.trees, leaves, self.learning_rate / 2, self.l2 * (1 + 10_000 / events))


@dataclass(frozen=True)
class TrainingRows:
    """Person-period rows of all causes, in an order that does not depend on that of X.

    Parameters
    ----------
    matrix
        Features, the interval's own last, shape (rows, names).
    names
        Names of the columns.
    event
        0 where the interval was survived, else the cause, shape (rows,).
    weight
        Shape (rows,).
    held_out
        Rows on which the number of trees is chosen, shape (rows,).
    jobs
        Threads.
    chance
        With which a row is here if no event came in it, shape (rows,); None where all are. The weight already makes up
        for it.
    filled
        Whether what is unknown stands as ``UNKNOWN`` in the matrix, not as NaN.
    latest
        Rows of the latest due days, on which trees for payments are counted instead; None where these do not tell.
    bins
        Steps into which a column is cut.
    """

    matrix: Matrix
    names: list[str]
    event: Integers
    weight: Numbers
    held_out: npt.NDArray[np.bool_]
    jobs: int = 1
    chance: Numbers | None = None
    filled: bool = False
    latest: npt.NDArray[np.bool_] | None = None
    bins: int = 256

    @cached_property
    def quantised(self) -> xgboost.QuantileDMatrix:
        """The matrix in bins, made once for all causes."""
        import xgboost

        # Without names: XGBoost would compare them in every round, which on a small book took half the time.
        with threads(self.jobs):
            return xgboost.QuantileDMatrix(
                self.matrix, weight=self.weight, max_bin=self.bins, nthread=self.jobs
            )


def grow(rows: TrainingRows, capacity: Capacity, *, trees: int, **more: Any) -> xgboost.Booster:
    """Return a booster of so many trees on the label, weight and start that the rows carry."""
    import xgboost

    parameters = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        # Leaf-wise: science 3.5 measured it both better and cheaper than depth-wise.
        "grow_policy": "lossguide",
        "max_depth": 0,
        "max_leaves": capacity.leaves,
        "learning_rate": capacity.learning_rate,
        "lambda": capacity.l2,
        "max_bin": rows.bins,
        # The hessian guard: without it rare causes diverge (science 3.3).
        "min_child_weight": 20,
        "base_score": 0.5,
        "nthread": rows.jobs,
        "seed": 0,
        "disable_default_eval_metric": True,
        "verbosity": 0,
    }
    quantised = rows.quantised
    with threads(rows.jobs):
        grown = xgboost.train(parameters, quantised, trees, verbose_eval=False, **more)
    grown.feature_names = rows.names
    return grown


def best_size(
    rows: TrainingRows,
    held_out: npt.NDArray[np.bool_],
    happened: npt.NDArray[np.bool_],
    weight: Numbers,
    capacity: Capacity,
) -> Capacity:
    """Return the leaves and the number of trees with the best log-loss on the held-out rows.

    Of fewer than 20,000 events a quarter of the leaves is tried, too: on large trees one strong column stops the search
    before it is learnt. Rows held out at random are rows that are missing: all of them carry as many more trees. How much of the past to
    believe was asked of the latest rows: more trees would believe more of it.
    """
    events = weight * happened
    if events.sum() >= _CERTAIN:
        return capacity
    if events[held_out].sum() < FEWEST_EVENTS / 2:
        return replace(capacity, trees=max(1, capacity.trees // 10))
    rows.quantised.set_info(weight=np.where(held_out, 0.0, weight))
    sizes = {capacity.leaves}
    if events.sum() < PLENTY:
        sizes.add(max(min(4, capacity.leaves), capacity.leaves // _SMALLER))
    tried = [
        _search(rows, held_out, happened, weight, replace(capacity, leaves=leaves))
        for leaves in sorted(sizes)
    ]
    rows.quantised.set_info(weight=weight)
    # Small trees that were still growing when the trees ran out have learnt too little, whatever they score.
    tried = [one for one in tried if one[1].leaves == capacity.leaves or one[1].trees < capacity.trees]
    best = min(tried, key=lambda one: one[0])[1]
    if held_out is rows.latest:
        return best
    more = weight.sum() / max(float(weight[~held_out].sum()), 1e-9)
    return replace(best, trees=min(capacity.trees, round(best.trees * more)))


def _search(
    rows: TrainingRows,
    held_out: npt.NDArray[np.bool_],
    happened: npt.NDArray[np.bool_],
    weight: Numbers,
    capacity: Capacity,
) -> tuple[float, Capacity]:
    """Return the best log-loss on the held-out rows, which weigh nothing while the search runs, and with what."""
    import xgboost

    truth, counted = happened[held_out], weight[held_out]

    def loss(predicted: Numbers, _: xgboost.DMatrix) -> tuple[str, float]:
        p = np.clip(predicted[held_out].astype(np.float64), 1e-9, 1 - 1e-6)
        return "held_out", float(-(counted * np.log(np.where(truth, p, 1 - p))).sum() / counted.sum())

    stop = xgboost.callback.EarlyStopping(rounds=_PATIENCE, metric_name="held_out", maximize=False)
    evaluated = [(rows.quantised, "rows")]
    found = grow(rows, capacity, trees=capacity.trees, evals=evaluated, custom_metric=loss, callbacks=[stop])
    return float(found.best_score), replace(capacity, trees=int(found.best_iteration) + 1)
