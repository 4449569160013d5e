"""One segment for all: no segmentation, the other policy to beat."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from arseg.policies.policy import admit, as_written, plain_parameters, segmentation
from arseg.schema import SEGMENTS, UsageError
from arseg.schema.shown import AsWritten


@dataclass(frozen=True)
class OneSizeFitsAll(AsWritten):
    """Put every customer in the same segment.

    Parameters
    ----------
    segment
        High, Medium or Low.

    Raises
    ------
    UsageError
        If there is no such segment.

    Examples
    --------
    >>> OneSizeFitsAll().assign(pd.DataFrame({"customer_id": ["B", "A"]}))["why"].tolist()
    ['every customer is Medium', 'every customer is Medium']
    """

    segment: str = "Medium"

    needs: ClassVar[tuple[str, ...]] = ("customer_id",)

    def __post_init__(self) -> None:
        if self.segment in SEGMENTS:
            return
        near = difflib.get_close_matches(str(self.segment).title(), SEGMENTS, n=1)
        raise UsageError(
            f"OneSizeFitsAll: there is no segment {self.segment!r}",
            given=repr(self.segment),
            allowed=", ".join(SEGMENTS),
            do=f"write {near[0]!r}" if near else "choose one of those allowed",
        )

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
            If customer_id is missing or a customer stands twice.
        """
        table = admit(scores, self.needs)
        count = len(table)
        why = [f"every customer is {self.segment}"] * count
        return segmentation(table["customer_id"], [self.segment] * count, why)
