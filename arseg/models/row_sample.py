"""Which person-period rows without an event a model learns from, and what these then weigh.

Most rows say next to nothing: it was all but certain that their item would stay open. A row's share in the noise of a
fit grows with its hazard, so a row is kept with a chance that is proportional to its hazard as a rough model knows
it, and stands for 1 / chance rows (Fithian and Hastie 2014). On invoices of known incidence a seventh of the rows
taught as much as all of them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from arseg.models.cause import CauseHazard
from arseg.models.protocol import Integers, Numbers
from arseg.models.rates import Matrix
from arseg.schema import CAUSES, PAID

# So many rows without an event as events of a like hazard: more say little more.
_RATIO: Final = 2.0
_LEAST: Final = 0.2
# Rows beside each event of a rare cause: more of them say little more.
_BESIDE: Final = 40
# To look at a row, all that it knows has to be made; of more than so many a part is looked at.
LOOKED_AT: Final = 10_000_000


@dataclass(frozen=True)
class Sampling:
    """Which person-period rows without an event are left out.

    Parameters
    ----------
    row_limit
        Rows up to which all are kept.
    keep_share
        Share that is kept beyond; with a rough hazard, five times the least share.
    seed
        Of the sample, and of the rows held out.
    rough
        Tells how likely the event of a row was; without it, all rows without an event are alike.
    causes
        Whose events are all kept; other events are left out as rows without one are.
    """

    row_limit: int
    keep_share: float
    seed: int
    rough: CauseHazard | None = None
    causes: tuple[int, ...] = CAUSES

    def share(self, rows: int) -> float:
        """Return the share that is kept before anything is known of the rows, given their number."""
        if rows <= self.row_limit:
            return 1.0
        return self.keep_share if self.rough is None else min(1.0, LOOKED_AT / rows)

    def certain(self, event: Integers) -> npt.NDArray[np.bool_]:
        """Return which rows are kept whatever is drawn."""
        return np.isin(event, self.causes)

    def chance(self, matrix: Matrix, share: float, *, jobs: int) -> Numbers:
        """Return the chance with which rows are kept that are not certain, given the share that is looked at."""
        if self.rough is None:
            return np.full(len(matrix), share)
        wanted = np.maximum(_RATIO * self.rough.hazard(matrix, jobs=jobs), _LEAST * self.keep_share)
        return np.minimum(wanted, share)


def for_rare_causes(event: Integers, rows: int, row_limit: int, seed: int) -> Sampling:
    """Return how to draw the rows that all causes but payment are learnt from; where few, all rows for all causes.

    Parameters
    ----------
    event
        Of each item.
    rows
        Number of all person-period rows.
    row_limit, seed
        As for ``Sampling``.

    Examples
    --------
    >>> for_rare_causes(np.array([1, 2, 0]), rows=1000, row_limit=100, seed=0).keep_share
    0.1
    """
    rare = tuple(cause for cause in CAUSES if cause != PAID)
    events = max(int((event == cause).sum()) for cause in rare)
    share = max(row_limit, _BESIDE * events) / max(rows, 1)
    if share >= 1:
        return Sampling(sys.maxsize, 1.0, seed)
    # Another seed than that of the rows for payments: those must not hang on what the rough hazard saw.
    return Sampling(row_limit, share, seed + 4, causes=rare)
