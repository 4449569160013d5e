"""The default model: cause-specific discrete-time hazards on the due-relative grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models import habit
from arseg.models.cause import CauseHazard, fit_cause, fit_rough
from arseg.models.contact_effect import ContactEffect, learn_contacts, read_path
from arseg.models.contact_stock import Contacts, cut_at_contacts, read_contacts
from arseg.models.explained import explained
from arseg.models.grid import INTERVAL_COLUMNS, PAST_HABIT, AskedHazards, Periods, accumulate
from arseg.models.growing import Capacity, TrainingRows
from arseg.models.landmarks import check_fit, feature_names, read_features
from arseg.models.person_period import Items, Layout, batches, training_rows
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
from arseg.models.row_order import row_keys, scatter
from arseg.models.row_sample import Sampling, for_rare_causes
from arseg.models.screening import screened
from arseg.schema import CAUSES, CREDITED, PAID, WRITTEN_OFF
from arseg.schema.shown import AsWritten

# Science 3.5: rare causes want small trees and patience; rows held out preferred four leaves.
_RARE: Final = {CREDITED: Capacity(150, 4, 0.2, l2=3.0), WRITTEN_OFF: Capacity(80, 8, 0.1, l2=1.0)}
_RISK_DAY: Final = 30


@dataclass(repr=False)
class DiscreteHazard(AsWritten):
    """Hazards of payment, credit note and write-off per interval, one XGBoost booster each.

    Every item is cut into the intervals of ``grid`` after its key date; an interval knows its age
    relative to the due date and its calendar, so that payment runs and month ends can show. Delayed
    entry, censoring and competing risks are exact in this form (science 3.2). ``key_day`` itself is
    no feature: a model must not learn a date that never comes again.

    Learnt with a log of contacts, it also answers what would come under another path of contacts. Of a wide matrix with
    many rows it keeps the columns that are worth their time (``screening``); ``features_`` names them.

    Parameters
    ----------
    trees, leaves, learning_rate
        Of the booster for payments, at most; small books get less, see ``Capacity.for_events``.
    row_limit
        Person-period rows above which the rows without an event are sampled, and the grid is the fine one.
    keep_share
        Share of them that is kept where nothing tells them apart; payments are learnt from the likelier ones and of
        the others a fifth of this (``row_sample``).
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
    fine_: bool = field(default=False, init=False)
    sizes_: dict[int, Capacity] = field(default_factory=dict, init=False)
    hazards_: dict[int, CauseHazard] = field(default_factory=dict, init=False)
    contact_: ContactEffect | None = field(default=None, init=False)

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
        require_in_range(
            self, sound, "trees, row_limit, jobs >= 1; leaves >= 2; learning_rate, keep_share in (0, 1]"
        )

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.DataFrame,
        sample_weight: npt.ArrayLike | None = None,
        contacts: pd.DataFrame | None = None,
    ) -> Self:
        """Learn the three hazards; see ``TimeToPayment.fit``.

        Parameters
        ----------
        X, y, sample_weight
            Landmark rows.
        contacts
            What was done: ``row`` (position in X), ``day`` (zero or less before the key date), ``channel``, ``tone``.

        Raises
        ------
        DataError
            If a check of ``landmarks`` or ``protocol`` fails, or there are too few contacts to learn from.
        """
        event, duration, weight = check_fit(X, y, sample_weight)
        self.features_, self.fine_, self.contact_ = feature_names(X), False, None
        self.pool_ = habit.book_mean(X, weight)
        values = read_features(X, self.features_)
        keys = row_keys(np.column_stack([values, event, duration]))
        # A canonical order makes the fit the same for any order of X.
        order = np.lexsort((weight, keys))
        items = Items(values[order], event[order], duration[order], weight[order], keys[order])
        del values, keys, event, duration, weight
        items = self._learn(items)
        if contacts is not None:
            log = read_contacts(contacts, len(X)).take(order)
            self.contact_ = self._learn_contacts(items, log.before(items.duration))
        return self

    def _learn(self, items: Items) -> Items:
        """Learn the hazards, and return the items with the columns that they know."""
        self.fine_ = self._layout.count(items.features, items.duration) > self.row_limit
        count = self._layout.count(items.features, items.duration)
        rare = for_rare_causes(items.event, count, self.row_limit, self.seed)
        rows, cut = training_rows(self._layout, items, rare, jobs=self.jobs)
        draws = scatter(items.keys[cut.periods.item] + cut.periods.end.astype(np.uint64), self.seed + 2)
        rows = screened(rows, draws)
        kept = {*rows.names, "key_day"}
        items = items.with_columns([place for place, name in enumerate(self.features_) if name in kept])
        self.features_ = [name for name in self.features_ if name in kept]
        learnt = {cause: self._grown(rows, cause) for cause in rare.causes}
        if PAID not in learnt:
            rough = fit_rough(rows, PAID)
            del rows, cut, draws
            frequent = Sampling(self.row_limit, self.keep_share, self.seed, rough, (PAID,))
            rows, _ = training_rows(self._layout, items, frequent, jobs=self.jobs)
            learnt[PAID] = self._grown(rows, PAID)
        self.hazards_ = {cause: learnt[cause] for cause in CAUSES}
        return items

    def _learn_contacts(self, items: Items, contacts: Contacts) -> ContactEffect:
        even = Sampling(self.row_limit, self.keep_share, self.seed)
        rows, cut = training_rows(self._layout, items, even, contacts, jobs=self.jobs)
        risk = self._risk(items.features)[cut.periods.item]
        return learn_contacts(rows, cut, contacts, risk, (self.hazards_[PAID], self._capacity(PAID)))

    def _grown(self, rows: TrainingRows, cause: int) -> CauseHazard:
        return fit_cause(rows, cause, self._capacity(cause), self.sizes_.get(cause))

    def _capacity(self, cause: int) -> Capacity:
        if cause == PAID:
            return Capacity(self.trees, self.leaves, self.learning_rate, l2=1.0)
        own = _RARE[cause]
        return replace(own, trees=min(own.trees, self.trees), leaves=min(own.leaves, self.leaves))

    @property
    def _layout(self) -> Layout:
        return Layout(self.features_, self.pool_, self.fine_)

    def predict_cumulative_incidence(
        self, X: pd.DataFrame, times: Sequence[int] | Integers, contacts: pd.DataFrame | None = None
    ) -> Numbers:
        """Return the incidence by cause; see ``TimeToPayment.predict_cumulative_incidence``.

        Parameters
        ----------
        X, times
            Items, and days after the key date.
        contacts
            Made and to come, as for ``fit``; a frame without rows is none at all, None what the book's practice brings.

        Raises
        ------
        DataError
            If a column of the fit is missing, or a day lies beyond 365.
        UsageError
            If contacts are given to a model that learnt without a log of them.
        """
        days = check_times(times)
        values = self._read(X)
        path = None if contacts is None else read_path(self, self.contact_, contacts, len(values))
        found = np.empty((len(values), len(CAUSES), len(days)))
        for batch in batches(len(values)):
            own = None if path is None else path.take(np.arange(batch.start, batch.stop))
            found[batch] = self._incidence(values[batch], days, own)
        return found

    def ask(self, X: pd.DataFrame) -> AskedHazards:
        """Return the hazards of items up to a year ahead, off which any days are read; see ``asked_once.ask``."""
        values = self._read(X)
        _, hazards = self._hazards(values, LAST_DAY)
        return AskedHazards(self._layout.clocks(values)[0], hazards, self.fine_)

    def _incidence(self, values: Numbers, days: Integers, path: Contacts | None = None) -> Numbers:
        return accumulate(*self._hazards(values, int(days[-1]), path), days)

    def _hazards(self, values: Numbers, upto: int, path: Contacts | None = None) -> tuple[Periods, Numbers]:
        """Return the intervals up to a day after the key date and the hazards by cause in each, shape (intervals, causes)."""
        age, _ = self._layout.clocks(values)
        whole = self._layout.cut(age, np.full(len(age), upto))
        cut, parent = cut_at_contacts(whole, path)
        matrix = self._layout.matrix(values, whole)
        # Under a path of contacts the hazard of payment is another.
        plain = [cause for cause in CAUSES if path is None or cause != PAID]
        hazards = {cause: self.hazards_[cause].hazard(matrix, jobs=self.jobs) for cause in plain}
        if path is not None and self.contact_ is not None:
            # A part of an interval has its share of the hazards of the whole.
            hazards = {
                cause: -np.expm1(cut.share * np.log1p(-hazard[parent])) for cause, hazard in hazards.items()
            }
            risk = self._risk(values)[cut.periods.item]
            hazards[PAID] = self.contact_.hazard(matrix[parent], cut, path, risk, jobs=self.jobs)
        return cut.periods, np.column_stack([hazards[cause] for cause in CAUSES])

    def _risk(self, values: Numbers) -> Numbers:
        """Return the log-odds of each item to be unpaid after 30 days, under the book's practice."""
        paid = [
            self._incidence(values[batch], np.array([_RISK_DAY]))[:, CAUSES.index(PAID), 0]
            for batch in batches(len(values))
        ]
        inside = np.clip(np.concatenate([np.empty(0), *paid]), 1e-4, 1 - 1e-4)
        return np.log((1 - inside) / inside)

    def contributions(self, X: pd.DataFrame, horizon: int = 30) -> pd.DataFrame:
        """Return why an item pays sooner or later than the book's curve.

        Parameters
        ----------
        X
            As for a prediction.
        horizon
            Days after the key date over whose intervals, every third, the contributions are averaged.

        Returns
        -------
        Index as X, one column per column of X and ``time`` for the interval's own; contributions to
        the log-odds of payment, positive where it comes sooner. ``key_day`` acts only through ``time``.
        """
        (day,) = check_times([horizon])
        values = self._read(X)
        found = explained(self._layout, self.hazards_[PAID], values, int(day), jobs=self.jobs)
        frame = pd.DataFrame(found, index=X.index, columns=self._layout.names)
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

    def to_dict(self) -> dict[str, Any]:
        """Return the features and each cause's rates and booster (XGBoost's JSON text)."""
        if not self.hazards_:
            raise not_fitted(self)
        hazards = {str(cause): hazard.to_dict() for cause, hazard in self.hazards_.items()}
        state = {"features": self.features_, "pool": self.pool_, "fine": self.fine_, "hazards": hazards}
        return describe(self, state | {"contact": self.contact_.to_dict() if self.contact_ else None})

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        model, state = revive(cls, stored)
        model.features_, model.pool_ = list(state["features"]), float(state["pool"])
        model.fine_ = bool(state["fine"])
        model.hazards_ = {int(k): CauseHazard.from_dict(part) for k, part in state["hazards"].items()}
        if state["contact"] is not None:
            model.contact_ = ContactEffect.from_dict(state["contact"])
        return model
