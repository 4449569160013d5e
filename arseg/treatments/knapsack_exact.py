"""The day's knapsack solved exactly, for sizes where that takes no time."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from arseg.treatments.knapsack import NOISE, Knapsack

# Pairs of an option and a collector up to which an exact answer is asked for, and branches until it is given up. No
# limit of time: the same inputs give the same answer.
SMALL: Final = 600
_BRANCHES: Final = 5000


def solve_exactly(sack: Knapsack) -> tuple[np.ndarray, bool] | None:
    """Return the collector of each option (-1: not taken), and whether nothing better exists.

    None where no answer was found within the branches.
    """
    # Who only reads a playbook does not wait for the solver to be imported.
    from scipy.optimize import Bounds, LinearConstraint, milp

    able = sack.eligible[sack.group]
    option, collector = np.nonzero(able)
    if not len(option):
        return np.full(len(sack.row), -1), True
    taken = np.arange(len(option))
    once = _rows(sack.customer[option], taken, np.ones(len(option)), int(sack.customer[-1]) + 1)
    minutes = _rows(collector, taken, sack.minutes[option], len(sack.room))
    count = _rows(collector, taken, np.ones(len(option)), len(sack.room))
    found = milp(
        -sack.value[option] / sack.value.max(),
        integrality=np.ones(len(option)),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(once, ub=1),
            LinearConstraint(minutes, ub=sack.room + NOISE),
            LinearConstraint(count, ub=sack.slots),
        ],
        options={"mip_rel_gap": 0.0, "node_limit": _BRANCHES},
    )
    if found.x is None:
        return None
    chosen = found.x > 0.5
    place = np.full(len(sack.row), -1)
    place[option[chosen]] = collector[chosen]
    return place, found.status == 0


def _rows(row: np.ndarray, column: np.ndarray, entry: np.ndarray, height: int) -> sparse.csr_matrix:
    return sparse.csr_matrix((entry, (row, column)), shape=(height, len(column)))
