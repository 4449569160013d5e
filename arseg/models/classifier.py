"""What every classifier answers, how its rows are admitted, and the walk that finds it.

A classifier gives one probability per row, of a customer or an item turning out bad. It says nothing
of when: that is what ``TimeToPayment`` models are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.landmarks import check_weight, read_features
from arseg.models.protocol import Numbers
from arseg.models.room import find_in_room, make_by_name
from arseg.schema import DataError, UsageError, require_columns

_METHODS: Final = ("fit", "predict_probability", "to_dict", "from_dict")


@runtime_checkable
class Classifier(Protocol):
    """A model of whether a customer or an item turns out bad.

    One row of X is one customer or item at a key date with its features frozen there.
    """

    def fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from labelled rows.

        Parameters
        ----------
        X
            Features, numbers; NaN is a missing value.
        y
            1 or True where the row turned out bad, else 0 or False; the rows of X in the same order.
        sample_weight
            Weight of each row; a weight of 2 is the row twice.
        """

    def predict_probability(self, X: pd.DataFrame) -> Numbers:
        """Return P(bad), shape (rows,)."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fitted model as JSON-safe data."""

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""


@dataclass(frozen=True)
class LabelledRows:
    """The rows of a fit after every check, without those of no weight.

    Parameters
    ----------
    names
        Names of the columns.
    features
        NaN where missing, shape (rows, names).
    bad
        1 where the row turned out bad, else 0, shape (rows,).
    weight
        Above 0, shape (rows,).
    """

    names: list[str]
    features: Numbers
    bad: Numbers
    weight: Numbers

    @property
    def bad_weight(self) -> float:
        """Weight of the bad rows."""
        return float((self.weight * self.bad).sum())

    @property
    def good_weight(self) -> float:
        """Weight of the good rows."""
        return float((self.weight * (1 - self.bad)).sum())


def check_labels(y: pd.Series) -> Numbers:
    """Return the labels as 0 and 1, shape (rows,).

    Raises
    ------
    DataError
        If a label is missing, or neither 0 nor 1.

    Examples
    --------
    >>> check_labels(pd.Series([True, False]))
    array([1., 0.])
    """
    labels = pd.Series(y)
    if bool(labels.isna().any()):
        raise DataError(
            "y has missing values",
            given=f"{int(labels.isna().sum())} rows",
            allowed="none; a row that was not followed long enough has no label",
            do="drop those rows from X and y",
        )
    if labels.dtype.kind not in "biufO" or not labels.isin([0, 1]).all():
        found = sorted({str(value) for value in labels[~labels.isin([0, 1])]})[:5]
        raise DataError(
            "y is not made of 0 and 1", given=found, allowed="0 or 1, False or True", do="recode it"
        )
    return labels.to_numpy(dtype=np.float64)


def admit(
    X: pd.DataFrame, y: pd.Series, sample_weight: npt.ArrayLike | None, names: list[str] | None = None
) -> LabelledRows:
    """Return the rows of a fit after every check.

    Parameters
    ----------
    X, y, sample_weight
        As ``Classifier.fit``.
    names
        The columns to read; by default all.

    Raises
    ------
    DataError
        As ``check_labels``, ``check_weight`` and ``read_features``, or if X and y are not the same rows,
        a name stands twice, or only one of the two labels has weight.
    """
    bad = check_labels(y)
    if len(X) != len(bad) or (isinstance(y, pd.Series) and not X.index.equals(y.index)):
        raise DataError(
            "X and y are not the same rows",
            given=f"{len(X)} and {len(bad)} rows",
            allowed="equal indexes",
            do="take X.loc[y.index]",
        )
    weight = check_weight(sample_weight, len(X))
    chosen = _unique([str(name) for name in X.columns]) if names is None else names
    counts = weight > 0
    rows = LabelledRows(chosen, read_features(X, chosen)[counts], bad[counts], weight[counts])
    if rows.bad_weight <= 0 or rows.good_weight <= 0:
        raise DataError(
            "y has only one label, and from one label nothing can be told apart",
            given=f"{int(rows.bad.sum())} bad of {len(rows.bad)} rows",
            allowed="at least one bad and one good row",
            do="add key dates, or use ExpertScore, which needs no fit",
        )
    return rows


def _unique(names: list[str]) -> list[str]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError("columns of X stand twice", given=twice, allowed="unique names", do="drop one")
    return names


def check_monotone(monotone: Mapping[str, int] | None, *, model: str) -> dict[str, int]:
    """Return the declared directions: 1 where a higher value may only raise the risk, -1 only lower it.

    Raises
    ------
    UsageError
        If a direction is neither 1 nor -1.

    Examples
    --------
    >>> check_monotone({"oldest_days_past_due": 1}, model="Scorecard")
    {'oldest_days_past_due': 1}
    """
    declared = dict(monotone or {})
    wrong = {name: way for name, way in declared.items() if way not in (-1, 1) or isinstance(way, bool)}
    if wrong:
        raise UsageError(
            f"{model}: a direction is unknown",
            given=wrong,
            allowed="1 (more is riskier) or -1 (more is safer)",
            do="leave out the columns whose direction is free",
        )
    return declared


def check_number(value: object, *, name: str, low: float, high: float = np.inf) -> None:
    """Refuse a parameter that is not a number within its range.

    Raises
    ------
    UsageError
        If it is not.

    Examples
    --------
    >>> check_number(0.05, name="Scorecard: min_share", low=0, high=1)
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and low <= float(str(value)) <= high and np.isfinite(float(str(value)))):
        raise UsageError(
            f"{name} is out of its range",
            given=repr(value),
            allowed=f"a number from {low:g}" + ("" if np.isinf(high) else f" to {high:g}"),
            do="choose a number within the range",
        )


def require_declared(declared: Mapping[str, int], names: list[str]) -> None:
    """Refuse a direction for a column that X does not have."""
    require_columns(names, sorted(declared), frame="X")


def revive_classifier(kind: Any, stored: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
    """Return an unfitted classifier of that class with the stored parameters, and its stored state.

    Raises
    ------
    DataError
        If the stored form is another model's or incomplete.
    """
    if stored.get("model") != kind.__name__ or not {"parameters", "state"} <= stored.keys():
        raise DataError(
            "the stored model is of another kind",
            given=stored.get("model"),
            allowed=kind.__name__,
            do="store it again with to_dict",
        )
    return make_classifier(kind.__name__, stored["parameters"]), stored["state"]


def all_classifiers() -> tuple[type[Classifier], ...]:
    """Return every classifier class in this room, sorted by name.

    Examples
    --------
    >>> [kind.__name__ for kind in all_classifiers()]
    ['BoostedClassifier', 'ExpertScore', 'Scorecard']
    """
    return find_in_room(Classifier, _METHODS)


def make_classifier(name: str, parameters: Mapping[str, Any]) -> Classifier:
    """Return a classifier by the name and parameters that an experiment declares.

    Raises
    ------
    UsageError
        If there is no such classifier or parameter; a near match is named.

    Examples
    --------
    >>> make_classifier("Scorecard", {"min_share": 0.1})
    Scorecard(min_share=0.1)
    """
    made: Classifier = make_by_name(
        all_classifiers(),
        name,
        parameters,
        what="classifier",
        allowed=lambda kind: [field.name for field in fields(kind) if field.init],
    )
    return made
