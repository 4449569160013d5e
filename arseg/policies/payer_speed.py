"""Segments by behaviour: how much of what fell due was paid by its due day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from arseg.policies.checks import Segment, check_falling, checked_number, checked_segment
from arseg.policies.falling import falling_rules, falling_tiers
from arseg.policies.policy import admit, as_written, plain_parameters, segmentation
from arseg.schema import UsageError
from arseg.schema.shown import AsWritten

_SPEEDS: Final = {"High": "slow payer", "Medium": "mixed payer", "Low": "prompt payer"}


@dataclass(frozen=True)
class PayerSpeed(AsWritten):
    """Segment by ``on_time_share``, the share of the amount paid by due in 12 months.

    The cell names the behaviour: prompt, mixed or slow payer, or unknown payer.

    Parameters
    ----------
    medium_below
        Share below which a customer is a mixed payer, Medium.
    high_below
        Share below which a customer is a slow payer, High.
    unknown
        Segment of a customer without payment history.

    Raises
    ------
    UsageError
        Unless 0 <= high_below < medium_below <= 1 and unknown is a segment.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["A", "B"], "on_time_share": [0.95, None]})
    >>> PayerSpeed().assign(scores)["cell"].tolist()
    ['Low / prompt payer', 'Medium / unknown payer']
    """

    medium_below: float = 0.9
    high_below: float = 0.6
    unknown: Segment = "Medium"

    needs: ClassVar[tuple[str, ...]] = ("customer_id", "on_time_share")

    def __post_init__(self) -> None:
        for name in ("medium_below", "high_below"):
            object.__setattr__(self, name, _share(getattr(self, name), name=f"PayerSpeed: {name}"))
        check_falling("PayerSpeed", medium_below=self.medium_below, high_below=self.high_below)
        checked_segment(self.unknown, name="PayerSpeed: unknown")

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
            If on_time_share is missing as a column (in a row it may be) or a customer stands twice.
        """
        table = admit(scores, self.needs)
        share = table["on_time_share"].to_numpy()
        segments = falling_tiers(
            share, medium_below=self.medium_below, high_below=self.high_below, unknown=self.unknown
        )
        decided = falling_rules(f"{100 * self.medium_below:.4g} %", f"{100 * self.high_below:.4g} %")
        # Rounded down, so that 89.96 % does not read as the 90 % it did not reach.
        shown = np.floor(1000 * share + 1e-9) / 10
        rows = list(zip(shown.tolist(), np.isnan(share).tolist(), segments.tolist(), strict=True))
        missing = f"no payment history, declared {self.unknown}"
        why = [missing if gap else f"{value:.1f} % paid by due, {decided[s]}" for value, gap, s in rows]
        cells = [f"{s} / {'unknown payer' if gap else _SPEEDS[s]}" for _, gap, s in rows]
        return segmentation(table["customer_id"], segments, why, cells)


def _share(value: object, *, name: str) -> float:
    number = checked_number(value, name=name)
    if 0 <= number <= 1:
        return number
    raise UsageError(f"{name} is no share", given=number, allowed="0 to 1", do="write 0.9 for 90 %")
