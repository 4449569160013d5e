"""Segments by the age of the oldest open item: what most books do today, and the policy to beat."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from arseg.policies.checks import check_thresholds
from arseg.policies.policy import (
    admit,
    as_written,
    plain_parameters,
    rules,
    segmentation,
    tiers,
)
from arseg.schema import UsageError
from arseg.schema.shown import AsWritten


@dataclass(frozen=True)
class AgingBuckets(AsWritten):
    """Segment by the days past due of the oldest open item.

    Parameters
    ----------
    medium_from
        Days past due from which a customer is Medium; negative means before due.
    high_from
        Days past due from which a customer is High.

    Raises
    ------
    UsageError
        Unless both are whole days within ten years of the due day and medium_from < high_from.

    Examples
    --------
    >>> AgingBuckets(high_from=61)
    AgingBuckets(high_from=61)
    """

    medium_from: int = 1
    high_from: int = 31

    needs: ClassVar[tuple[str, ...]] = ("customer_id", "oldest_days_past_due")

    def __post_init__(self) -> None:
        for name in ("medium_from", "high_from"):
            object.__setattr__(self, name, _whole_days(getattr(self, name), name=f"AgingBuckets: {name}"))
        check_thresholds("AgingBuckets", (self.medium_from, self.high_from), within=(-3650, 3650))

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
            If a needed column is missing, a customer stands twice or has no oldest item.
        """
        table = admit(scores, self.needs, complete=("oldest_days_past_due",))
        days = table["oldest_days_past_due"].to_numpy()
        segments = tiers(days, medium_from=self.medium_from, high_from=self.high_from)
        decided = rules(self.medium_from, self.high_from)
        why = [f"oldest item {_age(day)}, {decided[s]}" for day, s in zip(days, segments, strict=True)]
        return segmentation(table["customer_id"], segments, why)


def _age(days: float) -> str:
    if days == 0:
        return "due today"
    count = f"{abs(days):g} day{'' if abs(days) == 1 else 's'}"
    return f"{count} past due" if days > 0 else f"{count} before due"


def _whole_days(value: object, *, name: str) -> int:
    if not isinstance(value, bool) and isinstance(value, numbers.Integral):
        return int(value)
    raise UsageError(
        f"{name} is not a whole number of days", given=repr(value), allowed="whole days", do="write 31"
    )
