"""How items leave together: a customer's own pace and payment runs, the book's pace, and good and bad weeks.

Every item leaves when the hazard that it has met exceeds a unit exponential. All items of a customer meet it at the
customer's pace V, all items of the book at the book's pace B, and in week w at that week's pace W_w: gamma variables
of mean one. So ``P(open after week w | V, B, W) = exp(-V B sum_v h_v W_v)``. Averaged over the paces this must be the
item's own curve, or the forecast would contradict the model: with V B nearly gamma of variance ``tau``,
``E exp(-V B H) = (1 + tau H)^(-1/tau)``, hence ``H = (S^-tau - 1) / tau`` (Clayton 1978; Hougaard 2000, shared frailty).

A payment run pays, or skips, everything that is due: with some chance an item takes its customer's exponential instead
of one of its own. That changes no item's own curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from arseg.schema import UsageError
from arseg.schema.shown import AsWritten

Values = npt.NDArray[np.float64]

# Of an item that has surely left, this much is taken to be left: a hazard has to be finite.
_LEAST: Final = 1e-7


@dataclass(frozen=True)
class Dependence(AsWritten):
    """Variances of the paces, each around a mean of one, and how often items follow their customer.

    Parameters
    ----------
    customer
        Variance of a customer's pace.
    book
        Variance of the pace of the whole book over all weeks.
    week
        Variance of the pace of each week alone.
    together
        Chance that an item shares its customer's luck; two items do with its square.

    Raises
    ------
    UsageError
        If a variance is negative or no number, or the chance is none.

    Examples
    --------
    >>> Dependence(customer=0.5, book=0.0).lasting
    0.5
    """

    customer: float = 0.25
    book: float = 0.01
    week: float = 0.01
    together: float = 0.5

    def __post_init__(self) -> None:
        variances = (self.customer, self.book, self.week)
        if not (all(np.isfinite(v) and v >= 0 for v in variances) and 0 <= self.together <= 1):
            raise UsageError(
                "a variance of the paces is negative or no number, or together is no chance",
                given=f"customer={self.customer}, book={self.book}, week={self.week}, together={self.together}",
                allowed="variances of 0 or more, together from 0 to 1",
                do="write 0 for independence",
                code="dependence",
            )

    @property
    def lasting(self) -> float:
        """Variance of the product of a customer's and the book's pace."""
        return (1 + self.customer) * (1 + self.book) - 1

    def hazards(self, open_after: npt.ArrayLike) -> Values:
        """Return the cumulative hazard at pace one that gives each curve back on average over the lasting paces.

        Parameters
        ----------
        open_after
            P(still open after each time), any shape.
        """
        left = np.clip(np.asarray(open_after, dtype=np.float64), _LEAST, 1.0)
        tau = self.lasting
        return np.asarray(-np.log(left) if tau < 1e-9 else np.expm1(-tau * np.log(left)) / tau)

    def stretched(self, before: npt.ArrayLike, within: npt.ArrayLike) -> Values:
        """Return a week's hazard such that its curve holds on average over the week's pace too.

        ``E exp(-V h W) = (1 + s V h)^(-1/s)`` is above ``exp(-V h)``; solved at the mean V of those still open,
        ``1 / (1 + tau H)``.

        Parameters
        ----------
        before, within
            Hazard before the week and in it, at pace one.
        """
        hazard = np.asarray(within, dtype=np.float64)
        if self.week < 1e-9:
            return hazard
        pace = 1 / (1 + self.lasting * np.asarray(before, dtype=np.float64))
        met = np.minimum(self.week * pace * hazard, 1.0)
        return np.asarray(hazard * np.where(met > 1e-12, np.expm1(met) / np.maximum(met, 1e-12), 1.0))

    def paces(self, rng: np.random.Generator, draws: int, weeks: int) -> npt.NDArray[np.float32]:
        """Return the pace of the book times that of each week, shape (draws, weeks)."""
        book = gamma_of(rng, self.book, (draws, 1))
        return (book * gamma_of(rng, self.week, (draws, weeks))).astype(np.float32)


def gamma_of(rng: np.random.Generator, variance: float, shape: tuple[int, ...]) -> Values:
    """Return gamma variables of mean one; ones where the variance is zero.

    Examples
    --------
    >>> gamma_of(np.random.default_rng(1), 0.0, (2,)).tolist()
    [1.0, 1.0]
    """
    if variance < 1e-9:
        return np.ones(shape)
    return np.asarray(rng.standard_gamma(1 / variance, shape) * variance)
