"""Cox's proportional hazards per cause, with a baseline of their own for prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.landmarks import feature_names, read_features
from arseg.models.merged_rows import merge_rows, sample_items
from arseg.models.partial_likelihood import Spells, breslow, fit_coefficients, hazard_ratios, residuals
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
from arseg.models.standardised import Standardised, fit_columns, strongest
from arseg.schema import CAUSES
from arseg.schema.shown import AsWritten

# Fewer events than this carry no coefficients: the cause keeps its daily rate.
FEWEST_EVENTS: Final = 20
CLOCKS: Final = ("residual", "due")
# Rows at risk that the cause's daily rate is worth on each day: the clock's thin ends fall back to it.
_WORTH: Final = 5.0
# Days past due that the due clock tells apart, either side.
_SPAN: Final = 730


@dataclass(frozen=True)
class CauseCurve:
    """The fitted hazard of one cause.

    Parameters
    ----------
    places
        Which standardised columns act.
    coefficients
        Of them; log hazard ratios per standard deviation.
    baseline
        Hazard of each day of the clock where all columns are at their mean.
    """

    places: list[int]
    coefficients: list[float]
    baseline: list[float]

    def ratio(self, matrix: Numbers) -> Numbers:
        """Return exp(x b) of each row, shape (rows,)."""
        return hazard_ratios(matrix[:, self.places], np.asarray(self.coefficients, dtype=np.float64))

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-safe data."""
        return {"places": self.places, "coefficients": self.coefficients, "baseline": self.baseline}


@dataclass(repr=False)
class CoxPH(AsWritten):
    """Proportional hazards of payment, credit note and write-off, one Cox model each.

    ``h_k(t | x) = h_k(t) exp(x b_k)`` (Cox 1972), the other causes' leavers counting as censored in
    the hazard of cause k and never in its incidence: ``F_k(t) = sum_u S(u-) dH_k(u)`` with S from all
    three (science 3.2), ``S = exp(-sum_k H_k)``, so that the causes cannot sum to more than one.

    Features are filled with their median and a column that says so, cut at their 0.5 % and 99.5 %
    quantiles, put on one scale and freed of constant and collinear columns; ``key_day`` is none. One
    shape for all: due-date peaks and payment runs move with an item's age, and this model cannot
    move them on its residual clock. A sound plain yardstick, better on small books than on large.

    Parameters
    ----------
    clock
        ``residual`` counts from the key date, where every row starts; ``due`` counts days past due,
        each row entering at its age at the key date, older or younger than two years cut there.
    ridge
        Penalty per squared coefficient; 10 holds a rare cause and leaves thousands of events alone.
    columns
        At most so many per cause, those with the largest score.
    row_limit
        Landmark rows above which paid and open ones are sampled with weights.
    seed
        Of the sample.

    Examples
    --------
    >>> CoxPH(clock="due")
    CoxPH(clock='due')
    """

    clock: str = "residual"
    ridge: float = 10.0
    columns: int = 60
    row_limit: int = 100_000
    seed: int = 0
    causes_: tuple[int, ...] = field(default=CAUSES, init=False)
    features_: list[str] = field(default_factory=list, init=False)
    design_: Standardised = field(default=Standardised(()), init=False)
    curves_: dict[int, CauseCurve] = field(default_factory=dict, init=False)

    __repr__ = written

    def __post_init__(self) -> None:
        sound = {
            "clock": self.clock in CLOCKS,
            "ridge": 0 <= self.ridge < np.inf,
            "columns": self.columns >= 1,
            "row_limit": self.row_limit >= 1,
        }
        require_in_range(self, sound, f"clock in {CLOCKS}; ridge >= 0; columns, row_limit >= 1")

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn coefficients and baselines; see ``TimeToPayment.fit``.

        Raises
        ------
        DataError
            If X, y or the weights do not pass the checks of ``landmarks`` and ``protocol``.
        """
        items = sample_items(merge_rows(X, y, sample_weight), self.row_limit, self.seed)
        self.features_ = feature_names(X)
        skip = (self.features_.index("key_day"),)
        self.design_ = fit_columns(items.features, items.weight, skip)
        matrix = self.design_.matrix(items.features)
        self.curves_ = {cause: self._fit_cause(matrix, self._spells(items, cause)) for cause in CAUSES}
        return self

    def _spells(self, items: Items, cause: int) -> Spells:
        followed = np.minimum(items.duration, LAST_DAY)
        happened = (items.event == cause) & (items.duration <= LAST_DAY)
        entry = self._entry(items.features)
        return Spells(entry, entry + followed, happened, items.weight, self._days)

    @property
    def _days(self) -> int:
        return LAST_DAY if self.clock == "residual" else 2 * _SPAN

    def _entry(self, values: Numbers) -> Integers:
        """Return the day of the clock on which each item stands at the key date, from 0."""
        if self.clock == "residual":
            return np.zeros(len(values), dtype=np.int64)
        age = np.rint(values[:, self.features_.index("days_past_due")])
        # An item beyond the clock's ends pays as fast as one within its last year.
        return (np.clip(age, -_SPAN, _SPAN - LAST_DAY) + _SPAN).astype(np.int64)

    def _fit_cause(self, matrix: Numbers, spells: Spells) -> CauseCurve:
        events = float((spells.weight * spells.happened).sum())
        exposure = float((spells.weight * (spells.leaves - spells.entry)).sum())
        if events < FEWEST_EVENTS:
            return CauseCurve([], [], [events / exposure] * self._days)
        left_over = residuals(spells, np.ones(len(matrix)))
        places = strongest(matrix, left_over, spells.weight, self.columns)
        coefficients = fit_coefficients(matrix[:, places], spells, self.ridge)
        ratio = hazard_ratios(matrix[:, places], coefficients)
        return CauseCurve(places.tolist(), coefficients.tolist(), daily_baseline(spells, ratio).tolist())

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Sequence[int] | Integers) -> Numbers:
        """Return the incidence by cause; see ``TimeToPayment.predict_cumulative_incidence``."""
        days = check_times(times)
        if not self.curves_:
            raise not_fitted(self)
        values = read_features(X, self.features_)
        found = np.empty((len(values), len(CAUSES), len(days)))
        for batch in batches(len(values)):
            found[batch] = self._incidence(values[batch], days)
        return found

    def _incidence(self, values: Numbers, days: Integers) -> Numbers:
        matrix = self.design_.matrix(values)
        met = self._entry(values)[:, None] + np.arange(days[-1])
        hazards = [
            curve.ratio(matrix)[:, None] * np.asarray(curve.baseline)[met] for curve in self.curves_.values()
        ]
        return incidence(np.stack(hazards, axis=1))[:, :, days - 1]

    def to_dict(self) -> dict[str, Any]:
        """Return the columns and each cause's coefficients and daily baseline."""
        if not self.curves_:
            raise not_fitted(self)
        curves = {str(cause): curve.to_dict() for cause, curve in self.curves_.items()}
        state = {"features": self.features_, "columns": self.design_.to_list(), "curves": curves}
        return describe(self, state)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        model, state = revive(cls, stored)
        model.features_ = list(state["features"])
        model.design_ = Standardised.from_list(state["columns"])
        model.curves_ = {int(cause): CauseCurve(**curve) for cause, curve in state["curves"].items()}
        fitted: Self = model
        return fitted


def daily_baseline(spells: Spells, hazard_ratio: Numbers) -> Numbers:
    """Return Breslow's hazard of each day, mended where a day's events are many or its rows few.

    A due date may take a third of those at risk in a day; ``exp(-d / S0)`` would then leave too many
    open. The day is spread over its events, as Efron's rule does, in its limit for weights:
    ``d / S0 * -ln(1 - D0 / S0) / (D0 / S0)`` with D0 the hazard ratios of the day's events. Without
    features that is the life table. The cause's own daily rate counts as five rows at risk.

    Parameters
    ----------
    spells
        When each row is at risk.
    hazard_ratio
        exp(x b) of each row, shape (rows,).
    """
    mass = spells.weight * hazard_ratio
    at_risk = np.maximum(spells.at_risk(mass), 0.0)
    rate = float(spells.events(spells.weight).sum() / at_risk.sum())
    plain = breslow(spells, hazard_ratio)
    mixed = (plain * at_risk + _WORTH * rate) / (at_risk + _WORTH)
    share = np.clip(spells.events(mass) / (at_risk + _WORTH), 1e-12, 1 - 1e-9)
    return mixed * -np.log1p(-share) / share


def incidence(hazards: Numbers) -> Numbers:
    """Return the cumulative incidence of each cause from the cumulative hazard that each day adds.

    ``F_k(t) = sum_{u <= t} (S(u-1) - S(u)) dH_k(u) / dH(u)`` with ``S = exp(-H)``: within a day the
    hazards are constant.

    Parameters
    ----------
    hazards
        Shape (rows, causes, days).

    Returns
    -------
    Shape (rows, causes, days).

    Examples
    --------
    >>> half = np.log(2) / 2
    >>> incidence(np.full((1, 2, 2), half)).round(3).tolist()
    [[[0.25, 0.375], [0.25, 0.375]]]
    """
    total = hazards.sum(axis=1, keepdims=True)
    before = np.exp(total - np.cumsum(total, axis=2))
    leaving = before * -np.expm1(-total) / np.maximum(total, 1e-300)
    return np.minimum(np.cumsum(leaving * hazards, axis=2), 1.0)
