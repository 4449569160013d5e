"""What is said to one of the four questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from arseg.schema.shown import Shown

QUESTIONS: Final = ("discrimination", "replay", "counterfactual", "self_check")


@dataclass(frozen=True)
class Answer(Shown):
    """Tables and sentences that answer one question, and no other.

    Parameters
    ----------
    question
        One of ``QUESTIONS``.
    tables
        By name; names are unique over the four questions.
    notes
        What has to be borne in mind, and what could not be said and why.
    """

    question: str
    tables: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.question in QUESTIONS
