"""Segments by the calibrated probability of staying unpaid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from arseg.policies.checks import check_thresholds, checked_number
from arseg.policies.policy import (
    admit,
    as_written,
    plain_parameters,
    rules,
    segmentation,
    tiers,
)
from arseg.schema.shown import AsWritten


@dataclass(frozen=True)
class RiskTiers(AsWritten):
    """Segment by ``p_unpaid_30``, the probability of not being cleared 30 days on (science 5.1).

    ``RiskTiers(*cuts_from_cost(...))`` takes the cuts from what a treatment costs and what it is worth.

    Parameters
    ----------
    medium_from
        Probability from which a customer is Medium.
    high_from
        Probability from which a customer is High.

    Raises
    ------
    UsageError
        Unless 0 <= medium_from < high_from <= 1.

    Examples
    --------
    >>> RiskTiers(medium_from=0.1)
    RiskTiers(medium_from=0.1)
    """

    medium_from: float = 0.15
    high_from: float = 0.35

    needs: ClassVar[tuple[str, ...]] = ("customer_id", "p_unpaid_30")

    def __post_init__(self) -> None:
        for name in ("medium_from", "high_from"):
            object.__setattr__(self, name, checked_number(getattr(self, name), name=f"RiskTiers: {name}"))
        check_thresholds("RiskTiers", (self.medium_from, self.high_from), within=(0, 1))

    def __repr__(self) -> str:
        return as_written(self)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        return plain_parameters(self)

    def assign(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Return the segmentation of the scores.

        Raises
        ------
        DataError
            If a needed column is missing, a customer stands twice or has no probability.
        """
        table = admit(scores, self.needs, complete=("p_unpaid_30",))
        risk = table["p_unpaid_30"].to_numpy()
        segments = tiers(risk, medium_from=self.medium_from, high_from=self.high_from)
        decided = rules(f"{100 * self.medium_from:.4g} %", f"{100 * self.high_from:.4g} %")
        # Rounded down, so that 34.97 % does not read as the 35 % it did not reach.
        shown = np.floor(1000 * risk + 1e-9) / 10
        why = [
            f"{percent:.1f} % likely unpaid in 30 days, {decided[s]}"
            for percent, s in zip(shown, segments, strict=True)
        ]
        return segmentation(table["customer_id"], segments, why)
