"""What a contact does to the hazard of payment: a few coefficients beside a booster, learnt together.

``h(j | x, stock) = 1 - exp(-exp(b(j, x) + theta . stock(j)))``: on this scale (complementary log-log) theta is the log
of a ratio of hazards and does not hang on the length of an interval. The booster b has no stock among its columns, so
that an effect is a number with an error, is the same for all items of equal risk, and holds for a stock that no item
ever had. Before every tree theta is fitted anew to what the trees have not explained (science 4.5: the hazard with a
decaying stock as a time-varying input, beside the risk by which collectors choose whom to contact).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.cause import CauseHazard
from arseg.models.cloglog import derivatives, fit_beside, hazard_of, log_likelihood, robust_covariance
from arseg.models.contact_stock import Contacts, Cut, commonest, read_contacts, stock_columns, stocks
from arseg.models.growing import Capacity, TrainingRows, grow
from arseg.models.protocol import Numbers
from arseg.models.rates import Matrix, Rates
from arseg.schema import PAID, DataError, UsageError

HALF_LIVES: Final = (3.5, 7.0, 14.0, 28.0)
# A stock of its own for a channel or a tone, and an effect at all, want as many contacts.
FEWEST_CONTACTS: Final = 50
RISK: Final = "contact x risk"
_STEPS: Final = 25


@dataclass(frozen=True)
class ContactEffect:
    """The hazard of payment with and without contacts.

    Parameters
    ----------
    columns
        The stocks, as ``contact_stock.stock_columns`` names them.
    half_life
        Of the stocks, days.
    commonest
        Channel and tone that have no stock of their own: the others are compared with them.
    coefficients, covariance
        Change of the log-hazard of payment per unit of stock, and its covariance (robust, by item); the last is
        that of the stock times the item's risk.
    risk_mean, risk_spread
        What an item's log-odds to be unpaid after 30 days are standardised by.
    without
        The hazard of an item with no stock.
    """

    columns: list[str]
    commonest: tuple[str, str]
    half_life: float
    coefficients: Numbers
    covariance: Numbers
    risk_mean: float
    risk_spread: float
    without: CauseHazard

    @property
    def errors(self) -> Numbers:
        """Standard errors of the coefficients."""
        return np.sqrt(np.diag(self.covariance))

    def knows(self, channel: str, tone: str) -> bool:
        """Say whether the log had enough contacts of this channel and of this tone.

        Parameters
        ----------
        channel, tone
            As a log writes them.
        """
        return all(
            said == usual or f"{kind}={said}" in self.columns
            for kind, said, usual in zip(("channel", "tone"), (channel, tone), self.commonest, strict=True)
        )

    def stock_of(self, channel: str, tone: str) -> Numbers:
        """Return how much a contact adds to each stock, shape (columns,): 1 where it counts, else 0.

        Parameters
        ----------
        channel, tone
            As a log writes them.
        """
        own = {self.columns[0], f"channel={channel}", f"tone={tone}"}
        return np.array([float(name in own) for name in self.columns])

    def hazard(
        self, matrix: Matrix, cut: Cut, contacts: Contacts, risk: Numbers, *, jobs: int = 1
    ) -> Numbers:
        """Return P(paid in the interval, open at its start) under these contacts, shape (rows,).

        Parameters
        ----------
        matrix
            What the uncut intervals know, a row per part.
        cut
            The parts.
        contacts
            Of the same items.
        risk
            Log-odds to be unpaid after 30 days of each row's item, shape (rows,).
        jobs
            Threads.
        """
        stock = stocks(cut.periods, contacts, self.columns, self.half_life)
        inputs = with_risk(stock, self.standardised(risk))
        margin = self.without.margin(matrix, _start(self.without.rates, matrix, cut), jobs=jobs)
        return hazard_of(margin + inputs @ self.coefficients)

    def margin(self, matrix: Matrix, *, jobs: int = 1) -> Numbers:
        """Return the log of the cumulative hazard of payment of whole intervals without any stock, shape (rows,).

        Parameters
        ----------
        matrix
            What the intervals know.
        jobs
            Threads.
        """
        start = np.log(-np.log1p(-_bounded(self.without.rates.hazard(matrix)))).astype(np.float32)
        return self.without.margin(matrix, start, jobs=jobs)

    def standardised(self, risk: Numbers) -> Numbers:
        """Return log-odds to be unpaid after 30 days on the scale on which their effect was learnt."""
        return (risk - self.risk_mean) / self.risk_spread

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-safe data."""
        return {
            "columns": self.columns,
            "half_life": self.half_life,
            "coefficients": self.coefficients.tolist(),
            "covariance": self.covariance.tolist(),
            "commonest": list(self.commonest),
            "risk": [self.risk_mean, self.risk_spread],
            "without": self.without.to_dict(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the effect that ``to_dict`` described."""
        mean, spread = stored["risk"]
        channel, tone = stored["commonest"]
        return cls(
            list(stored["columns"]),
            (str(channel), str(tone)),
            float(stored["half_life"]),
            np.asarray(stored["coefficients"], dtype=np.float64),
            np.asarray(stored["covariance"], dtype=np.float64),
            float(mean),
            float(spread),
            CauseHazard.from_dict(stored["without"]),
        )


def read_path(model: object, effect: ContactEffect | None, contacts: pd.DataFrame, rows: int) -> Contacts:
    """Return the contacts that a model is asked about; one that learnt without a log of them refuses."""
    if effect is None:
        raise UsageError(
            f"{model!r} cannot say what contacts do",
            given="contacts",
            allowed="None: it learnt without a log of contacts",
            do="fit it with contacts, from a ledger that has a contacts table",
        )
    return read_contacts(contacts, rows)


def learn_contacts(
    rows: TrainingRows,
    cut: Cut,
    contacts: Contacts,
    risk: Numbers,
    marginal: tuple[CauseHazard, Capacity],
) -> ContactEffect:
    """Learn what contacts do.

    Parameters
    ----------
    rows, cut
        Person-period rows cut by ``contact_stock.cut_at_contacts``, and their intervals.
    contacts
        Of the same items.
    risk
        Log-odds to be unpaid after 30 days of each row's item, shape (rows,).
    marginal
        The hazard of payment under the book's practice, and the capacity of its booster.

    Raises
    ------
    DataError
        If too few contacts were made while an item was open.
    """
    acting = int((contacts.day > 0).sum())
    if acting < FEWEST_CONTACTS:
        raise DataError(
            "there are too few contacts to learn from",
            given=f"{acting} after the key dates",
            allowed=f">= {FEWEST_CONTACTS}",
            do="fit without contacts, or on more key dates",
        )
    hazard, capacity = marginal
    mean, spread = float(risk.mean()), float(risk.std()) or 1.0
    columns = stock_columns(contacts, FEWEST_CONTACTS)
    trees = max(hazard.trees, capacity.trees // 4)
    learner = _Learner(rows, cut, hazard.rates, capacity, hazard.leaves)
    found = {}
    for half_life in HALF_LIVES:
        inputs = with_risk(stocks(cut.periods, contacts, columns, half_life), (risk - mean) / spread)
        likelihood, *_ = learner.learn(inputs, trees // 3)
        found[half_life] = likelihood, -half_life
    half_life = max(found, key=lambda one: found[one])
    inputs = with_risk(stocks(cut.periods, contacts, columns, half_life), (risk - mean) / spread)
    _, without, theta, margin = learner.learn(inputs, trees)
    covariance = robust_covariance(margin, inputs, rows.event == PAID, rows.weight, cut.periods.item)
    usual = commonest(contacts)
    return ContactEffect(columns, usual, half_life, theta, covariance, mean, spread, without)


def with_risk(stock: Numbers, risk: Numbers) -> Numbers:
    """Return stocks with the first of them, that of all contacts, times a standardised risk beside them."""
    return np.column_stack([stock, stock[:, 0] * risk])


@dataclass(frozen=True)
class _Learner:
    """Learns the hazard without contacts and the coefficients together."""

    rows: TrainingRows
    cut: Cut
    rates: Rates
    capacity: Capacity
    leaves: int

    def learn(self, inputs: Numbers, trees: int) -> tuple[float, CauseHazard, Numbers, Numbers]:
        """Return log-likelihood, hazard, coefficients and the margin of each row, from inputs of shape (rows, columns)."""
        rows, happened = self.rows, self.rows.event == PAID
        start = _start(self.rates, rows.matrix, self.cut)
        rows.quantised.set_info(label=happened.astype(np.float32), base_margin=start)
        theta = np.zeros(inputs.shape[1])
        # Rows without any stock say nothing of the coefficients.
        some = np.flatnonzero(inputs.any(axis=1))
        said = inputs[some], happened[some], rows.weight[some]

        def objective(predicted: npt.NDArray[np.float32], _: object) -> tuple[Numbers, Numbers]:
            nonlocal theta
            margin = predicted.astype(np.float64)
            theta = fit_beside(margin[some], *said, theta, steps=2)
            slope, curve = derivatives(margin + inputs @ theta, happened)
            return -rows.weight * slope, rows.weight * np.maximum(curve, 1e-9)

        # Trees as large as those whose number was chosen: many of a larger kind would learn the contacts by heart.
        fitting = self.capacity.for_events(float(rows.weight[happened].sum()))
        fitting = replace(fitting, leaves=self.leaves or fitting.leaves)
        booster = grow(rows, fitting, trees=trees, obj=objective)
        hazard = CauseHazard(self.rates, bytes(booster.save_raw("json")).decode("utf-8"))
        margin = hazard.margin(rows.matrix, start, jobs=rows.jobs)
        theta = fit_beside(margin[some], *said, theta, steps=_STEPS)
        margin += inputs @ theta
        likelihood = log_likelihood(margin, happened, rows.weight)
        return likelihood, hazard, theta, margin


def _start(rates: Rates, matrix: Matrix, cut: Cut) -> npt.NDArray[np.float32]:
    """Return the complementary log-log of the plain hazards of parts of intervals."""
    return np.log(-np.log1p(-_bounded(rates.hazard(matrix))) * cut.share).astype(np.float32)


def _bounded(hazard: Numbers) -> Numbers:
    return np.clip(hazard, 1e-9, 1 - 1e-6)
