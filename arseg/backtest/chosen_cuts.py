"""Policies whose cuts are chosen as the backtest walks, and frozen until it may choose again (science 4.1).

Cuts that were tuned on the years on which they are judged flatter themselves. Here a choice sees what the book knew on
the day of a refit, and nothing of what came: amounts and scores, no outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from arseg.policies import Effort, Policy, RiskTiers, cuts_from_cost
from arseg.schema import DataError, UsageError, require_columns
from arseg.schema.shown import AsWritten

# Two cuts on one value leave no Medium; the nearest that are not equal.
_APART: Final = 1e-9


@runtime_checkable
class Choosing(Protocol):
    """A rule that makes a policy of the customer scores known on the day of a refit."""

    def choose(self, scores: pd.DataFrame) -> Policy:
        """Return the policy that holds from that day on."""
        ...


@dataclass(frozen=True)
class CostCuts(AsWritten):
    """Risk tiers cut where a treatment pays for itself, at the balance of a typical customer.

    Parameters
    ----------
    minute_cost
        What a collector's minute costs, reporting currency.
    high, medium
        What the treatments of the segments take and give.
    low
        Of Low; it costs and brings nothing where None.

    Examples
    --------
    >>> cuts = CostCuts(0.5, Effort(lift=0.2, minutes=12), Effort(lift=0.05, cost=0.4))
    >>> cuts.choose(pd.DataFrame({"open_balance": [100.0, 250.0, 900.0]}))
    RiskTiers(medium_from=0.032, high_from=0.149333)
    """

    minute_cost: float
    high: Effort
    medium: Effort
    low: Effort | None = None

    def choose(self, scores: pd.DataFrame) -> Policy:
        """Return the tiers for the median balance of those who owe.

        Raises
        ------
        DataError
            If nobody owes.
        UsageError
            If a treatment pays at no probability.
        """
        require_columns(scores.columns, ("open_balance",), frame="customer scores")
        owed = scores.loc[scores["open_balance"] > 0, "open_balance"]
        if owed.empty:
            raise _nobody()
        cuts = cuts_from_cost(
            amount=float(owed.median()),
            minute_cost=self.minute_cost,
            high=self.high,
            medium=self.medium,
            low=self.low,
        )
        return RiskTiers(medium_from=round(cuts.medium_from, 6), high_from=round(cuts.high_from, 6))


@dataclass(frozen=True)
class ShareCuts(AsWritten):
    """Risk tiers cut so that given shares of the customers are High and Medium, as a desk of given hours would.

    Parameters
    ----------
    high, medium
        Shares of the customers, above 0 and less than 1 together.

    Raises
    ------
    UsageError
        If the shares are out of range.

    Examples
    --------
    >>> ShareCuts(0.25, 0.25).choose(pd.DataFrame({"p_unpaid_30": [0.1, 0.2, 0.4, 0.8]}))
    RiskTiers(medium_from=0.4, high_from=0.8)
    """

    high: float
    medium: float

    def __post_init__(self) -> None:
        if min(self.high, self.medium) <= 0 or self.high + self.medium >= 1:
            raise UsageError(
                "ShareCuts: the shares are out of range",
                given=f"high={self.high}, medium={self.medium}",
                allowed="both above 0, together below 1",
                do="write ShareCuts(0.1, 0.2)",
            )

    def choose(self, scores: pd.DataFrame) -> Policy:
        """Return the tiers that would have given these shares on the day; ties may give a little more.

        Raises
        ------
        DataError
            If there is no customer.
        """
        require_columns(scores.columns, ("p_unpaid_30",), frame="customer scores")
        risk = np.sort(scores["p_unpaid_30"].to_numpy(dtype=np.float64))[::-1]
        if not len(risk):
            raise _nobody()
        places = [max(round(share * len(risk)), 1) - 1 for share in (self.high, self.high + self.medium)]
        high, medium = (float(risk[place]) for place in places)
        high = max(high, _APART)
        return RiskTiers(medium_from=medium if medium < high else high - _APART, high_from=high)


def _nobody() -> DataError:
    return DataError(
        "no customer to choose cuts by",
        given="no customer with an open balance",
        allowed="one or more",
        do="choose a later key date",
    )
