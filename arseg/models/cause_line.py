"""The hazard of one cause as a line: daily rates, moved by time terms and features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from arseg.models.cause import logit
from arseg.models.growing import TrainingRows
from arseg.models.penalised_logit import Trials, fit_logit
from arseg.models.protocol import Integers, Numbers
from arseg.models.rates import Matrix, Rates, fit_rates
from arseg.models.standardised import strongest

# Fewer events than this carry no coefficients: the cause keeps its daily rates.
FEWEST_EVENTS: Final = 20
# A feature for every ten events: the usual rule of logistic regression.
_EVENTS_PER_COLUMN: Final = 10
# From the strongest down, so that each fit starts from a near one.
_PENALTIES: Final = (1000.0, 100.0, 30.0, 10.0, 3.0)
_CAUTIOUS: Final = 100.0


@dataclass(frozen=True)
class CauseLine:
    """The fitted hazard of one cause: log-odds of the daily rates, and a line added to them.

    Parameters
    ----------
    rates
        Where the line starts from, and what a strong penalty leaves.
    intercept
        Added to all.
    time
        Coefficients of ``time_terms``; empty where the cause had too few events.
    places, features
        Which standardised columns act, and their coefficients.
    """

    rates: Rates
    intercept: float = 0.0
    time: tuple[float, ...] = ()
    places: tuple[int, ...] = ()
    features: tuple[float, ...] = ()

    def hazard(self, matrix: Matrix, terms: Numbers, known: Numbers, item: Integers) -> Numbers:
        """Return P(leaves in the interval by this cause, open at its start), shape (rows,).

        Parameters
        ----------
        matrix, terms
            Of each person-period row.
        known
            Standardised columns of each item.
        item
            Of each row.
        """
        from scipy.special import expit

        start = self.rates.hazard(matrix)
        if not self.time:
            return start
        own = known[:, list(self.places)] @ np.asarray(self.features, dtype=np.float64)
        line = logit(start) + self.intercept + terms @ np.asarray(self.time) + own[item]
        return np.asarray(expit(line))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-safe data."""
        parts = {name: list(getattr(self, name)) for name in ("time", "places", "features")}
        return {"rates": list(self.rates.daily), "intercept": self.intercept, **parts}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the line that ``to_dict`` described."""
        parts = {name: tuple(stored[name]) for name in ("time", "places", "features")}
        return cls(Rates(tuple(stored["rates"])), float(stored["intercept"]), **parts)


def fit_line(
    rows: TrainingRows, parts: tuple[Numbers, Numbers, Integers], cause: int, limit: int
) -> CauseLine:
    """Learn one cause's line.

    Parameters
    ----------
    rows
        Person-period rows.
    parts
        Time terms of each row, standardised columns of each item, and the item of each row.
    cause
        Whose events count.
    limit
        Features at most.
    """
    happened = rows.event == cause
    rates = fit_rates(rows.matrix, rows.weight, happened)
    events = float(rows.weight @ happened)
    if events < FEWEST_EVENTS:
        return CauseLine(rates)
    terms, known, item = parts
    expected = rates.hazard(rows.matrix)
    # Chosen without the rows on which the penalty is.
    left_over = rows.weight * ~rows.held_out * (happened - expected)
    residual = np.bincount(item, left_over, len(known)).astype(np.float64)
    most = min(limit, int(events / _EVENTS_PER_COLUMN))
    places = strongest(known, residual, np.ones(len(known)), most)
    matrix = np.column_stack([np.ones(len(terms)), terms, known[:, places][item]])
    centre, spread = _scale(matrix, rows.weight)
    trials = Trials((matrix - centre) / spread, logit(expected).astype(np.float64), happened, rows.weight)
    found = _searched(trials, rows.held_out) / spread
    time = found[1 : 1 + terms.shape[1]]
    return CauseLine(
        rates,
        float(found[0] - found[1:] @ centre[1:]),
        tuple(time.tolist()),
        tuple(places.tolist()),
        tuple(found[1 + terms.shape[1] :].tolist()),
    )


def _scale(matrix: Numbers, weight: Numbers) -> tuple[Numbers, Numbers]:
    """Return mean and spread of each column; those of the intercept and of a constant are 0 and 1."""
    centre = weight @ matrix / weight.sum()
    spread = np.sqrt(np.maximum(weight @ matrix**2 / weight.sum() - centre**2, 0.0))
    varies = spread > 1e-6 * np.maximum(1.0, np.abs(centre))
    centre[0] = 0.0
    return centre, np.where(varies, spread, 1.0)


def _searched(trials: Trials, held_out: npt.NDArray[np.bool_]) -> Numbers:
    """Return the coefficients under the penalty with the best log-loss on the held-out rows."""
    learning, judged = trials.weight * ~held_out, trials.weight * held_out
    penalty, start = _CAUTIOUS, None
    if judged @ trials.happened >= FEWEST_EVENTS / 2 and learning @ trials.happened >= FEWEST_EVENTS / 2:
        best = np.inf
        for tried in _PENALTIES:
            found = fit_logit(trials.weighted(learning), tried, start, tolerance=1e-7)
            loss = trials.weighted(judged).loss(found)
            if loss >= best:
                break
            penalty, start, best = tried, found, loss
    return fit_logit(trials, penalty, start)
