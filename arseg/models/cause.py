"""The hazard of one cause: plain daily rates, refined by one booster."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt

from arseg.models.growing import FEWEST_EVENTS, Capacity, TrainingRows, grow
from arseg.models.protocol import Numbers
from arseg.models.rates import Matrix, Rates, fit_rates
from arseg.models.size_search import Target, best_size
from arseg.models.threads import threads
from arseg.schema import PAID

if TYPE_CHECKING:
    import xgboost


_LOADING: Final = threading.Lock()
_ROUGH: Final = Capacity(trees=30, leaves=31, learning_rate=0.3, l2=5.0)


@dataclass(frozen=True)
class CauseHazard:
    """The fitted hazard of one cause.

    Parameters
    ----------
    rates
        Where the booster starts from.
    booster
        XGBoost's own JSON text; None where the cause had too few events.
    size
        With how much it was grown; not stored.
    """

    rates: Rates
    booster: str | None
    size: Capacity | None = field(default=None, compare=False)

    @cached_property
    def _by_jobs(self) -> dict[int, xgboost.Booster]:
        return {}

    def _taking(self, jobs: int) -> xgboost.Booster:
        """Return the booster set up for so many threads: one that is asked from several must not be set up meanwhile."""
        with _LOADING:
            if jobs not in self._by_jobs:
                import xgboost

                loaded = xgboost.Booster({"nthread": jobs})
                loaded.load_model(bytearray(str(self.booster), "utf-8"))
                # The first question sets it up; nothing after it writes.
                loaded.inplace_predict(np.zeros((1, loaded.num_features()), dtype=np.float32))
                self._by_jobs[jobs] = loaded
            return self._by_jobs[jobs]

    @property
    def trees(self) -> int:
        """How many trees the booster has."""
        return 0 if self.booster is None else int(self._taking(1).num_boosted_rounds())

    @property
    def leaves(self) -> int:
        """How many leaves its largest tree has."""
        if self.booster is None:
            return 0
        grown = json.loads(self.booster)["learner"]["gradient_booster"]["model"]["trees"]
        return max(((int(tree["tree_param"]["num_nodes"]) + 1) // 2 for tree in grown), default=0)

    def hazard(self, matrix: Matrix, *, jobs: int = 1) -> Numbers:
        """Return P(leaves in the interval by this cause, open at its start), shape (rows,)."""
        start = self.rates.hazard(matrix)
        if self.booster is None or len(matrix) == 0:
            return start
        return self._predicted(matrix, logit(start), "value", jobs)

    def margin(self, matrix: Matrix, start: npt.NDArray[np.float32], *, jobs: int = 1) -> Numbers:
        """Return what the trees add up to from a given start, on the scale on which they were learnt, shape (rows,)."""
        if self.booster is None or len(matrix) == 0:
            return start.astype(np.float64)
        return self._predicted(matrix, start, "margin", jobs)

    def _predicted(self, matrix: Matrix, start: npt.NDArray[np.float32], kind: str, jobs: int) -> Numbers:
        booster = self._taking(jobs)
        with threads(jobs):
            found = booster.inplace_predict(
                matrix, base_margin=start, predict_type=kind, validate_features=False
            )
        return found.astype(np.float64)

    def contributions(self, matrix: Matrix, *, jobs: int = 1) -> Numbers:
        """Return each column's contribution to the log-odds of the hazard, shape (rows, columns)."""
        if self.booster is None or len(matrix) == 0:
            return np.zeros(matrix.shape)
        with threads(jobs):
            return self._parts(matrix, jobs)

    def _parts(self, matrix: Matrix, jobs: int) -> Numbers:
        import xgboost

        booster = self._taking(jobs)
        rows = xgboost.DMatrix(matrix, nthread=jobs, feature_names=booster.feature_names)
        # The exact game takes milliseconds a row on deep trees; the path attribution takes microseconds
        # and also sums to the prediction.
        found = booster.predict(rows, pred_contribs=True, approx_contribs=True)
        return found[:, :-1].astype(np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-safe data."""
        return {"rates": list(self.rates.daily), "booster": self.booster}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the hazard that ``to_dict`` described."""
        return cls(Rates(tuple(float(rate) for rate in stored["rates"])), stored["booster"])


def fit_cause(
    rows: TrainingRows, cause: int, capacity: Capacity, size: Capacity | None = None
) -> CauseHazard:
    """Learn one cause's hazard.

    The booster starts from the daily rates, so that it has to learn only what departs from the
    book's curve; for fewer than 100,000 events the number of trees is the best one on the held-out
    rows, and the booster is then grown again on all rows. Of payments the latest are held out, where that
    tells: customers change, and how much of what was once true to believe, only later rows say. Events of the
    rare causes come too long after the due date for that. Nothing is searched where the size is given.
    """
    happened = rows.event == cause
    events = float(rows.weight[happened].sum())
    rates = fit_rates(rows.matrix, rows.weight, happened)
    if events < FEWEST_EVENTS:
        return CauseHazard(rates, None)
    weight, start = _even(rows, happened, logit(rates.hazard(rows.matrix)))
    held_out = rows.latest if cause == PAID and rows.latest is not None else rows.held_out
    target = Target(happened, weight, start, held_out)
    if size is None:
        size = best_size(rows, target, capacity.for_events(events))
    target.put_on(rows)
    return CauseHazard(rates, _text(rows, grow(rows, size, trees=size.trees)), size)


def _text(rows: TrainingRows, grown: xgboost.Booster) -> str:
    """Return a booster as text, in which NaN goes where ``UNKNOWN`` went: to the low side of every split."""
    text = bytes(grown.save_raw("json")).decode("utf-8")
    if not rows.filled:
        return text
    described = json.loads(text)
    for tree in described["learner"]["gradient_booster"]["model"]["trees"]:
        tree["default_left"] = [1] * len(tree["default_left"])
    return json.dumps(described)


def _even(
    rows: TrainingRows, happened: npt.NDArray[np.bool_], start: npt.NDArray[np.float32]
) -> tuple[Numbers, npt.NDArray[np.float32]]:
    """Return weights and start under which a row that stands for many counts once.

    Heavy rows invite a booster to learn each of them by heart. If rows without the event are here with a chance c(x),
    the log-odds among those here are the true ones less log c(x): put into the start, that is exact for a logistic
    model (Fithian and Hastie 2014).
    """
    if rows.chance is None:
        return rows.weight, start
    return rows.weight * np.where(happened, 1.0, rows.chance), start - np.log(rows.chance).astype(np.float32)


def fit_rough(rows: TrainingRows, cause: int) -> CauseHazard:
    """Learn one cause's hazard roughly and in little time: to tell the rows that are worth to be learnt from."""
    happened = rows.event == cause
    rates = fit_rates(rows.matrix, rows.weight, happened)
    if happened.sum() < FEWEST_EVENTS:
        return CauseHazard(rates, None)
    start = logit(rates.hazard(rows.matrix))
    rows.quantised.set_info(label=happened.astype(np.float32), weight=rows.weight, base_margin=start)
    grown = grow(rows, _ROUGH, trees=_ROUGH.trees)
    return CauseHazard(rates, _text(rows, grown))


def logit(hazard: Numbers) -> npt.NDArray[np.float32]:
    """Return the log-odds of hazards, shape (rows,)."""
    inside = np.clip(hazard, 1e-9, 1 - 1e-6)
    return np.log(inside / (1 - inside)).astype(np.float32)
