"""P(bad) by a small booster: the yardstick of the scorecard, and its stand-in where it falls behind."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.classifier import (
    LabelledRows,
    admit,
    check_monotone,
    check_number,
    require_declared,
    revive_classifier,
)
from arseg.models.landmarks import read_features
from arseg.models.protocol import Numbers, describe, not_fitted, written
from arseg.models.row_order import row_keys, scatter
from arseg.models.threads import threads
from arseg.schema import require_columns
from arseg.schema.shown import AsWritten

if TYPE_CHECKING:
    import xgboost

# Rows of each label below which held-out rows cannot choose the number of trees.
_FEWEST_HELD_OUT: Final = 5
_HELD_OUT_SHARE: Final = 0.25
_PATIENCE: Final = 20

Flags = npt.NDArray[np.bool_]


@dataclass(repr=False)
class BoostedClassifier(AsWritten):
    """A few small trees on log-odds, their number chosen on rows held out.

    Equal rows are joined before the fit, and rows are held out by a hash of their features or of their
    group, never by a draw: neither the order of rows nor a row told twice changes the model, and what is
    held out is no copy of what was learnt. The trees are then grown again on all rows. Where no tree
    helps on the held-out rows, the model is the share of bad rows.

    Parameters
    ----------
    trees
        Most trees that may be grown.
    leaves
        Most leaves of a tree.
    learning_rate
        Share of each tree's step that is taken.
    l2
        Penalty on the leaves' squared values.
    min_child_weight
        Least sum of weight x p (1 - p) in a leaf: the guard against leaves of a few events (science 3.3).
    monotone
        By column: 1 where a higher value may only raise the risk, -1 where it may only lower it.
    group
        Column of X that keeps rows together when some are held out, such as ``customer_id``; is no feature.
    seed
        Which rows are held out.
    jobs
        Threads.

    Raises
    ------
    UsageError
        If a parameter is out of its range.

    Examples
    --------
    >>> BoostedClassifier(monotone={"oldest_days_past_due": 1})
    BoostedClassifier(monotone={'oldest_days_past_due': 1})
    """

    trees: int = 300
    leaves: int = 6
    learning_rate: float = 0.08
    l2: float = 5.0
    min_child_weight: float = 5.0
    monotone: Mapping[str, int] | None = None
    group: str | None = None
    seed: int = 0
    jobs: int = 1
    names_: list[str] = field(default_factory=list, init=False)
    booster_: str | None = field(default=None, init=False)

    __repr__ = written

    def __post_init__(self) -> None:
        for name, low, high in (("trees", 1, np.inf), ("leaves", 2, 256), ("learning_rate", 0.001, 1)):
            check_number(getattr(self, name), name=f"BoostedClassifier: {name}", low=low, high=high)
        for name in ("l2", "min_child_weight", "seed"):
            check_number(getattr(self, name), name=f"BoostedClassifier: {name}", low=0)
        check_monotone(self.monotone, model="BoostedClassifier")

    def fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Grow the trees; see ``Classifier.fit``."""
        require_columns(X.columns, [] if self.group is None else [self.group], frame="X")
        features = X if self.group is None else X.drop(columns=self.group)
        rows = admit(features, y, sample_weight)
        require_declared(dict(self.monotone or {}), rows.names)
        counted = np.ones(len(X), dtype=bool) if sample_weight is None else np.asarray(sample_weight) > 0
        keys = row_keys(rows.features) if self.group is None else _group_keys(X.loc[counted, self.group])
        held_out = scatter(keys, self.seed) < _HELD_OUT_SHARE
        rows, held_out = _joined(rows, held_out)
        self.names_ = rows.names
        grown = self._grow(rows, trees=self._best_trees(rows, held_out))
        self.booster_ = bytes(grown.save_raw("json")).decode("utf-8")
        return self

    def _best_trees(self, rows: LabelledRows, held_out: Flags) -> int:
        """Return the number of trees with the best log-loss on the held-out rows; 0 where none helps."""
        seen, unseen = _taken(rows, ~held_out), _taken(rows, held_out)
        if min(seen.bad_weight, seen.good_weight, unseen.bad_weight, unseen.good_weight) < _FEWEST_HELD_OUT:
            return max(1, self.trees // 10)
        share = seen.bad_weight / (seen.bad_weight + seen.good_weight)
        without = -(unseen.bad_weight * np.log(share) + unseen.good_weight * np.log1p(-share))
        found = self._grow(
            seen,
            trees=self.trees,
            evals=[(self._matrix(unseen), "held_out")],
            early_stopping_rounds=_PATIENCE,
            verbose_eval=False,
        )
        helps = found.best_score * unseen.weight.sum() < without
        return int(found.best_iteration) + 1 if helps else 0

    def _grow(self, rows: LabelledRows, *, trees: int, **more: Any) -> xgboost.Booster:
        import xgboost

        directions = dict(self.monotone or {})
        parameters = {
            "objective": "binary:logistic",
            "eval_metric": "logloss",
            "tree_method": "hist",
            "grow_policy": "lossguide",
            "max_depth": 0,
            "max_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "lambda": self.l2,
            "min_child_weight": self.min_child_weight,
            "monotone_constraints": tuple(directions.get(name, 0) for name in rows.names),
            # Trees learn only what departs from the share of bad rows.
            "base_score": rows.bad_weight / (rows.bad_weight + rows.good_weight),
            "nthread": self.jobs,
            "seed": 0,
            "verbosity": 0,
        }
        with threads(self.jobs):
            return xgboost.train(parameters, self._matrix(rows), trees, **more)

    def _matrix(self, rows: LabelledRows) -> xgboost.DMatrix:
        import xgboost

        return xgboost.DMatrix(
            rows.features.astype(np.float32),
            label=rows.bad,
            weight=rows.weight,
            feature_names=rows.names,
            nthread=self.jobs,
        )

    def predict_probability(self, X: pd.DataFrame) -> Numbers:
        """Return P(bad), shape (rows,)."""
        return self._predicted(X, output_margin=False)

    def explain(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return what each feature adds to the log-odds of bad.

        Returns
        -------
        Index of X; one column per feature and ``base``, the same for all rows; a row sums to its log-odds.
        """
        found = self._predicted(X, pred_contribs=True)
        shaped = found.reshape(len(X), len(self.names_) + 1)
        return pd.DataFrame(shaped, index=X.index, columns=[*self.names_, "base"])

    def _predicted(self, X: pd.DataFrame, **kind: bool) -> Numbers:
        import xgboost

        if self.booster_ is None:
            raise not_fitted(self)
        values = read_features(X, self.names_).astype(np.float32)
        if len(values) == 0:
            return np.zeros(0)
        booster = xgboost.Booster({"nthread": self.jobs})
        booster.load_model(bytearray(self.booster_, "utf-8"))
        matrix = xgboost.DMatrix(values, feature_names=self.names_, nthread=self.jobs)
        return np.asarray(booster.predict(matrix, **kind), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return the names of the features and XGBoost's own JSON text."""
        if self.booster_ is None:
            raise not_fitted(self)
        return describe(self, {"names": list(self.names_), "booster": self.booster_})

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        model, state = revive_classifier(cls, stored)
        model.names_, model.booster_ = [str(name) for name in state["names"]], str(state["booster"])
        fitted: Self = model
        return fitted


def _group_keys(group: pd.Series) -> npt.NDArray[np.uint64]:
    """Return a number per row that is the same for equal groups, on every machine."""
    codes, found = pd.factorize(group.astype(str))
    digests = [hashlib.blake2b(str(name).encode(), digest_size=8).digest() for name in found]
    keys = np.array([int.from_bytes(digest, "little") for digest in digests], dtype=np.uint64)
    return keys[codes]


def _joined(rows: LabelledRows, held_out: Flags) -> tuple[LabelledRows, Flags]:
    """Return the rows with equal ones joined, in an order that does not depend on that of X."""
    told = np.column_stack([rows.features, rows.bad, held_out])
    # NaN is not equal to itself; below every number it is.
    plain = np.where(np.isnan(told), -np.inf, told + 0.0)
    found, place = np.unique(plain, axis=0, return_inverse=True)
    weight: Numbers = np.bincount(place.ravel(), rows.weight, minlength=len(found)).astype(np.float64)
    values = np.where(np.isneginf(found[:, :-2]), np.nan, found[:, :-2])
    return LabelledRows(rows.names, values, found[:, -2], weight), found[:, -1] > 0


def _taken(rows: LabelledRows, which: Flags) -> LabelledRows:
    return LabelledRows(rows.names, rows.features[which], rows.bad[which], rows.weight[which])
