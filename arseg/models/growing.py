"""How much a booster may learn of one cause, the rows that it learns from, and growing it."""

from __future__ import annotations

from dataclasses import dataclass
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
