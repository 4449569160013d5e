"""Accelerated failure time: features stretch or shorten one time to leaving the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.landmarks import feature_names, read_features
from arseg.models.leaving_time import Shape, has_left, median_time
from arseg.models.merged_rows import merge_rows, take_items
from arseg.models.person_period import Items, batches
from arseg.models.protocol import (
    LAST_DAY,
    Integers,
    Numbers,
    check_times,
    describe,
    not_fitted,
    require_in_range,
    revive,
    written,
)
from arseg.models.row_order import scatter
from arseg.models.threads import threads
from arseg.schema import CAUSES
from arseg.schema.shown import AsWritten

if TYPE_CHECKING:
    import xgboost

# Fewer leavers than this carry no pattern: all items get the median time.
FEWEST_EVENTS: Final = 20
# Rows on which shape and number of trees are chosen, at most: ten fits of all rows would cost too much.
_SEARCHED: Final = 20_000
_HELD_OUT_SHARE: Final = 0.2
_PATIENCE: Final = 10
# The shape is chosen with fewer and larger steps than the number of trees.
_HASTE: Final = 3
_SCALES: Final = (0.5, 0.8, 1.2, 1.8, 2.7)
# Shape where there are too few held-out leavers to choose one.
_PLAIN: Final = Shape("normal", 1.2)
_BANDS: Final = (0.2, 0.4, 0.6, 0.8)
# Leavers that the book's own shares of causes are worth in each band.
_WORTH: Final = 20.0


@dataclass(repr=False)
class AcceleratedFailureTime(AsWritten):
    """The time to leaving at all, log-normal or log-logistic, and the shares of its causes.

    ``ln T = f(x) + sigma e`` with f an XGBoost booster (``survival:aft``; Barnwal, Cho and Hocking
    2022): an item that left on day d left in (d - 1, d], one still open in (d, infinity). Spread and
    distribution, and the number of trees, are those of the best log-loss on held-out due days.
    ``F_k(t) = P(T <= t) s_k`` where s_k is the share of cause k among the training rows that left,
    in five bands of predicted time: one model per cause would have to extrapolate a write-off from
    rows of which nearly none shows one. A band's shares are mixed with the book's, worth 20 leavers.

    One smooth hump cannot show due dates and payment runs (science 3.2): it is here to be beaten.

    Parameters
    ----------
    trees
        At most.
    leaves, learning_rate
        Of the booster.
    jobs
        Threads.
    seed
        Of the rows held out and of those searched.

    Examples
    --------
    >>> AcceleratedFailureTime(trees=50)
    AcceleratedFailureTime(trees=50)
    """

    trees: int = 200
    leaves: int = 16
    learning_rate: float = 0.1
    jobs: int = 1
    seed: int = 0
    causes_: tuple[int, ...] = field(default=CAUSES, init=False)
    features_: list[str] = field(default_factory=list, init=False)
    shape_: Shape = field(default=_PLAIN, init=False)
    booster_: str | None = field(default=None, init=False)
    edges_: list[float] = field(default_factory=list, init=False)
    shares_: list[list[float]] = field(default_factory=list, init=False)

    __repr__ = written

    def __post_init__(self) -> None:
        sound = {
            "trees": self.trees >= 1,
            "leaves": self.leaves >= 2,
            "learning_rate": 0 < self.learning_rate <= 1,
            "jobs": self.jobs >= 1,
        }
        require_in_range(self, sound, "trees, jobs >= 1; leaves >= 2; learning_rate in (0, 1]")

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn time, spread and shares; see ``TimeToPayment.fit``.

        Raises
        ------
        DataError
            If X, y or the weights do not pass the checks of ``landmarks`` and ``protocol``.
        """
        items = merge_rows(X, y, sample_weight)
        self.features_ = feature_names(X)
        self.shape_, rounds = self._search(items)
        self.booster_ = bytes(self._grow(items, self.shape_, rounds).save_raw("json")).decode("utf-8")
        self.__dict__.pop("_loaded", None)
        line = self._line(items.features)
        self.edges_, self.shares_ = band_shares(line, items)
        return self

    def _search(self, items: Items) -> tuple[Shape, int]:
        """Return the shape and the number of trees that are best on the rows held out."""
        leaving = items.weight * has_left(items)
        if leaving.sum() < FEWEST_EVENTS:
            return _PLAIN, 0
        few = take_items(items, scatter(items.keys, self.seed) < _SEARCHED / len(items.keys))
        held_out = self._held_out(few)
        if (few.weight * has_left(few))[held_out].sum() < FEWEST_EVENTS / 2 or held_out.all():
            return _PLAIN, max(1, self.trees // 10)
        coarse = replace(
            self, trees=max(1, self.trees // _HASTE), learning_rate=min(1.0, _HASTE * self.learning_rate)
        )
        coarse.features_ = self.features_
        tried = [
            coarse._best_rounds(few, held_out, Shape(kind, scale))  # noqa: SLF001 - the class's own method
            for kind in ("normal", "logistic")
            for scale in _SCALES
        ]
        _, shape, _ = min(tried, key=lambda one: one[0])
        return shape, self._best_rounds(few, held_out, shape)[2]

    def _held_out(self, items: Items) -> npt.NDArray[np.bool_]:
        """Return the rows held out, by due day: an item seen twice must not stand on both sides."""
        key_day, age = (items.features[:, self.features_.index(n)] for n in ("key_day", "days_past_due"))
        return (
            scatter(np.rint(key_day - age).astype(np.int64).astype(np.uint64), self.seed + 1)
            < _HELD_OUT_SHARE
        )

    def _best_rounds(
        self, items: Items, held_out: npt.NDArray[np.bool_], shape: Shape
    ) -> tuple[float, Shape, int]:
        import xgboost

        judged = take_items(items, held_out)
        outside = self._rows(judged)

        def loss(days: Numbers, _: xgboost.DMatrix) -> tuple[str, float]:
            return "held_out", shape.loss(np.log(days.astype(np.float64)), judged)

        stop = xgboost.callback.EarlyStopping(rounds=_PATIENCE, metric_name="held_out", maximize=False)
        found = self._grow(
            take_items(items, ~held_out),
            shape,
            self.trees,
            evals=[(outside, "rows")],
            custom_metric=loss,
            callbacks=[stop],
        )
        return float(found.best_score), shape, int(found.best_iteration) + 1

    def _grow(self, items: Items, shape: Shape, rounds: int, **more: Any) -> xgboost.Booster:
        import xgboost

        parameters = {
            "objective": "survival:aft",
            "aft_loss_distribution": shape.distribution,
            "aft_loss_distribution_scale": shape.scale,
            "tree_method": "hist",
            "grow_policy": "lossguide",
            "max_depth": 0,
            "max_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            # Far from the optimum the hessians are near zero: any guard, or a start far off, and it
            # never learns (science 3.3).
            "min_child_weight": 1,
            "base_score": median_time(items),
            "nthread": self.jobs,
            "seed": 0,
            "disable_default_eval_metric": True,
            "verbosity": 0,
        }
        with threads(self.jobs):
            return xgboost.train(parameters, self._rows(items), rounds, verbose_eval=False, **more)

    def _rows(self, items: Items) -> xgboost.DMatrix:
        import xgboost

        rows = xgboost.DMatrix(self._matrix(items.features), weight=items.weight, nthread=self.jobs)
        day = np.minimum(items.duration, LAST_DAY).astype(np.float32)
        left = has_left(items)
        rows.set_float_info("label_lower_bound", np.where(left, day - 1, day))
        rows.set_float_info("label_upper_bound", np.where(left, day, np.inf))
        return rows

    def _matrix(self, values: Numbers) -> npt.NDArray[np.float32]:
        """Return the features but ``key_day``: a model must not learn a date that never comes again."""
        used = [place for place, name in enumerate(self.features_) if name != "key_day"]
        return values[:, used].astype(np.float32)

    @cached_property
    def _loaded(self) -> xgboost.Booster:
        import xgboost

        loaded = xgboost.Booster({"nthread": self.jobs})
        loaded.load_model(bytearray(str(self.booster_), "utf-8"))
        return loaded

    def _line(self, values: Numbers) -> Numbers:
        """Return the predicted log of days, shape (rows,)."""
        if len(values) == 0:
            return np.empty(0)
        found = self._loaded.inplace_predict(
            self._matrix(values), predict_type="margin", validate_features=False
        )
        return np.asarray(found, dtype=np.float64)

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Sequence[int] | Integers) -> Numbers:
        """Return the incidence by cause; see ``TimeToPayment.predict_cumulative_incidence``."""
        days = check_times(times)
        if self.booster_ is None:
            raise not_fitted(self)
        values = read_features(X, self.features_)
        parts = [self._line(values[batch]) for batch in batches(len(values))]
        line = np.concatenate([np.empty(0), *parts])
        share = np.asarray(self.shares_)[np.searchsorted(self.edges_, line)]
        return share[:, :, None] * self.shape_.left_by(line[:, None], days)[:, None, :]

    def to_dict(self) -> dict[str, Any]:
        """Return the booster (XGBoost's JSON text), its shape, and the shares by band."""
        if self.booster_ is None:
            raise not_fitted(self)
        shape = {"distribution": self.shape_.distribution, "scale": self.shape_.scale}
        bands = {"edges": self.edges_, "shares": self.shares_}
        state = {"features": self.features_, "booster": self.booster_}
        return describe(self, state | shape | bands)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        model, state = revive(cls, stored)
        model.features_, model.booster_ = list(state["features"]), str(state["booster"])
        model.shape_ = Shape(str(state["distribution"]), float(state["scale"]))
        model.edges_, model.shares_ = list(state["edges"]), [list(share) for share in state["shares"]]
        fitted: Self = model
        return fitted


def band_shares(line: Numbers, items: Items) -> tuple[list[float], list[list[float]]]:
    """Return the edges between bands of predicted log time, and each band's shares of the causes.

    Items still open are not counted: their cause is not known. A book of which none has left within
    a year counts as one that is paid.

    Parameters
    ----------
    line
        Predicted log of days, shape (rows,).
    items
        The rows it was predicted for.
    """
    left = has_left(items)
    edges = sorted({float(np.quantile(line[left], share)) for share in _BANDS}) if left.any() else []
    band = np.searchsorted(edges, line[left])
    counts = np.zeros((len(edges) + 1, len(CAUSES)))
    np.add.at(counts, (band, items.event[left] - 1), items.weight[left])
    total = counts.sum()
    book = counts.sum(axis=0) / total if total > 0 else np.eye(len(CAUSES))[0]
    mixed = (counts + _WORTH * book) / (counts.sum(axis=1, keepdims=True) + _WORTH)
    return edges, mixed.tolist()
