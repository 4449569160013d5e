"""Segments by the credit score in force: what a bureau or the credit desk thinks of the customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from arseg.policies.checks import Segment, check_falling, checked_number, checked_segment
from arseg.policies.falling import falling_rules, falling_tiers
from arseg.policies.policy import admit, as_written, plain_parameters, segmentation
from arseg.schema.shown import AsWritten


@dataclass(frozen=True)
class CreditScore(AsWritten):
    """Segment by the credit score in force; higher is safer.

    Parameters
    ----------
    medium_below
        Score, in points of the bureau's scale, below which a customer is Medium.
    high_below
        Score below which a customer is High.
    unknown
        Segment of a customer without a score.

    Raises
    ------
    UsageError
        Unless high_below < medium_below and unknown is a segment.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["A", "B"], "credit_score": [540, None]})
    >>> CreditScore().assign(scores)["why"].tolist()
    ['credit score 540, High below 550', 'no credit score, declared Medium']
    """

    medium_below: float = 650.0
    high_below: float = 550.0
    unknown: Segment = "Medium"

    needs: ClassVar[tuple[str, ...]] = ("customer_id", "credit_score")

    def __post_init__(self) -> None:
        for name in ("medium_below", "high_below"):
            number = checked_number(getattr(self, name), name=f"CreditScore: {name}")
            object.__setattr__(self, name, number)
        check_falling("CreditScore", medium_below=self.medium_below, high_below=self.high_below)
        checked_segment(self.unknown, name="CreditScore: unknown")

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
            If credit_score is missing as a column (in a row it may be) or a customer stands twice.
        """
        table = admit(scores, self.needs)
        points = table["credit_score"].to_numpy()
        segments = falling_tiers(
            points, medium_below=self.medium_below, high_below=self.high_below, unknown=self.unknown
        )
        decided = falling_rules(f"{self.medium_below:g}", f"{self.high_below:g}")
        # Rounded down, so that 549.96 does not read as the 550 it did not reach.
        shown = np.floor(10 * points + 1e-9) / 10
        unknown = f"no credit score, declared {self.unknown}"
        why = [
            unknown if value != value else f"credit score {value:g}, {decided[s]}"  # noqa: PLR0124  # NaN
            for value, s in zip(shown.tolist(), segments.tolist(), strict=True)
        ]
        return segmentation(table["customer_id"], segments, why)
