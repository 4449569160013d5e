"""The default model: cause-specific discrete-time hazards on the due-relative grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models import habit
from arseg.models.cause import Capacity, CauseHazard, TrainingRows, fit_cause
from arseg.models.grid import (
    INTERVAL_COLUMNS,
    PAST_HABIT,
    ROW_COLUMNS,
    Periods,
    accumulate,
    count_periods,
    expand,
    interval_features,
    row_outcomes,
)
from arseg.models.landmarks import check_fit, feature_names, read_features
from arseg.models.protocol import Integers, Numbers, check_times, describe, not_fitted, revive, written
from arseg.models.rates import Matrix
from arseg.schema import CAUSES, CREDITED, PAID, WRITTEN_OFF, UsageError

# Science 3.5, measured: rare causes want small trees and patience.
_RARE: Final[Mapping[int, tuple[int, int, float]]] = {CREDITED: (80, 16, 0.1), WRITTEN_OFF: (80, 8, 0.1)}
_ITEMS_AT_ONCE: Final = 4096
_HELD_OUT_SHARE: Final = 0.2
_PRIOR_COUNT: Final = 5.0


@dataclass(repr=False)
class DiscreteHazard:
    """Hazards of payment, credit note and write-off per interval, one XGBoost booster each.

    Every item is cut into the intervals of ``grid`` after its key date; an interval knows its age
    relative to the due date and its calendar, so that payment runs and month ends can show. Delayed
    entry, censoring and competing risks are exact in this form (science 3.2). ``key_day`` itself is
    no feature: a model must not learn a date that never comes again.

    Parameters
    ----------
    trees, leaves, learning_rate
        Of the booster for payments, at most; small books get less, see ``Capacity.for_events``.
    row_limit
        Person-period rows above which the rows without an event are sampled.
    keep_share
        Share of them that is kept, with weight 1 / share.
    jobs
        Threads.
    seed
        Of the sample and of the rows held out to choose the number of trees.

    Examples
    --------
    >>> DiscreteHazard(trees=60)
    DiscreteHazard(trees=60)
    """

    trees: int = 150
    leaves: int = 63
    learning_rate: float = 0.15
    row_limit: int = 400_000
    keep_share: float = 0.25
    jobs: int = 1
    seed: int = 0
    causes_: tuple[int, ...] = field(default=CAUSES, init=False)
    features_: list[str] = field(default_factory=list, init=False)
    pool_: float = field(default=0.0, init=False)
    hazards_: dict[int, CauseHazard] = field(default_factory=dict, init=False)

    __repr__ = written

    def __post_init__(self) -> None:
        sound = {
            "trees": self.trees >= 1,
            "leaves": self.leaves >= 2,
            "learning_rate": 0 < self.learning_rate <= 1,
            "row_limit": self.row_limit >= 1,
            "keep_share": 0 < self.keep_share <= 1,
            "jobs": self.jobs >= 1,
        }
        wrong = [name for name, good in sound.items() if not good]
        if wrong:
            raise UsageError(
                f"parameters of DiscreteHazard are out of range: {wrong}",
                given={name: getattr(self, name) for name in wrong},
                allowed="trees, row_limit, jobs >= 1; leaves >= 2; learning_rate, keep_share in (0, 1]",
                do="correct them",
            )

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn the three hazards; see ``TimeToPayment.fit``.

        Raises
        ------
        DataError
            If X, y or the weights do not pass the checks of ``landmarks`` and ``protocol``.
        """
        event, duration, weight = check_fit(X, y, sample_weight)
        self.features_ = feature_names(X)
        self.pool_ = habit.book_mean(X, weight)
        values = read_features(X, self.features_)
        keys = row_keys(np.column_stack([values, event, duration]))
        # A canonical order makes the fit the same for any order of X.
        order = np.lexsort((weight, keys))
        items = _Items(values[order], event[order], duration[order], weight[order], keys[order])
        rows = self._training_rows(items)
        self.hazards_ = {cause: fit_cause(rows, cause, self._capacity(cause)) for cause in CAUSES}
        return self

    def _capacity(self, cause: int) -> Capacity:
        if cause == PAID:
            return Capacity(self.trees, self.leaves, self.learning_rate, l2=1.0)
        trees, leaves, rate = _RARE[cause]
        return Capacity(min(trees, self.trees), min(leaves, self.leaves), rate, l2=1.0)

    def _training_rows(self, items: _Items) -> TrainingRows:
        age, _ = self._clocks(items.features)
        sampled = count_periods(age, items.duration) > self.row_limit
        parts = [self._part(items, batch, sampled=sampled) for batch in _batches(len(age))]
        matrix, event, weight, due_day = (np.concatenate(part) for part in zip(*parts, strict=True))
        # Held out by due day: an item seen at several key dates must not stand on both sides.
        held_out = scatter(due_day.astype(np.uint64), self.seed + 1) < _HELD_OUT_SHARE
        return TrainingRows(matrix, self._names, event, weight, held_out, self.jobs)

    def _part(
        self, items: _Items, batch: slice, *, sampled: bool
    ) -> tuple[Matrix, Integers, Numbers, Integers]:
        """Return features, event, weight and due day of the person-period rows of some items."""
        values, duration = items.features[batch], items.duration[batch]
        age, key_day = self._clocks(values)
        periods = expand(age, duration)
        event, share = row_outcomes(periods, items.event[batch], duration)
        weight = items.weight[batch][periods.item] * share
        if sampled:
            draw = scatter(items.keys[batch][periods.item] + periods.start.astype(np.uint64), self.seed)
            kept = (event > 0) | (draw < self.keep_share)
            periods, event = periods.take(kept), event[kept]
            weight = np.where(event > 0, 1.0, 1 / self.keep_share) * weight[kept]
        return self._matrix(values, periods), event, weight, (key_day - age)[periods.item]

    @property
    def _names(self) -> list[str]:
        return [*(name for name in self.features_ if name != "key_day"), *ROW_COLUMNS]

    def _clocks(self, values: Numbers) -> tuple[Integers, Integers]:
        """Return days past due and key day of each item, in whole days."""
        places = [self.features_.index("days_past_due"), self.features_.index("key_day")]
        age, key_day = np.rint(values[:, places]).astype(np.int64).T
        return age, key_day

    def _matrix(self, values: Numbers, periods: Periods) -> Matrix:
        used = [place for place, name in enumerate(self.features_) if name != "key_day"]
        known = values[:, used].astype(np.float32)[periods.item]
        age, key_day = self._clocks(values)
        usual = habit.shrunk(
            pd.DataFrame(values, columns=self.features_), self.pool_, prior_count=_PRIOR_COUNT
        )
        past = (age - usual)[periods.item] + periods.end
        return np.hstack([known, past[:, None].astype(np.float32), interval_features(periods, age, key_day)])

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Sequence[int] | Integers) -> Numbers:
        """Return the incidence by cause; see ``TimeToPayment.predict_cumulative_incidence``.

        Raises
        ------
        DataError
            If a column of the fit is missing, or a day lies beyond 365.
        """
        days = check_times(times)
        values = self._read(X)
        found = np.empty((len(values), len(CAUSES), len(days)))
        for batch in _batches(len(values)):
            periods, matrix = self._expanded(values[batch], int(days[-1]))
            hazards = [self.hazards_[cause].hazard(matrix, jobs=self.jobs) for cause in CAUSES]
            found[batch] = accumulate(periods, np.column_stack(hazards), days)
        return found

    def contributions(self, X: pd.DataFrame, horizon: int = 30) -> pd.DataFrame:
        """Return why an item pays sooner or later than the book's curve.

        Parameters
        ----------
        X
            As for a prediction.
        horizon
            Days after the key date over whose intervals the contributions are averaged.

        Returns
        -------
        Index as X, one column per column of X and ``time`` for the interval's own; contributions to
        the log-odds of payment, positive where it comes sooner. ``key_day`` acts only through ``time``.
        """
        days = check_times([horizon])
        values = self._read(X)
        found = np.zeros((len(values), len(self._names)))
        for batch in _batches(len(values)):
            periods, matrix = self._expanded(values[batch], int(days[0]))
            parts = self.hazards_[PAID].contributions(matrix, jobs=self.jobs)
            starts = np.flatnonzero(periods.position == 0)
            counts = np.bincount(periods.item, minlength=periods.items)
            found[batch] = np.add.reduceat(parts, starts, axis=0) / counts[:, None]
        frame = pd.DataFrame(found, index=X.index, columns=self._names)
        time = frame[list(INTERVAL_COLUMNS)].sum(axis=1)
        # The days past its habit say of a customer what its mean delay says.
        said = habit.COLUMNS[0]
        if said in frame:
            frame[said] += frame[PAST_HABIT]
        return frame.reindex(columns=self.features_, fill_value=0.0).assign(time=time)

    def _read(self, X: pd.DataFrame) -> Numbers:
        if not self.hazards_:
            raise not_fitted(self)
        return read_features(X, self.features_)

    def _expanded(self, values: Numbers, upto: int) -> tuple[Periods, Matrix]:
        age, _ = self._clocks(values)
        periods = expand(age, np.full(len(age), upto))
        return periods, self._matrix(values, periods)

    def to_dict(self) -> dict[str, Any]:
        """Return the features and each cause's rates and booster (XGBoost's JSON text)."""
        if not self.hazards_:
            raise not_fitted(self)
        hazards = {str(cause): hazard.to_dict() for cause, hazard in self.hazards_.items()}
        return describe(self, {"features": self.features_, "pool": self.pool_, "hazards": hazards})

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        model, state = revive(cls, stored)
        model.features_, model.pool_ = list(state["features"]), float(state["pool"])
        model.hazards_ = {int(k): CauseHazard.from_dict(part) for k, part in state["hazards"].items()}
        fitted: Self = model
        return fitted


@dataclass(frozen=True)
class _Items:
    """Landmark rows in canonical order."""

    features: Numbers
    event: Integers
    duration: Integers
    weight: Numbers
    keys: npt.NDArray[np.uint64]


def _batches(count: int) -> Iterator[slice]:
    return (slice(start, start + _ITEMS_AT_ONCE) for start in range(0, count, _ITEMS_AT_ONCE))


def row_keys(values: Numbers) -> npt.NDArray[np.uint64]:
    """Return a number per row that depends on nothing but its values, shape (rows,).

    Examples
    --------
    >>> keys = row_keys(np.array([[1.0, np.nan], [2.0, 0.0], [1.0, np.nan]]))
    >>> bool(keys[0] == keys[2]), bool(keys[0] == keys[1])
    (True, False)
    """
    # One NaN and one zero: their bits differ by origin.
    plain = np.ascontiguousarray(np.where(np.isnan(values), np.nan, values + 0.0).T)
    keys = np.zeros(len(values), dtype=np.uint64)
    for column in plain.view(np.uint64):
        keys = _mix(keys ^ column)
    return keys


def scatter(keys: npt.NDArray[np.uint64], seed: int) -> Numbers:
    """Return a number in [0, 1) per key, as if drawn, but the same for equal keys.

    Examples
    --------
    >>> scatter(np.array([7, 7], dtype=np.uint64), seed=0).tolist()
    [0.3935452525211064, 0.3935452525211064]
    """
    start = _mix(np.array([seed], dtype=np.uint64))
    return (_mix(keys ^ start) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _mix(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread 64-bit keys evenly (SplitMix64)."""
    mixed = keys + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
