"""A fitted model whose curves are bent to what a later fold saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

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
    revive,
    written,
)
from arseg.schema import CAUSES, DataError

HORIZONS: Final = (7, 14, 30, 60, 90, 180)
# Fewer events of a cause in the later fold than this: its curve is left alone.
_FEWEST: Final = 100
# As if so many rows had said that the curve is right as it is.
_PRIOR: Final = 20.0
_STEPS: Final = 50
_TINY: Final = 1e-7


@dataclass(repr=False)
class CalibratedModel:
    """A model with its curves recalibrated: ``logit F'(t) = a + b logit F(t)`` per cause, b > 0.

    One line serves all horizons, so curves stay monotone; where causes would sum to more than one they are scaled
    back. It learns in two steps: ``fit`` teaches the model, ``calibrate`` the lines, on rows of a later key date than
    the model saw (science 3.6); without the second it answers as the model does.

    Parameters
    ----------
    model
        Name of the model, ``DiscreteHazard`` or another of ``all_models``.
    parameters
        Of that model.

    Examples
    --------
    >>> CalibratedModel(model="KaplanMeierByTerms")
    CalibratedModel(model='KaplanMeierByTerms')
    """

    model: str = "DiscreteHazard"
    parameters: Mapping[str, Any] | None = None
    causes_: tuple[int, ...] = field(default=CAUSES, init=False)
    lines_: dict[int, tuple[float, float]] = field(default_factory=dict, init=False)
    inner_: TimeToPayment | None = field(default=None, init=False)

    __repr__ = written

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Teach the model; see ``TimeToPayment.fit``.

        Raises
        ------
        UsageError
            If there is no model of that name, or it has no such parameter.
        DataError
            If the rows do not pass its checks.
        """
        self.inner_ = make_model(self.model, self.parameters or {}).fit(X, y, sample_weight)
        self.lines_ = dict.fromkeys(CAUSES, (0.0, 1.0))
        return self

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
        found = self._inner().predict_cumulative_incidence(X, horizons)
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
        found = self._inner().predict_cumulative_incidence(X, days)
        if all(line == (0.0, 1.0) for line in self.lines_.values()):
            return found
        ends = self._inner().predict_cumulative_incidence(X, [LAST_DAY])
        both = np.concatenate([found, ends], axis=2)
        for place, cause in enumerate(CAUSES):
            level, slope = self.lines_[cause]
            inside = np.clip(both[:, place], _TINY, 1 - _TINY)
            bent = 1 / (1 + np.exp(-(level + slope * np.log(inside / (1 - inside)))))
            both[:, place] = np.where(both[:, place] > _TINY, bent, both[:, place])
        # Scaled by the last day's sum, a curve stays monotone.
        scaled: Numbers = both[:, :, :-1] / np.maximum(both[:, :, -1:].sum(axis=1, keepdims=True), 1.0)
        return scaled

    def _inner(self) -> TimeToPayment:
        if self.inner_ is None:
            raise not_fitted(self)
        return self.inner_

    def to_dict(self) -> dict[str, Any]:
        """Return the lines and the model."""
        lines = {str(cause): list(line) for cause, line in self.lines_.items()}
        return describe(self, {"lines": lines, "inner": self._inner().to_dict()})

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        made, state = revive(cls, stored)
        made.lines_ = {int(cause): (float(a), float(b)) for cause, (a, b) in state["lines"].items()}
        kinds = {kind.__name__: kind for kind in all_models()}
        made.inner_ = kinds[state["inner"]["model"]].from_dict(state["inner"])
        fitted: Self = made
        return fitted


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
