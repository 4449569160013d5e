"""The form in which an expert declares a factor: a weight, a direction, and bands with their points."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal, Self

import numpy as np

from arseg.models.protocol import Numbers
from arseg.schema import UsageError

# What is not known counts as neither good nor bad, as in the weighted-score policy.
NEUTRAL: Final = 0.5

Direction = Literal["rising", "falling"]


@dataclass(frozen=True)
class Band:
    """Values of a column that get the same points.

    Parameters
    ----------
    points
        On any scale; more is riskier.
    at_least
        Lowest value of the band; None where it has no lower end.
    below
        First value above the band; None where it has no upper end.
    """

    points: float
    at_least: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Factor:
    """One criterion of an expert score.

    Parameters
    ----------
    name
        What a reader calls it.
    column
        The column of X that it reads.
    weight
        Its part of the 100 that all factors share.
    direction
        ``rising`` where a higher value may only raise the points, ``falling`` where it may only lower them.
    bands
        From the lowest values to the highest, meeting each other without a gap; the first has no lower end,
        the last no upper one.

    Raises
    ------
    UsageError
        If the weight is not above 0, the direction is unknown, bands overlap or leave a gap, or their
        points do not run in the direction.

    Examples
    --------
    >>> bands = (Band(0, below=30), Band(2, at_least=30, below=90), Band(4, at_least=90))
    >>> factor = Factor("oldest item", "oldest_days_past_due", 40, "rising", bands)
    >>> factor.risk(np.array([10.0, 30.0, 200.0, np.nan])).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """

    name: str
    column: str
    weight: float
    direction: Direction
    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "bands", tuple(map(_read_band, self.bands)))
        if not _number(self.weight) or self.weight <= 0:
            self._refuse("the weight is not above 0", self.weight, "a number above 0", "leave out the factor")
        if self.direction not in ("rising", "falling"):
            self._refuse("the direction is unknown", self.direction, "rising or falling", "name one of them")
        if len(self.bands) < 2:
            self._refuse("too few bands", len(self.bands), ">= 2", "add one, or leave out the factor")
        self._check_ends()
        self._check_points()

    def _check_ends(self) -> None:
        first, last = self.bands[0], self.bands[-1]
        if first.at_least is not None or last.below is not None:
            given = f"from {first.at_least} to {last.below}"
            self._refuse(
                "the bands do not cover every value", given, "open ends", "leave out both outer limits"
            )
        for left, right in pairwise(self.bands):
            given = f"{left} and {right}"
            if left.below is None or right.at_least is None or left.below > right.at_least:
                self._refuse("bands overlap", given, "each begins where the one before ends", "move a limit")
            elif left.below < right.at_least:
                self._refuse("bands leave a gap", given, "each begins where the one before ends", "close it")
            elif left.at_least is not None and left.at_least >= left.below:
                self._refuse("a band is empty", str(left), "at_least < below", "order the bands by value")

    def _check_points(self) -> None:
        points = [band.points for band in self.bands]
        steps = np.diff(points if self.direction == "rising" else points[::-1])
        if (steps < 0).any() or not steps.any():
            self._refuse(
                f"the points are not {self.direction}",
                points,
                "points in the declared direction, not all equal",
                "change the direction or the points",
            )

    def _refuse(self, what: str, given: object, allowed: str, do: str) -> None:
        raise UsageError(f"factor {self.name!r}: {what}", given=given, allowed=allowed, do=do)

    def place(self, values: Numbers) -> np.ndarray:
        """Return the position of each value's band, -1 where it is missing, shape (rows,)."""
        edges = np.array([band.at_least for band in self.bands[1:]], dtype=np.float64)
        return np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))

    def risk(self, values: Numbers) -> Numbers:
        """Return the points of each value from 0 (fewest) to 1 (most), 0.5 where it is missing."""
        points = np.array([band.points for band in self.bands], dtype=np.float64)
        shares = (points - points.min()) / (points.max() - points.min())
        place = self.place(values)
        return np.where(place < 0, NEUTRAL, shares[place])

    def band_name(self, place: int) -> str:
        """Return what a reader calls a band.

        Examples
        --------
        >>> PUBLISHED_FACTORS[0].band_name(0), PUBLISHED_FACTORS[0].band_name(-1)
        ('below 0.5', 'unknown')
        """
        if place < 0:
            return "unknown"
        band = self.bands[place]
        ends = (("from", band.at_least), ("below", band.below))
        return " ".join(f"{word} {value:g}" for word, value in ends if value is not None)

    @classmethod
    def read(cls, declared: Any) -> Self:
        """Return the factor that a mapping of plain values declares.

        Raises
        ------
        UsageError
            If a key is unknown or missing.
        """
        if isinstance(declared, cls):
            return declared
        factor: Self = _read(cls, declared, ("name", "column", "weight", "direction", "bands"), ())
        return factor


def _read_band(declared: Any) -> Band:
    band = (
        declared if isinstance(declared, Band) else _read(Band, declared, ("points",), ("at_least", "below"))
    )
    ends = [value for value in (band.at_least, band.below) if value is not None]
    if not all(map(_number, [band.points, *ends])):
        raise UsageError(
            "a band has a value that is not a number", given=band, allowed="numbers", do="mend it"
        )
    made: Band = band
    return made


def _read(kind: Any, declared: Any, needed: Sequence[str], more: Sequence[str]) -> Any:
    keys = list(declared) if isinstance(declared, Mapping) else []
    allowed = (*needed, *more)
    unknown, missing = [k for k in keys if k not in allowed], [k for k in needed if k not in keys]
    if unknown or missing:
        near = difflib.get_close_matches(str(unknown[0]), allowed, n=1) if unknown else []
        raise UsageError(
            f"a {kind.__name__.lower()} has unknown keys {unknown} or lacks {missing}",
            given=declared,
            allowed=", ".join(allowed),
            do=f"write {near[0]!r} for {unknown[0]!r}" if near else "name exactly these keys",
        )
    return kind(**declared)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def _factor(name: str, column: str, weight: float, direction: Direction, edges: Sequence[float]) -> Factor:
    """Return a factor whose bands rise or fall in equal steps."""
    ends = [None, *edges, None]
    points = [100.0 * step / len(edges) for step in range(len(edges) + 1)]
    ordered = points if direction == "rising" else points[::-1]
    bands = (Band(point, low, high) for point, (low, high) in zip(ordered, pairwise(ends), strict=True))
    return Factor(name, column, weight, direction, tuple(bands))


# The five published criteria and weights of the weighted-score policy, in bands.
PUBLISHED_FACTORS: Final[tuple[Factor, ...]] = (
    _factor("payment_history", "on_time_share", 35, "falling", (0.5, 0.7, 0.85, 0.95)),
    _factor("credit_trend", "credit_score_change", 15, "falling", (-30, -10, 0, 10)),
    _factor("outstanding_balance", "credit_utilisation", 20, "rising", (0.25, 0.5, 0.75, 1.0)),
    _factor("industry_health", "industry_late_rate", 20, "rising", (0.2, 0.35, 0.5, 0.65)),
    _factor("account_age", "account_age_days", 10, "falling", (183, 365, 730, 1826)),
)
