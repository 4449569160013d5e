"""What every model must beat: the book's own curves and the customer's own habit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models import habit
from arseg.models.landmarks import REQUIRED_COLUMNS, check_fit, feature_names, read_features
from arseg.models.protocol import (
    LAST_DAY,
    Integers,
    Numbers,
    check_times,
    describe,
    not_fitted,
    revive,
    written,
)
from arseg.schema import CAUSES, OPEN, PAID
from arseg.schema.shown import AsWritten

# Terms of up to 7, 20, 37, 52 and 75 days, longer, unknown.
_TERMS_EDGES: Final = (7, 20, 37, 52, 75)
_TERMS_CLASSES: Final = len(_TERMS_EDGES) + 2
# The buckets of the aging report, cut finer where payment hazards change: around the due date.
_AGE_EDGES: Final = (-59, -44, -29, -20, -13, -9, -6, -3, -1, 1, 4, 8, 15, 31, 61, 91, 181)

_SPAN: Final = 730


def aalen_johansen(y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Numbers:
    """Return the cumulative incidence of each cause, day by day, without features.

    ``h_k(t) = d_k(t) / n(t)``, ``F_k(t) = sum S(u-1) h_k(u)``; n counts durations >= t.

    Parameters
    ----------
    y
        ``event`` and ``duration`` (days).
    sample_weight
        Weight of each row.

    Returns
    -------
    Shape (3 causes, 365 days); day 1 stands first.

    Examples
    --------
    >>> y = pd.DataFrame({"event": [1, 1, 0, 3], "duration": [1, 2, 2, 3]})
    >>> aalen_johansen(y)[0, :3].tolist()
    [0.25, 0.5, 0.5]
    """
    event, duration, weight = check_fit(y, y, sample_weight)
    counts = _count(np.zeros(len(y), dtype=np.int64), event, duration, weight, groups=1)
    return _incidence(_hazards(*_leaving(counts)))[0]


def _count(group: Integers, event: Integers, duration: Integers, weight: Numbers, *, groups: int) -> Numbers:
    """Return the weight that leaves, shape (groups, 4 events, 365 days)."""
    day = np.minimum(duration, LAST_DAY)
    event = np.where(duration > LAST_DAY, OPEN, event)
    cell = (group * 4 + event) * LAST_DAY + day - 1
    counts: Numbers = np.bincount(cell, weight, minlength=groups * 4 * LAST_DAY).astype(np.float64)
    return counts.reshape(groups, 4, LAST_DAY)


def _leaving(counts: Numbers) -> tuple[Numbers, Numbers]:
    """Return events (groups, 3, 365) and items at risk (groups, 1, 365)."""
    gone = counts.sum(axis=1, keepdims=True)
    return counts[:, 1:], gone[:, :, ::-1].cumsum(axis=2)[:, :, ::-1]


def _hazards(events: Numbers, at_risk: Numbers, prior: Numbers | float = 0.0, worth: float = 0.0) -> Numbers:
    """Return hazards, mixed with a prior that is worth some items at risk."""
    return (events + worth * prior) / np.maximum(at_risk + worth, 1e-300)


def _incidence(hazards: Numbers) -> Numbers:
    survival = np.cumprod(1 - np.minimum(hazards.sum(axis=1, keepdims=True), 1.0), axis=2)
    before = np.concatenate([np.ones_like(survival[:, :, :1]), survival[:, :, :-1]], axis=2)
    return np.minimum(np.cumsum(before * hazards, axis=2), 1.0)


@dataclass(repr=False)
class KaplanMeierByTerms(AsWritten):
    """Aalen-Johansen curves of the residual time by terms class and aging bucket.

    Each day's hazard is mixed with that of the aging bucket over all terms, and that one with the
    whole book's, with weight ``n / (n + shrinkage)`` for n items at risk: a thin stratum, or a
    stratum's thin tail, falls back by itself.

    Parameters
    ----------
    shrinkage
        Items at risk that the coarser curve is worth.

    Examples
    --------
    >>> KaplanMeierByTerms()
    KaplanMeierByTerms()
    """

    shrinkage: float = 50.0
    causes_: tuple[int, ...] = field(default=CAUSES, init=False)
    curves_: Numbers | None = field(default=None, init=False)
    cells_: list[list[float]] = field(default_factory=list, init=False)

    __repr__ = written

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Count who left on which day; see ``TimeToPayment.fit``."""
        event, duration, weight = check_fit(X, y, sample_weight)
        feature_names(X)
        counts = _count(_stratum(X), event, duration, weight, groups=_TERMS_CLASSES * (len(_AGE_EDGES) + 1))
        places = np.nonzero(counts)
        self.cells_ = [[*map(int, cell), float(counts[cell])] for cell in zip(*places, strict=True)]
        self._draw(counts)
        return self

    def _draw(self, counts: Numbers) -> None:
        by_age = counts.reshape(_TERMS_CLASSES, -1, 4, LAST_DAY).sum(axis=0)
        book = _hazards(*_leaving(by_age.sum(axis=0, keepdims=True)))
        aged = _hazards(*_leaving(by_age), book, self.shrinkage)
        prior = np.tile(aged, (_TERMS_CLASSES, 1, 1))
        self.curves_ = _incidence(_hazards(*_leaving(counts), prior, self.shrinkage))

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Sequence[int] | Integers) -> Numbers:
        """Return the stratum's curve; see ``TimeToPayment.predict_cumulative_incidence``."""
        days = check_times(times)
        if self.curves_ is None:
            raise not_fitted(self)
        return self.curves_[_stratum(X)][:, :, days - 1]

    def to_dict(self) -> dict[str, Any]:
        """Return the counts behind the curves: stratum, event, day - 1, weight."""
        if self.curves_ is None:
            raise not_fitted(self)
        return describe(self, {"cells": self.cells_})

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Draw the curves again from their counts."""
        model, state = revive(cls, stored)
        counts = np.zeros((_TERMS_CLASSES * (len(_AGE_EDGES) + 1), 4, LAST_DAY))
        for stratum, event, day, weight in state["cells"]:
            counts[int(stratum), int(event), int(day)] = weight
        model.cells_ = [list(cell) for cell in state["cells"]]
        model._draw(counts)  # noqa: SLF001 - the class's own method on its own instance
        fitted: Self = model
        return fitted


def _stratum(X: pd.DataFrame) -> Integers:
    age, terms, _ = read_features(X, REQUIRED_COLUMNS).T
    terms_class = np.where(np.isnan(terms), _TERMS_CLASSES - 1, np.searchsorted(_TERMS_EDGES, terms))
    stratum: Integers = terms_class * (len(_AGE_EDGES) + 1) + np.searchsorted(_AGE_EDGES, age, side="right")
    return stratum.astype(np.int64)


@dataclass(repr=False)
class CustomerMeanDelay(AsWritten):
    """The customer's own mean delay, shrunk to the book's, and the spread around it.

    ``m_c = (n mean_c + k pool) / (n + k)`` days late for n cleared invoices of the customer. The
    days late of an item are m_c plus a residual whose hazard is learnt from all training rows with
    delayed entry at their key date (open at d days past due means: residual above d - m_c). A
    prediction conditions on the item being still open. Credit notes and write-offs get the
    training share of their cause, spread evenly over the year.

    Parameters
    ----------
    prior_count
        k, cleared invoices that the book's mean is worth.

    Examples
    --------
    >>> CustomerMeanDelay(prior_count=10.0)
    CustomerMeanDelay(prior_count=10.0)
    """

    prior_count: float = 5.0
    causes_: tuple[int, ...] = field(default=CAUSES, init=False)
    pool_: float = field(default=0.0, init=False)
    others_: tuple[float, ...] = field(default=(0.0, 0.0), init=False)
    cumulative_: Numbers | None = field(default=None, init=False)

    __repr__ = written

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn the book's mean and the spread around a customer's; see ``TimeToPayment.fit``."""
        event, duration, weight = check_fit(X, y, sample_weight)
        feature_names(X)
        self.pool_ = habit.book_mean(X, weight)
        self.others_ = tuple(float(weight[event == cause].sum() / weight.sum()) for cause in CAUSES[1:])
        entry = self._entry(X)
        leaves = np.clip(np.rint(entry) + np.minimum(duration, LAST_DAY), -_SPAN, _SPAN)
        paid = (event == PAID) & (duration <= LAST_DAY)
        self.cumulative_ = _delayed_entry_hazard(np.rint(entry), leaves, paid, weight)
        return self

    def _entry(self, X: pd.DataFrame) -> Numbers:
        """Return the residual days late already reached at the key date."""
        usual = habit.shrunk(X, self.pool_, prior_count=self.prior_count)
        age = read_features(X, ["days_past_due"])[:, 0]
        # An item beyond the learnt range pays as fast as the oldest within it.
        return np.clip(age - usual, -_SPAN, _SPAN - LAST_DAY)

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Sequence[int] | Integers) -> Numbers:
        """Return the conditional incidence; see ``TimeToPayment.predict_cumulative_incidence``."""
        days = check_times(times)
        if self.cumulative_ is None:
            raise not_fitted(self)
        feature_names(X)
        entry, grid = self._entry(X), np.arange(-_SPAN, _SPAN + 1)
        reached = np.interp(entry[:, None] + days, grid, self.cumulative_)
        paid = -np.expm1(np.interp(entry, grid, self.cumulative_)[:, None] - reached)
        others = [np.broadcast_to(share * days / LAST_DAY, paid.shape) for share in self.others_]
        return np.stack([paid * (1 - sum(self.others_)), *others], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Return the book's mean, the other causes' shares and the cumulative hazard by day."""
        if self.cumulative_ is None:
            raise not_fitted(self)
        state = {"pool": self.pool_, "others": list(self.others_), "cumulative": self.cumulative_.tolist()}
        return describe(self, state)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        model, state = revive(cls, stored)
        model.pool_, model.others_ = float(state["pool"]), tuple(state["others"])
        model.cumulative_ = np.asarray(state["cumulative"], dtype=np.float64)
        fitted: Self = model
        return fitted


def _delayed_entry_hazard(
    entry: Numbers, leaves: Numbers, paid: npt.NDArray[np.bool_], weight: Numbers
) -> Numbers:
    """Return the cumulative hazard of payment by residual day, from -730 to 730.

    At risk on day t are the rows with entry < t <= exit. A thin day is mixed with the book's daily
    rate, worth five rows, so that one early payer does not empty the curve.
    """
    days = 2 * _SPAN + 1
    enters = np.bincount((entry + _SPAN).astype(np.int64) + 1, weight, minlength=days + 1)[:days]
    exits = np.bincount((leaves + _SPAN).astype(np.int64), weight, minlength=days)
    events = np.bincount((leaves + _SPAN).astype(np.int64), weight * paid, minlength=days)
    at_risk = np.cumsum(enters) - np.cumsum(exits) + exits
    rate = events.sum() / max(at_risk.sum(), 1e-300)
    hazard = (events + 5 * rate) / (np.maximum(at_risk, 0) + 5)
    return np.cumsum(-np.log1p(-np.minimum(hazard, 1 - 1e-9)))
