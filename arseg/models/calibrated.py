"""A fitted model whose curves are bent to what a later fold saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.asked_once import Reading, ask, parts
from arseg.models.landmarks import check_fit, read_features
from arseg.models.protocol import (
    LAST_DAY,
    Integers,
    Numbers,
    TimeToPayment,
    all_models,
    check_target,
    check_times,
    describe,
    make_model,
    not_fitted,
    require_in_range,
    revive,
    written,
)
from arseg.schema import CAUSES, OPEN, DataError
from arseg.schema.shown import AsWritten

HORIZONS: Final = (7, 14, 30, 60, 90, 180)
# Fewer events of a cause in the later fold than this: its curve is left alone.
_FEWEST: Final = 100
# As if so many rows had said that the curve is right as it is.
_PRIOR: Final = 20.0
# Days that a key date must have been followed to teach the lines.
_MATURE: Final = 30
_STEPS: Final = 50
_TINY: Final = 1e-7


@dataclass(repr=False)
class CalibratedModel(AsWritten):
    """A model with its curves recalibrated: ``logit F'(t) = a + b logit F(t)`` per cause, b > 0.

    One line serves all horizons, so curves stay monotone; where causes would sum to more than one they are scaled
    back. The lines are learnt on rows of later key dates than the model saw (science 3.6): either ``calibrate`` is given
    them, or ``fit`` sets the last key dates of its rows aside, teaches a model what was known when they began, learns the
    lines from what became of them, and teaches the model anew from all rows. Without either it answers as the model does.

    Parameters
    ----------
    model
        Name of the model, ``DiscreteHazard`` or another of ``all_models``.
    parameters
        Of that model.
    later_key_dates
        How many key dates ``fit`` sets aside for the lines; with 0 it leaves them to ``calibrate``.

    Raises
    ------
    UsageError
        If ``later_key_dates`` is negative.

    Examples
    --------
    >>> CalibratedModel(model="KaplanMeierByTerms")
    CalibratedModel(model='KaplanMeierByTerms')
    """

    model: str = "DiscreteHazard"
    parameters: Mapping[str, Any] | None = None
    later_key_dates: int = 0
    causes_: tuple[int, ...] = field(default=CAUSES, init=False)
    lines_: dict[int, tuple[float, float]] = field(default_factory=dict, init=False)
    inner_: TimeToPayment | None = field(default=None, init=False)

    __repr__ = written

    def __post_init__(self) -> None:
        require_in_range(self, {"later_key_dates": self.later_key_dates >= 0}, "later_key_dates: 0 or more")

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Teach the model, and before that the lines where key dates are set aside; see ``TimeToPayment.fit``.

        Raises
        ------
        UsageError
            If there is no model of that name, or it has no such parameter.
        DataError
            If the rows do not pass its checks.
        """
        self.lines_ = dict.fromkeys(CAUSES, (0.0, 1.0))
        if self.later_key_dates:
            self._learn_lines(X, y, check_fit(X, y, sample_weight)[2])
        self.inner_ = make_model(self.model, self.parameters or {}).fit(X, y, sample_weight)
        return self

    def _learn_lines(self, X: pd.DataFrame, y: pd.DataFrame, weight: Numbers) -> None:
        """Learn the lines from the last key dates, as a model said that knew only what was known on the first of them."""
        key_day = read_features(X, ["key_day"])[:, 0]
        followed = days_followed(key_day, y)
        mature = np.unique(key_day[followed >= _MATURE])[-self.later_key_dates :]
        if not len(mature):
            return
        early, later = key_day < mature[0], np.isin(key_day, mature)
        then = known_by(y[early], mature[0] - key_day[early])
        if not (then["event"] != OPEN).any():
            return
        self.inner_ = make_model(self.model, self.parameters or {}).fit(X[early], then, weight[early])
        self.calibrate(X[later], y[later], followed[later], weight[later])

    def calibrate(
        self,
        X: pd.DataFrame,
        y: pd.DataFrame,
        followed_days: npt.ArrayLike,
        weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Fit the lines on later rows.

        Parameters
        ----------
        X, y
            Landmark rows of key dates after those of the fit.
        followed_days
            How long each row was followed; a horizon is judged on the rows followed as long, shape (rows,).
        weight
            Of each row, such as its balance.

        Raises
        ------
        DataError
            If no row was followed for the shortest horizon.
        """
        event, duration = check_target(y)
        followed = np.asarray(followed_days)
        horizons = [horizon for horizon in HORIZONS if (followed >= horizon).any()]
        if not horizons:
            raise DataError(
                "no row was followed long enough to calibrate on",
                given=f"{int(followed.max(initial=0))} days",
                allowed=f">= {HORIZONS[0]} days",
                do="calibrate on an earlier key date",
            )
        weights = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
        found = self.within.predict_cumulative_incidence(X, horizons)
        for place, cause in enumerate(CAUSES):
            rows = [
                (
                    found[mature, place, at],
                    ((event == cause) & (duration <= horizon))[mature],
                    weights[mature],
                )
                for at, horizon in enumerate(horizons)
                for mature in (followed >= horizon,)
            ]
            predicted, truth, share = (np.concatenate(part) for part in zip(*rows, strict=True))
            if ((event == cause) & (duration <= followed)).sum() >= _FEWEST:
                self.lines_[cause] = _line(predicted, truth, share / share.mean())
        return self

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Sequence[int] | Integers) -> Numbers:
        """Return the recalibrated incidence; see ``TimeToPayment.predict_cumulative_incidence``."""
        days = check_times(times)
        found = np.empty((len(X), len(CAUSES), len(days)))
        for rows in parts(len(X)):
            found[rows] = self.ask(X.iloc[rows]).at(days)
        return found

    def ask(self, X: pd.DataFrame) -> _Bent:
        """Return what is said of items, to be read at any days; see ``asked_once.ask``."""
        return _Bent(ask(self.within, X), self.lines_)

    def contributions(self, X: pd.DataFrame, horizon: int = 30) -> pd.DataFrame | None:
        """Return the reasons of the model within, None where it gives none: bent curves pay for the same ones.

        See ``DiscreteHazard.contributions``.
        """
        explain = getattr(self.within, "contributions", None)
        return None if explain is None else explain(X, horizon)

    @property
    def within(self) -> TimeToPayment:
        """The fitted model whose curves are bent."""
        if self.inner_ is None:
            raise not_fitted(self)
        return self.inner_

    def to_dict(self) -> dict[str, Any]:
        """Return the lines and the model."""
        lines = {str(cause): list(line) for cause, line in self.lines_.items()}
        return describe(self, {"lines": lines, "inner": self.within.to_dict()})

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        made, state = revive(cls, stored)
        made.lines_ = {int(cause): (float(a), float(b)) for cause, (a, b) in state["lines"].items()}
        kinds = {kind.__name__: kind for kind in all_models()}
        made.inner_ = kinds[state["inner"]["model"]].from_dict(state["inner"])
        fitted: Self = made
        return fitted


@dataclass(frozen=True)
class _Bent:
    """A reading whose curves are bent by a line for each cause."""

    said: Reading
    lines: Mapping[int, tuple[float, float]]

    def at(self, times: Sequence[int] | Integers) -> Numbers:
        days = check_times(times)
        if all(line == (0.0, 1.0) for line in self.lines.values()):
            return self.said.at(days)
        last = days[-1] == LAST_DAY
        both = self.said.at(days if last else np.append(days, LAST_DAY))
        for place, cause in enumerate(CAUSES):
            level, slope = self.lines[cause]
            inside = np.clip(both[:, place], _TINY, 1 - _TINY)
            bent = 1 / (1 + np.exp(-(level + slope * np.log(inside / (1 - inside)))))
            both[:, place] = np.where(both[:, place] > _TINY, bent, both[:, place])
        # Scaled by the last day's sum, a curve stays monotone.
        scaled: Numbers = both[:, :, : len(days)] / np.maximum(
            both[:, :, -1:].sum(axis=1, keepdims=True), 1.0
        )
        return scaled


def reads_columns(model: TimeToPayment) -> TimeToPayment:
    """Return the model that reads the columns: the one within a calibrated model, else the model itself."""
    return reads_columns(model.within) if isinstance(model, CalibratedModel) else model


def days_followed(key_day: Numbers, y: pd.DataFrame) -> Integers:
    """Return how many days the rows of each key date were followed, as their open items tell.

    Parameters
    ----------
    key_day
        Key date of each row, shape (rows,).
    y
        ``event`` and ``duration`` of the same rows; an open item's duration is the days it was followed.

    Examples
    --------
    >>> days_followed(np.array([1.0, 1.0, 31.0]), pd.DataFrame({"event": [1, 0, 1], "duration": [3, 60, 9]}))
    array([60, 60,  9])
    """
    duration, day = y["duration"].reset_index(drop=True), pd.Series(key_day)
    open_for = duration.where((y["event"] == OPEN).to_numpy()).groupby(day).transform("max")
    # Where every item left, the last to leave is the least that is known.
    return open_for.fillna(duration.groupby(day).transform("max")).to_numpy(dtype=np.int64)


def known_by(y: pd.DataFrame, days: Numbers) -> pd.DataFrame:
    """Return the target as it was known so many days after each row's key date.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 1], "duration": [5, 40]})
    >>> known_by(y, np.array([31.0, 31.0])).to_dict("list")
    {'event': [1, 0], 'duration': [5, 31]}
    """
    return pd.DataFrame(
        {
            "event": y["event"].where(y["duration"] <= days, OPEN),
            "duration": np.minimum(y["duration"], days).astype("int64"),
        }
    )


def _line(predicted: Numbers, truth: npt.NDArray[np.bool_], weight: Numbers) -> tuple[float, float]:
    """Return level and slope of the logistic recalibration, drawn a little to (0, 1), by Newton's steps."""
    inside = np.clip(predicted, _TINY, 1 - _TINY)
    inputs = np.column_stack([np.ones(len(inside)), np.log(inside / (1 - inside))])
    prior, line = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-inputs @ line))
        slope = inputs.T @ (weight * (truth - p)) - _PRIOR * (line - prior)
        curve = (inputs * (weight * p * (1 - p))[:, None]).T @ inputs + _PRIOR * np.eye(2)
        step = np.clip(np.linalg.solve(curve, slope), -1, 1)
        line = line + step
        if np.abs(step).max() < 1e-10:
            break
    return float(line[0]), float(max(line[1], 0.05))
