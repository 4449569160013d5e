"""Segments by what a customer is in words: how its invoices go out, how it pays, its industry or region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from arseg.policies.checks import Segment, checked_choice, checked_segment, checked_words
from arseg.policies.policy import admit, as_written, plain_parameters, segmentation
from arseg.schema import PROFILE
from arseg.schema.shown import AsWritten

# The words of schema.PROFILE, spelt out for annotations and for the JSON schema of a policy file.
Word = Literal[
    "parent",
    "industry",
    "country",
    "region",
    "business_type",
    "invoice_delivery",
    "payment_method",
    "portfolio",
    "language",
]


@dataclass(frozen=True)
class Profile(AsWritten):
    """Segment by one word of the customer's profile; the cell names the word.

    Alone it is a policy; as an axis of ``Composed`` it refines another one's segments.

    Parameters
    ----------
    by
        A column of ``schema.PROFILE``.
    segments
        Segment of each word that has one of its own.
    other
        Segment of every other word.
    unknown
        Segment of a customer whose word is unknown.

    Raises
    ------
    UsageError
        If there is no such column, or a segment is none.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["A", "B"], "invoice_delivery": ["paper", ""]})
    >>> Profile(segments={"paper": "High"}).assign(scores)["cell"].tolist()
    ['High / paper', 'Medium / unknown']
    """

    by: Word = "invoice_delivery"
    # A mapping has no hash; equal policies still hash alike by the rest.
    segments: Mapping[str, Segment] = field(default_factory=dict, hash=False)
    other: Segment = "Medium"
    unknown: Segment = "Medium"

    def __post_init__(self) -> None:
        checked_choice(self.by, tuple(PROFILE), name="Profile: by")
        checked = checked_words(self.segments, name="Profile: segments", values=("High", "Medium", "Low"))
        object.__setattr__(self, "segments", checked)
        for name in ("other", "unknown"):
            checked_segment(getattr(self, name), name=f"Profile: {name}")

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the customer scores that are read."""
        return ("customer_id", self.by)

    def __repr__(self) -> str:
        return as_written(self)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a trip between processes, which a read-only mapping would not."""
        return type(self), (self.by, dict(self.segments), self.other, self.unknown)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        return plain_parameters(self)

    def assign(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Return the segmentation of the scores.

        Raises
        ------
        DataError
            If the column is missing (in a row it may be empty), holds no text, or a customer stands twice.
        """
        table = admit(scores, self.needs)
        words = table[self.by].tolist()
        decided = {word: self._decide(word) for word in set(words)}
        segments, why, cells = zip(*(decided[word] for word in words), strict=True) if words else ((),) * 3
        return segmentation(table["customer_id"], segments, why, cells)

    def _decide(self, word: str) -> tuple[str, str, str]:
        """Return segment, why and cell of a word."""
        name = self.by.replace("_", " ")
        if not word:
            return self.unknown, f"{name} unknown, declared {self.unknown}", f"{self.unknown} / unknown"
        segment = self.segments.get(word, self.other)
        kind = "declared" if word in self.segments else "declared for any other"
        return segment, f"{name} {word}, {kind} {segment}", f"{segment} / {word}"
