"""Segments by how much is open: the ABC analysis of many credit desks, and another policy to beat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from arseg.policies.checks import check_thresholds, checked_choice, checked_number
from arseg.policies.policy import admit, as_written, plain_parameters, rules, segmentation, tiers
from arseg.schema.shown import AsWritten

_OF: Final = ("open_balance", "overdue_balance", "expected_loss")
_BY: Final = ("quantile", "amount")
_TIES: Final = ("down", "up")


@dataclass(frozen=True)
class BalanceBands(AsWritten):
    """Segment by balance: High where it reaches the upper boundary, Medium the lower one, else Low.

    Customers with the same balance are never parted, so a quantile cannot always be met. With ties
    ``down`` the boundary is the smallest balance that at least that share of the customers stay below:
    the upper segment is never larger than declared, and nobody is in it where no balance is that
    rare. With ties ``up`` it is the largest balance that at least the rest reach: the upper segment is never
    smaller than declared. Without ties both say the same, whenever the share is a whole number of customers.

    Parameters
    ----------
    medium_from
        Share of customers below Medium, or amount from which a customer is Medium.
    high_from
        Share of customers below High, or amount from which a customer is High.
    by
        Whether the two are quantiles of this book or amounts in the reporting currency.
    ties
        Where customers with the same balance go when a quantile falls among them.
    of
        The column of the scores that is banded.

    Raises
    ------
    UsageError
        Unless medium_from < high_from, both between 0 and 1 where they are quantiles.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": list("ABCDE"), "open_balance": [10, 20, 30, 40, 50]})
    >>> bands = BalanceBands(medium_from=0.4)
    >>> bands.boundaries(scores)
    (30.0, 50.0)
    >>> bands.assign(scores)["why"].iloc[-1]
    'open balance 50.00, High from 50.00, the 80 % quantile'
    """

    medium_from: float = 0.5
    high_from: float = 0.8
    by: Literal["quantile", "amount"] = "quantile"
    ties: Literal["down", "up"] = "down"
    of: Literal["open_balance", "overdue_balance", "expected_loss"] = "open_balance"

    def __post_init__(self) -> None:
        for name, allowed in (("by", _BY), ("ties", _TIES), ("of", _OF)):
            checked_choice(getattr(self, name), allowed, name=f"BalanceBands: {name}")
        for name in ("medium_from", "high_from"):
            object.__setattr__(self, name, checked_number(getattr(self, name), name=f"BalanceBands: {name}"))
        within = (0, 1) if self.by == "quantile" else (-1e15, 1e15)
        check_thresholds("BalanceBands", (self.medium_from, self.high_from), within=within)

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the customer scores that are read."""
        return ("customer_id", self.of)

    def __repr__(self) -> str:
        return as_written(self)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        return plain_parameters(self)

    def boundaries(self, scores: pd.DataFrame) -> tuple[float, float]:
        """Return the balances from which customers of these scores are Medium and High.

        Reporting currency; infinite where no balance is that rare.

        Raises
        ------
        DataError
            As ``assign``.
        """
        return self._boundaries(self._balances(scores)[self.of].to_numpy())

    def assign(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Return the segmentation of the scores.

        Raises
        ------
        DataError
            If a needed column is missing, a customer stands twice or has no balance.
        """
        table = self._balances(scores)
        balance = table[self.of].to_numpy()
        medium_from, high_from = self._boundaries(balance)
        segments = tiers(balance, medium_from=medium_from, high_from=high_from)
        decided = rules(self._shown(medium_from, self.medium_from), self._shown(high_from, self.high_from))
        name = self.of.replace("_", " ")
        rows = zip(balance.tolist(), segments.tolist(), strict=True)
        why = [f"{name} {_money(value)}, {decided[segment]}" for value, segment in rows]
        return segmentation(table["customer_id"], segments, why)

    def _balances(self, scores: pd.DataFrame) -> pd.DataFrame:
        table = admit(scores, self.needs, complete=(self.of,))
        # Adding zero turns -0.00 into 0.00; sums of cents in binary are no reason to part two customers.
        table[self.of] = table[self.of].round(2) + 0.0
        return table

    def _boundaries(self, balance: np.ndarray) -> tuple[float, float]:
        if self.by == "amount":
            return self.medium_from, self.high_from
        ranked = np.sort(balance)
        return self._quantile(ranked, self.medium_from), self._quantile(ranked, self.high_from)

    def _quantile(self, ranked: np.ndarray, share: float) -> float:
        """Return the boundary in sorted balances; see the class on ties."""
        below = share * len(ranked)
        # 0.7 x 10 is 7.000000000000001 in binary; seven customers shall be enough.
        place = math.ceil(below - 1e-9) if self.ties == "down" else math.floor(below + 1e-9)
        if place >= len(ranked):
            return math.inf
        if self.ties == "down" and ranked[:place].size and ranked[place - 1] == ranked[place]:
            place = int(np.searchsorted(ranked, ranked[place], side="right"))
        return float(ranked[place]) if place < len(ranked) else math.inf

    def _shown(self, boundary: float, share: float) -> str:
        if self.by == "amount":
            return _money(boundary)
        reached = _money(boundary) if math.isfinite(boundary) else "a balance that nobody has"
        return f"{reached}, the {100 * share:.4g} % quantile"


def _money(amount: float) -> str:
    return f"{amount:,.2f}"
