"""What is said before a book can speak: a declared median, spread and loss rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from arseg.models.classifier import check_number
from arseg.models.landmarks import check_weight, feature_names, read_features
from arseg.models.protocol import (
    LAST_DAY,
    Integers,
    Numbers,
    check_target,
    check_times,
    describe,
    not_fitted,
    revive,
    written,
)
from arseg.schema import CAUSES, PAID, DataError
from arseg.schema.shown import AsWritten

# Student's t with two degrees of freedom has its quartiles here.
_QUARTILE: Final = float(np.sqrt(2 / 3))


@dataclass(repr=False)
class DeclaredPrior(AsWritten):
    """A time-to-payment model that learns nothing: it says what was declared.

    An invoice is lost with probability ``loss_rate``. One that is not lost is paid D days after its due
    date, ``(D - median_days_late) / spread x sqrt(2/3)`` having Student's t distribution with two degrees
    of freedom: half are paid within ``spread`` days of the median, and the few that come very late have
    a closed form, ``P(D > d) = 1 / (r (r + t))`` with ``r = sqrt(2 + t^2)``. A prediction conditions on
    the item being still open: the older it is, the likelier it is one of the lost,
    ``q = L / (L + (1 - L) P(D > age))``. Lost items are written off evenly over the year; credit notes
    are not foreseen.

    Parameters
    ----------
    median_days_late
        Days after the due date by which half of the paid invoices are paid; negative before it.
    spread
        Days around the median within which half of them are paid, above 0.
    loss_rate
        Share of invoices that are never paid, from 0 to 0.99.

    Raises
    ------
    UsageError
        If a parameter is out of its range.

    Examples
    --------
    >>> DeclaredPrior(median_days_late=12.0)
    DeclaredPrior(median_days_late=12.0)
    """

    median_days_late: float = 5.0
    spread: float = 10.0
    loss_rate: float = 0.002
    causes_: tuple[int, ...] = field(default=CAUSES, init=False)
    fitted_: bool = field(default=False, init=False)

    __repr__ = written

    def __post_init__(self) -> None:
        for name, low, high in (
            ("median_days_late", -LAST_DAY, LAST_DAY),
            ("spread", 0.01, LAST_DAY),
            ("loss_rate", 0, 0.99),
        ):
            check_number(getattr(self, name), name=f"DeclaredPrior: {name}", low=low, high=high)

    def fit(self, X: pd.DataFrame, y: pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Check the rows and learn nothing; also where no item left the book yet.

        See ``TimeToPayment.fit``.
        """
        # Other models need an event. This one stands in for them where there is none.
        paid = pd.DataFrame({"event": [PAID], "duration": [1]})
        complete = sorted(map(str, y.columns)) == sorted(paid.columns)
        check_target(pd.concat([y, paid]) if complete else y)
        if len(X) != len(y):
            raise DataError(
                "X and y differ in length",
                given=f"{len(X)} and {len(y)} rows",
                allowed="equal",
                do="align them",
            )
        if len(X):
            check_weight(sample_weight, len(X))
        feature_names(X)
        self.fitted_ = True
        return self

    def predict_cumulative_incidence(self, X: pd.DataFrame, times: Sequence[int] | Integers) -> Numbers:
        """Return the conditional incidence; see ``TimeToPayment.predict_cumulative_incidence``."""
        days = check_times(times)
        if not self.fitted_:
            raise not_fitted(self)
        age = read_features(X, ["days_past_due"])
        unpaid = self._unpaid(age)
        lost = self.loss_rate / (self.loss_rate + (1 - self.loss_rate) * unpaid)
        paid = (1 - lost) * np.maximum(1 - self._unpaid(age + days) / unpaid, 0)
        return np.stack([paid, np.zeros_like(paid), lost * days / LAST_DAY], axis=1)

    def _unpaid(self, days_late: Numbers) -> Numbers:
        """Return P(a paid invoice is paid later than that)."""
        t = (days_late - self.median_days_late) / self.spread * _QUARTILE
        r = np.sqrt(2 + t**2)
        # Either form loses its digits on the other side.
        late = 1 / (r * (r + np.maximum(t, 0)))
        return np.asarray(np.where(t > 0, late, (r - t) / (2 * r)))

    def to_dict(self) -> dict[str, Any]:
        """Return the declared parameters; there is no other state."""
        if not self.fitted_:
            raise not_fitted(self)
        return describe(self, {})

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model that ``to_dict`` described."""
        model, _ = revive(cls, stored)
        model.fitted_ = True
        fitted: Self = model
        return fitted
