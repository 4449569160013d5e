"""The points scorecard: a sheet of paper that a credit manager can read, add up and contest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.binning import BinRules, Bins, best_bins, make_bins
from arseg.models.card_features import uncorrelated, weigh
from arseg.models.classifier import (
    LabelledRows,
    admit,
    check_monotone,
    check_number,
    require_declared,
    revive_classifier,
)
from arseg.models.landmarks import read_features
from arseg.models.protocol import Integers, Numbers, describe, not_fitted, written
from arseg.schema.shown import AsWritten

# The line of the card that every row gets before any feature speaks.
BASE: Final = "base"


@dataclass(frozen=True)
class Line:
    """One feature of the card: its bins and the coefficient of its weight of evidence, above 0."""

    name: str
    bins: Bins
    coefficient: float


@dataclass(repr=False)
class Scorecard(AsWritten):
    """Logistic regression on the weight of evidence of monotone bins, scaled to points.

    A feature enters when its information value reaches ``min_iv``; of two whose weights of evidence
    correlate beyond ``max_correlation`` the stronger stays, and of the rest the ``max_features``
    strongest. One whose coefficient turns against its own bins is dropped and the rest fitted again. The
    log-odds of good, ``a + sum b_j woe_j``, become points: ``base_points`` at odds of ``base_odds`` good
    to one bad, and ``double_odds`` more for each doubling. The points of a bin are whole numbers and what
    ``points`` adds up; the probability comes from the unrounded log-odds. Where no feature enters, the
    card is its base.

    Parameters
    ----------
    prebins
        Quantile bins to start from.
    max_bins
        Most bins of a feature beside the missing one: a card is read.
    min_share
        Least share of rows in a bin; the missing bin may be smaller.
    min_events
        Least weight of bad rows in a bin; the missing bin may have fewer.
    smoothing
        Rows of the book's own mix that are added to each bin, and to the regression.
    min_iv
        Least information value of a feature; below 0.02 one is commonly called unpredictive.
    max_correlation
        Greatest correlation of two features' weights of evidence, without its sign.
    max_features
        Most features of the card: it is read.
    monotone
        By column: 1 where a higher value may only raise the risk, -1 where it may only lower it; by
        default the direction that tells more.
    base_points, base_odds, double_odds
        The scale: points at the base odds (good to one bad), and points that double the odds.

    Raises
    ------
    UsageError
        If a parameter is out of its range.

    Examples
    --------
    >>> Scorecard(base_points=500)
    Scorecard(base_points=500)
    """

    prebins: int = 20
    max_bins: int = 6
    min_share: float = 0.05
    min_events: float = 5.0
    smoothing: float = 10.0
    min_iv: float = 0.02
    max_correlation: float = 0.7
    max_features: int = 15
    monotone: Mapping[str, int] | None = None
    base_points: float = 600.0
    base_odds: float = 50.0
    double_odds: float = 20.0
    lines_: tuple[Line, ...] = field(default=(), init=False)
    intercept_: float | None = field(default=None, init=False)
    book_: tuple[float, float] = field(default=(0.0, 0.0), init=False)

    __repr__ = written

    def __post_init__(self) -> None:
        for name, low, high in (
            ("prebins", 2, 1000),
            ("max_bins", 2, 100),
            ("min_share", 0, 0.5),
            ("min_events", 0, np.inf),
            ("smoothing", 0, np.inf),
            ("min_iv", 0, np.inf),
            ("max_correlation", 0, 1),
            ("max_features", 1, 1000),
            ("base_points", -1e6, 1e6),
            ("base_odds", 1e-6, 1e6),
            ("double_odds", 1e-6, 1e6),
        ):
            check_number(getattr(self, name), name=f"Scorecard: {name}", low=low, high=high)
        check_monotone(self.monotone, model="Scorecard")

    def fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Make the bins, choose the features and weigh them; see ``Classifier.fit``.

        Raises
        ------
        DataError
            Also if the features part good from bad without an error, which takes a smoothing of 0.
        """
        rows = admit(X, y, sample_weight)
        require_declared(dict(self.monotone or {}), rows.names)
        binned = {name: self._bin(rows, column) for column, name in enumerate(rows.names)}
        evidence = {name: self._evidence(rows, name, binned[name]) for name in self._strong(binned)}
        kept = uncorrelated(evidence, rows.weight, limit=self.max_correlation)[: self.max_features]
        levels = {name: binned[name].weight_of_evidence(self.smoothing) for name in kept}
        self.intercept_, coefficients = weigh(
            {name: evidence[name] for name in kept}, rows, levels, self.smoothing
        )
        self.lines_ = tuple(Line(name, binned[name], slope) for name, slope in coefficients.items())
        self.book_ = (rows.bad_weight, rows.good_weight)
        return self

    def _bin(self, rows: LabelledRows, column: int) -> Bins:
        rules = BinRules(self.prebins, self.max_bins, self.min_share, self.min_events)
        told = rows.features[:, column], rows.bad, rows.weight, rules
        direction = dict(self.monotone or {}).get(rows.names[column])
        return best_bins(*told, self.smoothing) if direction is None else make_bins(*told, direction)

    def _strong(self, binned: dict[str, Bins]) -> list[str]:
        """Return the features that tell enough, the strongest first."""
        # Rounded, so that equal features stand by their names and not by the last bit of a sum.
        told = {n: round(float(b.information_value(self.smoothing).sum()), 9) for n, b in binned.items()}
        return sorted((name for name in told if told[name] >= self.min_iv), key=lambda n: (-told[n], n))

    def _evidence(self, rows: LabelledRows, name: str, bins: Bins) -> Numbers:
        place = bins.place(rows.features[:, rows.names.index(name)])
        return bins.weight_of_evidence(self.smoothing)[place]

    def _log_odds(self, X: pd.DataFrame) -> Numbers:
        """Return the log-odds of good, shape (rows,)."""
        if self.intercept_ is None:
            raise not_fitted(self)
        found = np.full(len(X), self.intercept_)
        for line, place in zip(self.lines_, self._placed(X).T, strict=True):
            found += line.coefficient * line.bins.weight_of_evidence(self.smoothing)[place]
        return found

    def _placed(self, X: pd.DataFrame) -> Integers:
        values = read_features(X, [line.name for line in self.lines_])
        columns = [line.bins.place(column) for line, column in zip(self.lines_, values.T, strict=True)]
        return np.column_stack(columns) if columns else np.zeros((len(X), 0), dtype=np.int64)

    def predict_probability(self, X: pd.DataFrame) -> Numbers:
        """Return P(bad), shape (rows,)."""
        return 1 / (1 + np.exp(self._log_odds(X)))

    @property
    def _factor(self) -> float:
        """Points per unit of log-odds."""
        return self.double_odds / float(np.log(2))

    def _base(self) -> int:
        if self.intercept_ is None:
            raise not_fitted(self)
        return round(self.base_points + self._factor * (self.intercept_ - float(np.log(self.base_odds))))

    def _line_points(self, line: Line) -> Integers:
        """Return the whole points of each bin, the missing bin last."""
        evidence = line.bins.weight_of_evidence(self.smoothing)
        return np.rint(self._factor * line.coefficient * evidence).astype(np.int64)

    def points(self, X: pd.DataFrame) -> Integers:
        """Return the points of each row, more for the safer, shape (rows,)."""
        base, placed = self._base(), self._placed(X)
        found = np.full(len(X), base, dtype=np.int64)
        for line, place in zip(self.lines_, placed.T, strict=True):
            found += self._line_points(line)[place]
        return found

    def explain(self, row: pd.Series) -> pd.Series:
        """Return the points of one row by feature, after the base the worst first; they sum to its points.

        Parameters
        ----------
        row
            One row of X, such as ``X.iloc[0]``.
        """
        base = self._base()
        X = pd.DataFrame([row]).infer_objects()
        placed = self._placed(X)[0]
        found = {line.name: self._line_points(line)[at] for line, at in zip(self.lines_, placed, strict=True)}
        worst_first = sorted(found, key=lambda name: (found[name], name))
        return pd.Series(
            {BASE: base, **{name: found[name] for name in worst_first}}, name="points", dtype=int
        )

    def table(self) -> pd.DataFrame:
        """Return the card as it is read.

        Returns
        -------
        One row per bin, the strongest feature first, after the base: ``feature``, ``bin``, ``share`` of
        the training rows, ``bad_rate`` (NaN where no row was), ``woe``, ``iv`` (the bin's part),
        ``points``.
        """
        base, total = self._base(), sum(self.book_)
        whole = (BASE, "every row", 1.0, self.book_[0] / total, 0.0, 0.0, base)
        return pd.DataFrame(
            [whole, *(row for line in self.lines_ for row in self._line_rows(line, total))],
            columns=["feature", "bin", "share", "bad_rate", "woe", "iv", "points"],
        )

    def _line_rows(self, line: Line, total: float) -> list[tuple[object, ...]]:
        bad, rows = np.asarray(line.bins.bad), np.add(line.bins.bad, line.bins.good)
        rate = np.divide(bad, rows, out=np.full(len(rows), np.nan), where=rows > 0)
        woe, value = (f(self.smoothing) for f in (line.bins.weight_of_evidence, line.bins.information_value))
        found = (line.bins.names, rows / total, rate, woe, value, self._line_points(line))
        return [(line.name, *row) for row in zip(*found, strict=True)]

    def to_dict(self) -> dict[str, Any]:
        """Return the bins with their counts, the coefficients and the intercept."""
        if self.intercept_ is None:
            raise not_fitted(self)
        lines = [
            {"name": ln.name, "bins": ln.bins.to_dict(), "coefficient": ln.coefficient} for ln in self.lines_
        ]
        return describe(self, {"lines": lines, "intercept": self.intercept_, "book": list(self.book_)})

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        model, state = revive_classifier(cls, stored)
        model.lines_ = tuple(
            Line(str(line["name"]), Bins.from_dict(line["bins"]), float(line["coefficient"]))
            for line in state["lines"]
        )
        bad, good = state["book"]
        model.intercept_, model.book_ = float(state["intercept"]), (float(bad), float(good))
        fitted: Self = model
        return fitted
