"""What every time-to-payment model answers, and the checks at its door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any, Final, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.room import find_in_room, make_by_name
from arseg.schema import CAUSES, OPEN, DataError, UsageError

Numbers = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# The supported range of every prediction, in days after the key date.
LAST_DAY: Final = 365

_METHODS: Final = ("fit", "predict_cumulative_incidence", "to_dict", "from_dict")


@runtime_checkable
class TimeToPayment(Protocol):
    """A model of when, and by which cause, an open item leaves the book.

    One row of X is one item open at a key date with its features frozen there. The clock is the
    residual one: day 1 is the day after the key date.
    """

    causes_: tuple[int, ...]

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from landmark rows.

        Parameters
        ----------
        X
            Features, one row per item and key date; see ``landmarks.REQUIRED_COLUMNS``. NaN is a missing value.
        y
            Exactly ``event`` (0 open, 1 paid, 2 credited, 3 written off) and ``duration`` (days, >= 1).
        sample_weight
            Weight of each row; a weight of 2 is the row twice.
        """

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Sequence[int] | Integers) -> Numbers:
        """Return P(the item has left by that day, by that cause), shape (rows, 3 causes, times)."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fitted model as JSON-safe data."""

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""


def check_target(y: pd.DataFrame) -> tuple[Integers, Integers]:
    """Return event and duration as integers.

    Raises
    ------
    DataError
        If the columns are not exactly ``event`` and ``duration``, a value is missing or impossible,
        or no item left the book.

    Examples
    --------
    >>> check_target(pd.DataFrame({"event": [1, 0], "duration": [3, 90]}))
    (array([1, 0]), array([ 3, 90]))
    """
    if sorted(map(str, y.columns)) != ["duration", "event"]:
        raise DataError(
            "y does not have exactly the columns of a target",
            given=list(y.columns),
            allowed=["event", "duration"],
            do="pass y[['event', 'duration']]",
        )
    if bool(y.isna().to_numpy().any()):
        raise DataError(
            "y has missing values",
            given=f"{int(y.isna().any(axis=1).sum())} rows",
            allowed="none; an item still open has event 0 and the days it was followed",
            do="drop or observe those rows",
        )
    event, duration = _whole(y["event"]), _whole(y["duration"])
    if not np.isin(event, (OPEN, *CAUSES)).all():
        raise DataError(
            "y has an unknown event", given=sorted(set(event.tolist())), allowed=[0, 1, 2, 3], do="recode it"
        )
    if len(duration) and duration.min() < 1:
        raise DataError(
            "a duration is below one day", given=int(duration.min()), allowed=">= 1", do="count from day 1"
        )
    if not (event != OPEN).any():
        raise DataError(
            "no item left the book",
            given=f"{len(event)} open items",
            allowed=">= 1 event",
            do="add key dates",
        )
    return event, duration


def _whole(column: pd.Series) -> Integers:
    values = column.to_numpy(dtype=np.float64)
    if not (values == np.floor(values)).all() or np.isinf(values).any():
        raise DataError(f"{column.name} is not whole", given="fractions", allowed="integers", do="round it")
    return values.astype(np.int64)


def check_times(times: Sequence[int] | Integers) -> Integers:
    """Return the requested days after the key date.

    Raises
    ------
    DataError
        If they are not increasing integers from 1 to 365: no model extrapolates beyond a year.

    Examples
    --------
    >>> check_times([7, 30])
    array([ 7, 30])
    """
    days = np.asarray(times)
    whole = days.ndim == 1 and days.size > 0 and days.dtype.kind in "iu"
    if not (whole and bool((np.diff(days.astype(np.int64)) > 0).all()) and days[0] >= 1):
        raise DataError(
            "times are not increasing whole days",
            given=np.array2string(days, threshold=8),
            allowed=f"increasing integers from 1 to {LAST_DAY}",
            do="pass days after the key date, such as [7, 30, 60]",
        )
    if days[-1] > LAST_DAY:
        raise DataError(
            "a model does not extrapolate",
            given=f"{int(days[-1])} days",
            allowed=f"at most {LAST_DAY} days after the key date",
            do="ask for an earlier day",
        )
    return days.astype(np.int64)


def written(model: object) -> str:
    """Return a model as it would be written: its name and the parameters that are not the default.

    Examples
    --------
    >>> from arseg.models import DiscreteHazard
    >>> DiscreteHazard(trees=40)
    DiscreteHazard(trees=40)
    """
    changed = [(f.name, getattr(model, f.name)) for f in _parameters(type(model))]
    defaults = {f.name: f.default for f in _parameters(type(model))}
    inner = ", ".join(f"{name}={value!r}" for name, value in changed if value != defaults[name])
    return f"{type(model).__name__}({inner})"


def _parameters(kind: Any) -> list[Field[Any]]:
    return [field for field in fields(kind) if field.init and field.default is not MISSING]


def require_in_range(model: object, sound: Mapping[str, bool], allowed: str) -> None:
    """Refuse parameters that are out of their range.

    Parameters
    ----------
    model
        Whose they are.
    sound
        Whether each is in its range.
    allowed
        The ranges, in words.

    Raises
    ------
    UsageError
        If one is not, naming all that are not.
    """
    wrong = [name for name, good in sound.items() if not good]
    if wrong:
        raise UsageError(
            f"parameters of {type(model).__name__} are out of range: {wrong}",
            given={name: getattr(model, name) for name in wrong},
            allowed=allowed,
            do="correct them",
        )


def describe(model: object, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored form that all models share."""
    parameters = {field.name: getattr(model, field.name) for field in _parameters(type(model))}
    return {"model": type(model).__name__, "parameters": parameters, "state": dict(state)}


def revive(kind: type, stored: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
    """Return an unfitted model of that class with the stored parameters, and its stored state.

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
            do="load it with load_model",
        )
    return make_model(kind.__name__, stored["parameters"]), stored["state"]


def not_fitted(model: object) -> UsageError:
    """Return the refusal of a model that was asked before it learnt."""
    return UsageError(
        f"{model!r} is not fitted", given="no fit", allowed="a fitted model", do="call fit first"
    )


def all_models() -> tuple[type[TimeToPayment], ...]:
    """Return every model class in this room, sorted by name.

    Examples
    --------
    >>> [model.__name__ for model in all_models()]
    ['AcceleratedFailureTime', 'CalibratedModel', 'CoxPH', 'CustomerMeanDelay', 'DeclaredPrior',
     'DiscreteHazard', 'KaplanMeierByTerms', 'SplineHazard']
    """
    return find_in_room(TimeToPayment, _METHODS)


def make_model(name: str, parameters: Mapping[str, Any]) -> TimeToPayment:
    """Return a model by the name and parameters that an experiment declares.

    Raises
    ------
    UsageError
        If there is no such model or parameter; a near match is named.

    Examples
    --------
    >>> make_model("DiscreteHazard", {"trees": 40})
    DiscreteHazard(trees=40)
    """
    made: TimeToPayment = make_by_name(
        all_models(),
        name,
        parameters,
        what="model",
        allowed=lambda kind: [field.name for field in _parameters(kind)],
    )
    return made
