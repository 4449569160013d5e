"""Which columns a wide and long matrix can do without: those that a small booster on a part of the rows never needs.

The time of a booster grows with rows times columns, and of some 250 feature columns most say nothing of a given book.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import numpy as np

from arseg.models.cause import logit
from arseg.models.grid import ROW_COLUMNS
from arseg.models.growing import Capacity, TrainingRows, grow
from arseg.models.habit import COLUMNS
from arseg.models.landmarks import REQUIRED_COLUMNS
from arseg.models.rates import fit_rates
from arseg.schema import CAUSES, PAID

# Below so many cells all columns are kept: the screening would cost more than it saves.
CELLS: Final = 15_000_000
KEPT: Final = 64
_ROWS: Final = 60_000
_SMALL: Final = Capacity(trees=30, leaves=31, learning_rate=0.2, l2=5.0)
_FEWEST: Final = 50
# What places an item in time, and its customer's habit, is never dropped.
_ALWAYS: Final = {*REQUIRED_COLUMNS, *COLUMNS, *ROW_COLUMNS}


def screened(rows: TrainingRows, draws: np.ndarray) -> TrainingRows:
    """Return the rows with the columns that are worth their time, in the same order.

    Parameters
    ----------
    rows
        Person-period rows.
    draws
        An even number in [0, 1) per row, by which the part is drawn, shape (rows,).
    """
    if rows.matrix.size <= CELLS or rows.matrix.shape[1] <= KEPT:
        return rows
    chosen = _worthy(rows, draws)
    places = [place for place, name in enumerate(rows.names) if name in chosen]
    return replace(rows, matrix=rows.matrix[:, places], names=[rows.names[place] for place in places])


def _worthy(rows: TrainingRows, draws: np.ndarray) -> set[str]:
    """Return the names of the columns by which boosters of all causes gain most."""
    # Of a rare cause every event is taken, of the rest a part that makes up the number.
    part = _part(rows, (draws < _ROWS / len(draws)) | ((rows.event > 0) & (rows.event != PAID)))
    worth: Counter[str] = Counter()
    for cause in CAUSES:
        if (part.event == cause).sum() >= _FEWEST:
            worth.update(_gains(part, cause))
    free = [
        name for name, _ in sorted(worth.items(), key=lambda one: (-one[1], one[0])) if name not in _ALWAYS
    ]
    return {*free[: KEPT - len(_ALWAYS)], *_ALWAYS}


def _part(rows: TrainingRows, some: np.ndarray) -> TrainingRows:
    taken = (rows.event[some], rows.weight[some], rows.held_out[some], rows.jobs)
    return TrainingRows(rows.matrix[some], rows.names, *taken, filled=rows.filled)


def _gains(rows: TrainingRows, cause: int) -> dict[str, float]:
    """Return the share of each column in what a small booster gains."""
    label = rows.event == cause
    start = logit(fit_rates(rows.matrix, rows.weight, label).hazard(rows.matrix))
    rows.quantised.set_info(label=label.astype(np.float32), base_margin=start)
    gains = grow(rows, _SMALL, trees=_SMALL.trees).get_score(importance_type="total_gain")
    total = sum(gains.values())
    return {name: float(gain) / total for name, gain in gains.items()}
