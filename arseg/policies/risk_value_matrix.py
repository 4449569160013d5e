"""Segments by probability and by what is at stake: the matrix of most collection strategies."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from arseg.policies.checks import Segment, checked_choice, checked_number, checked_segment
from arseg.policies.policy import admit, as_written, plain_parameters, segmentation
from arseg.schema import SEGMENTS, UsageError
from arseg.schema.shown import AsWritten

_VALUES: Final = ("open_balance", "overdue_balance", "expected_loss")


@dataclass(frozen=True)
class RiskValueMatrix(AsWritten):
    """Segment by the cell of ``p_unpaid_30`` x value at stake (science 5.1: loss as second axis).

    Parameters
    ----------
    risk_from
        Probabilities from which the second, third, ... row starts; rising, between 0 and 1.
    value_from
        Amounts in the reporting currency from which the second, third, ... column starts; rising.
    risks
        Names of the rows, least probable first: one more than ``risk_from``.
    values
        Names of the columns, smallest first: one more than ``value_from``.
    segments
        Segment of each cell, a row of the matrix per name of ``risks``. Down a column it never falls:
        playbooks and safety rules read the segment as the level of risk.
    value
        The column of the scores that is at stake.

    Raises
    ------
    UsageError
        If the cuts do not rise, names and cells do not fit them, or a segment falls as risk rises.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["A"], "p_unpaid_30": [0.4], "open_balance": [12_000]})
    >>> RiskValueMatrix().assign(scores)[["segment", "cell"]].to_numpy().tolist()
    [['High', 'High / likely late, large']]
    """

    risk_from: tuple[float, ...] = (0.15, 0.35)
    value_from: tuple[float, ...] = (1_000.0, 10_000.0)
    risks: tuple[str, ...] = ("likely on time", "in doubt", "likely late")
    values: tuple[str, ...] = ("small", "middling", "large")
    segments: tuple[tuple[Segment, ...], ...] = (
        ("Low", "Low", "Medium"),
        ("Low", "Medium", "High"),
        ("Medium", "High", "High"),
    )
    value: Literal["open_balance", "overdue_balance", "expected_loss"] = "open_balance"

    def __post_init__(self) -> None:
        checked_choice(self.value, _VALUES, name="RiskValueMatrix: value")
        for axis, names in (("risk_from", "risks"), ("value_from", "values")):
            cuts = _rising(getattr(self, axis), name=f"RiskValueMatrix: {axis}")
            object.__setattr__(self, axis, cuts)
            object.__setattr__(self, names, _names(getattr(self, names), names=names, count=len(cuts) + 1))
        if not all(0 <= cut <= 1 for cut in self.risk_from):
            raise UsageError(
                "RiskValueMatrix: a cut of risk is no probability",
                given=self.risk_from,
                allowed="0 to 1",
                do="write 0.35 for 35 %",
            )
        object.__setattr__(self, "segments", _cells(self.segments, (len(self.risks), len(self.values))))

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the customer scores that are read."""
        return ("customer_id", "p_unpaid_30", self.value)

    def __repr__(self) -> str:
        return as_written(self)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        return plain_parameters(self)

    def table(self) -> pd.DataFrame:
        """Return the declared matrix: a row per risk, a column per value at stake.

        Examples
        --------
        >>> RiskValueMatrix().table().loc["in doubt", "large"]
        'High'
        """
        return pd.DataFrame(list(self.segments), index=list(self.risks), columns=list(self.values))

    def assign(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Return the segmentation of the scores.

        Raises
        ------
        DataError
            If a needed column is missing, a customer stands twice, or has no probability or value.
        """
        table = admit(scores, self.needs, complete=("p_unpaid_30", self.value))
        risk, at_stake = table["p_unpaid_30"].to_numpy(), table[self.value].to_numpy()
        rows = np.searchsorted(self.risk_from, risk, side="right")
        columns = np.searchsorted(self.value_from, at_stake, side="right")
        segments = np.array(self.segments)[rows, columns]
        names = np.array([[f"{r}, {v}" for v in self.values] for r in self.risks])[rows, columns].tolist()
        shown = np.floor(1000 * risk + 1e-9) / 10  # down, as in RiskTiers
        what = self.value.replace("_", " ")
        decided = zip(shown.tolist(), at_stake.tolist(), names, segments.tolist(), strict=True)
        why = [
            f"{percent:.1f} % likely unpaid in 30 days, {what} {value:,.2f}: {name} is {segment}"
            for percent, value, name, segment in decided
        ]
        cells = [f"{segment} / {name}" for segment, name in zip(segments, names, strict=True)]
        return segmentation(table["customer_id"], segments, why, cells)


def _rising(cuts: object, *, name: str) -> tuple[float, ...]:
    given = cuts if isinstance(cuts, list | tuple) else (cuts,)
    checked = tuple(checked_number(cut, name=f"{name}: a cut") for cut in given)
    if not checked or any(later <= sooner for sooner, later in itertools.pairwise(checked)):
        raise UsageError(
            f"{name} does not rise", given=cuts, allowed="one cut or more, each above the last", do="sort it"
        )
    return checked


def _names(given: object, *, names: str, count: int) -> tuple[str, ...]:
    checked = tuple(given) if isinstance(given, list | tuple) else ()
    words = all(isinstance(word, str) and word.strip() for word in checked)
    if len(checked) != count or len(set(checked)) != count or not words:
        raise UsageError(
            f"RiskValueMatrix: {names} does not name {count} bands",
            given=given,
            allowed=f"{count} different names, one more than there are cuts",
            do="name each band once",
        )
    return checked


def _cells(given: object, shape: tuple[int, int]) -> tuple[tuple[str, ...], ...]:
    rows = [tuple(row) for row in given] if isinstance(given, Sequence) and not isinstance(given, str) else []
    if [len(row) for row in rows] != [shape[1]] * shape[0]:
        raise UsageError(
            "RiskValueMatrix: the segments do not fill the matrix",
            given=given,
            allowed=f"{shape[0]} rows of {shape[1]} segments",
            do="declare one segment for every cell",
        )
    for row in rows:
        for segment in row:
            checked_segment(segment, name="RiskValueMatrix: a cell")
    level = {segment: place for place, segment in enumerate(reversed(SEGMENTS))}
    steps = np.diff([[level[segment] for segment in row] for row in rows], axis=0)
    if (steps < 0).any():
        raise UsageError(
            "RiskValueMatrix: a segment falls as risk rises",
            given=given,
            allowed="down each column Low, Medium, High or the same",
            do="raise the riskier cell or lower the safer one",
        )
    return tuple(rows)
