"""Features as a linear model wants them: filled, tamed, on one scale, none said twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import numpy as np

from arseg.models.protocol import Integers, Numbers

# Values beyond these quantiles count as the quantile.
_TAILS: Final = (0.005, 0.995)
# A column that is never negative and whose 99 % quantile exceeds so many medians enters as log(1 + x).
_SKEWED: Final = 10.0
# A column is dropped where the earlier ones explain all but this share of its variance.
_NEW_SHARE: Final = 1e-6


@dataclass(frozen=True)
class Column:
    """How one feature becomes one column.

    Parameters
    ----------
    place
        Position among the features.
    kind
        ``value``, ``log`` for log(1 + x), or ``missing`` for 1 where there is no value.
    fill
        Stands for a missing value: the median.
    low, high
        Values beyond count as these.
    mean, spread
        After filling and cutting; a column is (x - mean) / spread.
    """

    place: int
    kind: str
    fill: float = 0.0
    low: float = 0.0
    high: float = 1.0
    mean: float = 0.0
    spread: float = 1.0

    def raw(self, values: Numbers) -> Numbers:
        """Return the column before it is standardised, shape (rows,)."""
        found = values[:, self.place]
        if self.kind == "missing":
            return np.isnan(found).astype(np.float64)
        cut = np.clip(np.where(np.isnan(found), self.fill, found), self.low, self.high)
        return np.log1p(cut) if self.kind == "log" else cut


@dataclass(frozen=True)
class Standardised:
    """Columns of mean 0 and spread 1, made from features with missing values and long tails.

    Examples
    --------
    >>> features = np.array([[1.0, 7.0], [3.0, 7.0], [np.nan, 7.0]])
    >>> columns = fit_columns(features, np.ones(3))
    >>> [(column.place, column.kind) for column in columns.columns]
    [(0, 'value'), (0, 'missing')]
    """

    columns: tuple[Column, ...]

    def matrix(self, values: Numbers) -> Numbers:
        """Return the columns, shape (rows, columns)."""
        made = np.empty((len(values), len(self.columns)))
        for place, column in enumerate(self.columns):
            made[:, place] = (column.raw(values) - column.mean) / column.spread
        return made

    def to_list(self) -> list[dict[str, Any]]:
        """Return JSON-safe data."""
        return [asdict(column) for column in self.columns]

    @classmethod
    def from_list(cls, stored: list[Mapping[str, Any]]) -> Self:
        """Return the columns that ``to_list`` described."""
        return cls(tuple(Column(**column) for column in stored))


def fit_columns(values: Numbers, weight: Numbers, skip: tuple[int, ...] = ()) -> Standardised:
    """Learn fills, cuts and scales; constant and collinear columns are left out.

    Parameters
    ----------
    values
        Features, NaN where missing, shape (rows, features).
    weight
        Weight of each row, shape (rows,).
    skip
        Positions of features that are no columns.
    """
    drafts = [
        draft
        for place in range(values.shape[1])
        if place not in skip
        for draft in _drafts(values, weight, place)
    ]
    scaled = [found for draft in drafts if (found := _scaled(draft, values, weight)) is not None]
    every = Standardised(tuple(scaled))
    return Standardised(tuple(scaled[place] for place in _independent(every.matrix(values), weight)))


def _drafts(values: Numbers, weight: Numbers, place: int) -> list[Column]:
    known = ~np.isnan(values[:, place])
    if not known.any():
        return []
    found, mass = values[known, place], weight[known]
    low, median, high, tail = _quantiles(found, mass, (_TAILS[0], 0.5, _TAILS[1], 0.99))
    if low == high:
        # A rare flag lies wholly in the tail.
        low, high = float(found.min()), float(found.max())
    kind = "log" if found.min() >= 0 and tail > _SKEWED * median else "value"
    gaps = [] if known.all() else [Column(place, "missing")]
    return [Column(place, kind, median, low, high), *gaps]


def _quantiles(found: Numbers, weight: Numbers, shares: tuple[float, ...]) -> list[float]:
    order = np.argsort(found, kind="stable")
    reached = np.cumsum(weight[order])
    places = np.searchsorted(reached, np.asarray(shares) * reached[-1])
    return [float(value) for value in found[order][np.minimum(places, len(found) - 1)]]


def _scaled(draft: Column, values: Numbers, weight: Numbers) -> Column | None:
    raw = draft.raw(values)
    mean = float(np.average(raw, weights=weight))
    spread = float(np.sqrt(np.average((raw - mean) ** 2, weights=weight)))
    if spread <= 1e-9 * max(1.0, abs(mean)):
        return None
    return Column(draft.place, draft.kind, draft.fill, draft.low, draft.high, mean, spread)


def _independent(matrix: Numbers, weight: Numbers) -> list[int]:
    """Return the columns that the kept ones before them do not determine (Cholesky, row by row)."""
    gram = (matrix * weight[:, None]).T @ matrix / weight.sum()
    kept: list[int] = []
    lower = np.zeros_like(gram)
    for place in range(len(gram)):
        size = len(kept)
        row = np.zeros(size)
        for step, earlier in enumerate(kept):
            row[step] = (gram[place, earlier] - row[:step] @ lower[step, :step]) / lower[step, step]
        left = gram[place, place] - row @ row
        if left > _NEW_SHARE:
            lower[size, :size], lower[size, size] = row, np.sqrt(left)
            kept.append(place)
    return kept


def strongest(matrix: Numbers, residual: Numbers, weight: Numbers, limit: int) -> Integers:
    """Return the columns that speak most of what a model without them leaves over, in their order.

    By the squared score ``(sum_i w_i r_i z_ij)^2 / sum_i w_i r_i^2 z_ij^2``.

    Parameters
    ----------
    matrix
        Standardised columns, shape (rows, columns).
    residual
        Seen minus expected events of each row, shape (rows,).
    weight
        Of each row, shape (rows,).
    limit
        How many columns to return at most.

    Examples
    --------
    >>> columns = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])
    >>> strongest(columns, np.array([0.9, -0.9, 0.8]), np.ones(3), limit=1).tolist()
    [0]
    """
    score = (weight * residual) @ matrix
    spread = (weight * residual**2) @ matrix**2
    ranked = np.argsort(-(score**2) / np.maximum(spread, 1e-300), kind="stable")
    return np.sort(ranked[:limit]).astype(np.int64)
