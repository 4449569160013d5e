"""How long a book takes to learn what happened, as it could have known it on a day (science 4.1).

Outcomes younger than this are not yet known, and a model that took them for unpaid would learn the delay of the
posting clerk.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from arseg.backtest.plan import Plan
from arseg.ledger import Ledger
from arseg.ledger.visibility import attached, day_literal

SHARE: Final = 0.95
# Payments of the last two months have shown their short lags only; those of before have shown nearly all.
SETTLED: Final = 60
WINDOW: Final = 365
FEWEST: Final = 100


@dataclass(frozen=True)
class Embargo:
    """The days kept free between what a model learns from and its key date.

    Parameters
    ----------
    key_date
        The day stood on.
    days
        The embargo.
    measured
        The 95th percentile of the posting lag, days; None where it cannot be measured.
    payments
        How many payments it was measured on.
    declared
        Whether the days are those of the plan.
    """

    key_date: dt.date
    days: int
    measured: int | None
    payments: int
    declared: bool

    @property
    def words(self) -> str:
        """The embargo in a sentence, and whether the book keeps to it."""
        if self.measured is None:
            return (
                f"embargo {self.days} days, as declared: the posting lag cannot be measured on {self.key_date}"
                f" ({self.payments} payments with a posting day of their own)"
            )
        said = f"95 % of {self.payments} payments were posted within {self.measured} days, as known on {self.key_date}"
        if not self.declared:
            return f"embargo {self.days} days: {said}"
        short = "; that is longer than the embargo" if self.measured > self.days else ""
        return f"embargo {self.days} days, as declared; {said}{short}"


def embargo_at(ledger: Ledger, key_date: dt.date, plan: Plan) -> Embargo:
    """Return the embargo of a key date, from what the ledger knew by then.

    Parameters
    ----------
    ledger
        The ledger.
    key_date
        The day we stand on.
    plan
        Says whether the lag is measured, and the days where it is not.
    """
    lags = posting_lags(ledger, key_date)
    measured = None if len(lags) < FEWEST else int(np.quantile(lags, SHARE, method="inverted_cdf"))
    declared = plan.embargo == "declared" or measured is None
    days = plan.settle_lag_days if declared or measured is None else measured
    return Embargo(key_date, days, measured, len(lags), declared)


def posting_lags(ledger: Ledger, key_date: dt.date) -> np.ndarray:
    """Return the days from value date to posting of the payments of a year that ended 60 days before.

    Corrections of earlier rows are left out. Empty where the ledger has no second clock: it was assumed there, and
    a lag of zero would be a fiction.
    """
    if "postings" in ledger.assumed_clocks:
        return np.zeros(0, dtype=np.int64)
    last = key_date - dt.timedelta(days=SETTLED)
    first = last - dt.timedelta(days=WINDOW)
    with attached(ledger) as engine:
        frame = engine.frame(
            f"""
            SELECT days_between(value_date, known_on) AS lag FROM book.postings
            WHERE known_on <= {day_literal(key_date)} AND kind = 'payment' AND restates IS NULL
                AND value_date > {day_literal(first)} AND value_date <= {day_literal(last)}
            """
        )
    return frame["lag"].to_numpy(dtype=np.int64)
