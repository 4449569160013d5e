"""The weighted expert score: declared, not learnt, and read with a pencil."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.classifier import admit, check_number, revive_classifier
from arseg.models.expert_bands import PUBLISHED_FACTORS, Factor
from arseg.models.landmarks import read_features
from arseg.models.protocol import Integers, Numbers, describe, written
from arseg.schema import DataError, UsageError
from arseg.schema.shown import AsWritten

# The score is calibrated by tens.
_BAND_WIDTH: Final = 10.0
_BANDS: Final = 10


@dataclass(repr=False)
class ExpertScore(AsWritten):
    """A score from 0 (safest) to 100 (riskiest): the weighted sum of declared factors.

    ``score = sum w_f (points_f - fewest_f) / (most_f - fewest_f)``; what is missing counts half its
    weight. It needs no fit. P(bad) is read by tens of the score: before a fit from a straight line in
    log-odds from ``best_rate`` to ``worst_rate``; a fit shifts that line to the book's level, mixes it with
    the observed share, ``p_b = (bad_b + k prior_b) / (n_b + k)``, and keeps it from falling as the score
    rises.

    Parameters
    ----------
    factors
        ``Factor`` s, or mappings with their fields; the weights sum to 100. By default the five published
        criteria of the weighted-score policy.
    best_rate, worst_rate
        P(bad) declared for a score of 0 and of 100.
    prior_count
        k, rows that the declared level is worth in the book, and the shifted line in each ten.

    Raises
    ------
    UsageError
        If the weights do not sum to 100, a factor or column stands twice, a declaration of a factor is
        wrong (see ``Factor``), or a rate is not between 0 and 1.

    Examples
    --------
    >>> ExpertScore(prior_count=50)
    ExpertScore(prior_count=50)
    >>> row = {"on_time_share": 0.9, "credit_score_change": 0.0, "credit_utilisation": 0.3,
    ...        "industry_late_rate": np.nan, "account_age_days": 4000.0}
    >>> ExpertScore().score(pd.DataFrame([row])).round(2).tolist()
    [27.5]
    """

    factors: Sequence[Factor | Mapping[str, Any]] = PUBLISHED_FACTORS
    best_rate: float = 0.01
    worst_rate: float = 0.5
    prior_count: float = 30.0
    rates_: tuple[float, ...] | None = field(default=None, init=False)

    __repr__ = written

    def __post_init__(self) -> None:
        self.factors = tuple(Factor.read(factor) for factor in self.factors)
        _check_factors(self._factors)
        for name, high in (("best_rate", 0.999), ("worst_rate", 0.999), ("prior_count", np.inf)):
            check_number(getattr(self, name), name=f"ExpertScore: {name}", low=1e-6, high=high)
        if self.best_rate >= self.worst_rate:
            raise UsageError(
                "ExpertScore: the best rate is not below the worst",
                given=f"{self.best_rate} and {self.worst_rate}",
                allowed="best_rate < worst_rate",
                do="exchange them",
            )

    @property
    def _factors(self) -> tuple[Factor, ...]:
        return tuple(factor for factor in self.factors if isinstance(factor, Factor))

    @property
    def columns(self) -> list[str]:
        """The columns that count; X has exactly these."""
        return [factor.column for factor in self._factors]

    def fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Calibrate P(bad) by tens of the score; see ``Classifier.fit``."""
        self._require_exact(X)
        rows = admit(X, y, sample_weight, self.columns)
        band = _band(self._added_up(rows.features))
        counts = np.bincount(band, rows.weight, _BANDS)
        bad = np.bincount(band, rows.weight * rows.bad, _BANDS)
        worth = np.asarray(counts + self.prior_count, dtype=np.float64)
        prior = self._at_level_of(counts, bad)
        mixed = np.asarray((bad + self.prior_count * prior) / worth, dtype=np.float64)
        self.rates_ = tuple(_never_falling(mixed, worth).tolist())
        return self

    def _at_level_of(self, counts: npt.NDArray[Any], bad: npt.NDArray[Any]) -> Numbers:
        """Return the declared P(bad) of each ten, shifted in log-odds to the book's level, shape (10,)."""
        from scipy.optimize import brentq

        declared = self._prior()
        expected = counts @ declared / counts.sum()
        level = (bad.sum() + self.prior_count * expected) / (counts.sum() + self.prior_count)

        def shifted(shift: float) -> Numbers:
            return 1 / (1 + (1 / declared - 1) * np.exp(-shift))

        found = brentq(lambda shift: counts @ shifted(shift) / counts.sum() - level, -50, 50, xtol=1e-12)
        return shifted(found)

    def _prior(self) -> Numbers:
        """Return the declared P(bad) at the middle of each ten, shape (10,)."""
        ends = [np.log(rate / (1 - rate)) for rate in (self.best_rate, self.worst_rate)]
        middles = (np.arange(_BANDS) + 0.5) / _BANDS
        return 1 / (1 + np.exp(-np.interp(middles, (0, 1), ends)))

    def score(self, X: pd.DataFrame) -> Numbers:
        """Return the score from 0 (safest) to 100 (riskiest), shape (rows,).

        Raises
        ------
        DataError
            If X has not exactly the declared columns.
        """
        return self.points(X).sum(axis=1).round(9).to_numpy()

    def points(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return what each factor adds to the score, between 0 and its weight; one column per factor."""
        self._require_exact(X)
        found = self._parts(read_features(X, self.columns))
        return pd.DataFrame(found, index=X.index, columns=[factor.name for factor in self._factors])

    def _parts(self, values: Numbers) -> Numbers:
        risks = [f.weight * f.risk(column) for f, column in zip(self._factors, values.T, strict=True)]
        return np.column_stack(risks)

    def _added_up(self, values: Numbers) -> Numbers:
        # Sums of tenths are not exact in binary; a score of 60 shall reach 60.
        return self._parts(values).sum(axis=1).round(9)

    def _require_exact(self, X: pd.DataFrame) -> None:
        undeclared = [str(name) for name in X.columns if name not in self.columns]
        if undeclared:
            raise DataError(
                "X has columns that no factor declares, and that would count for nothing",
                given=undeclared,
                allowed=self.columns,
                do="pass X[model.columns], or declare a factor for them",
            )

    def predict_probability(self, X: pd.DataFrame) -> Numbers:
        """Return P(bad), shape (rows,): declared before a fit, calibrated after it."""
        rates = self._prior() if self.rates_ is None else np.asarray(self.rates_)
        return rates[_band(self.score(X))]

    def explain(self, row: pd.Series) -> pd.DataFrame:
        """Return how one row comes to its score, the riskiest factor first.

        Returns
        -------
        Index ``factor``; ``band`` in words, ``points`` (they sum to the score), ``weight``.

        Examples
        --------
        >>> row = pd.Series({"on_time_share": 0.4, "credit_score_change": 0.0, "credit_utilisation": 0.3,
        ...                  "industry_late_rate": np.nan, "account_age_days": 4000.0})
        >>> print(ExpertScore().explain(row)["points"].round(1).to_dict())
        {'payment_history': 35.0, 'industry_health': 10.0, 'outstanding_balance': 5.0, ...}
        """
        X = pd.DataFrame([row]).infer_objects()
        points = self.points(X).iloc[0]
        values = read_features(X, self.columns)[0]
        found = [
            (f.name, f.band_name(int(f.place(values[[at]])[0])), points.iloc[at], float(f.weight))
            for at, f in enumerate(self._factors)
        ]
        ordered = sorted(found, key=lambda line: (-line[2], line[0]))
        return pd.DataFrame(ordered, columns=["factor", "band", "points", "weight"]).set_index("factor")

    def to_dict(self) -> dict[str, Any]:
        """Return the declaration and the calibrated rates; a score without a fit is stored too."""
        stored = describe(self, {"rates": None if self.rates_ is None else list(self.rates_)})
        stored["parameters"]["factors"] = [asdict(factor) for factor in self._factors]
        for factor in stored["parameters"]["factors"]:
            factor["bands"] = list(factor["bands"])
        return stored

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the score that ``to_dict`` described."""
        model, state = revive_classifier(cls, stored)
        rates = state["rates"]
        model.rates_ = None if rates is None else tuple(float(rate) for rate in rates)
        fitted: Self = model
        return fitted


def _band(score: Numbers) -> Integers:
    """Return the ten of each score, 100 in the last."""
    return np.minimum(score // _BAND_WIDTH, _BANDS - 1).astype(np.int64)


def _never_falling(rates: Numbers, weight: Numbers) -> Numbers:
    """Return the closest rates that never fall from ten to ten (pool adjacent violators)."""
    from scipy.optimize import isotonic_regression

    # Rounding in a pooled mean may leave a step of 1e-17 the wrong way.
    return np.maximum.accumulate(np.asarray(isotonic_regression(rates, weights=weight).x))


def _check_factors(factors: tuple[Factor, ...]) -> None:
    total = sum(factor.weight for factor in factors)
    if abs(total - 100) > 1e-9:
        raise UsageError(
            "ExpertScore: the weights do not sum to 100",
            given=f"{ {factor.name: factor.weight for factor in factors} }, together {total:g}",
            allowed="100",
            do="scale them so that they sum to 100",
        )
    for what, names in (("factor", [f.name for f in factors]), ("column", [f.column for f in factors])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(
                f"ExpertScore: a {what} stands twice", given=twice, allowed="once", do="drop one"
            )
