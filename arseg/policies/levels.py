"""Segments as levels that can be compared, and the one number behind a policy where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.admission import admit
from arseg.policies.aging_buckets import AgingBuckets
from arseg.policies.composed import Composed
from arseg.policies.policy import Policy, tiers
from arseg.policies.risk_tiers import RiskTiers
from arseg.policies.weighted_score import WeightedScore
from arseg.schema import SEGMENTS, DataError

LEVEL: Final = {segment: level for level, segment in enumerate(reversed(SEGMENTS))}
_NAMES: Final = np.array(list(LEVEL), dtype=object)


def levels_of(segments: Iterable[str], *, frame: str = "segmentation") -> np.ndarray:
    """Return 0 for Low, 1 for Medium, 2 for High; shape (n,).

    Raises
    ------
    DataError
        If a segment is none of the three.

    Examples
    --------
    >>> levels_of(["High", "Low"]).tolist()
    [2, 0]
    """
    given = pd.Series(list(segments), dtype="object")
    levels = given.map(LEVEL)
    if levels.isna().any():
        raise DataError(
            f"{frame}: a segment is not known",
            given=given[levels.isna()].astype("str").head(3).tolist(),
            allowed=", ".join(SEGMENTS),
            do="give one of those",
        )
    return levels.to_numpy(dtype="int64")


def segments_of(levels: np.ndarray) -> np.ndarray:
    """Return the segments of levels, the other way round; shape (n,).

    Examples
    --------
    >>> segments_of(np.array([2, 0])).tolist()
    ['High', 'Low']
    """
    return _NAMES[levels]


def moved_cells(cells: Iterable[str], before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Return the cells of customers whose segment changes from before to after; the rest of a name stays.

    Examples
    --------
    >>> moved_cells(["High / paper", "Low"], ["High", "Low"], ["Medium", "High"])
    ['Medium / paper', 'High']
    """
    rows = zip(cells, before, after, strict=True)
    return [
        cell if old == new else new + cell.removeprefix(old) if cell.startswith(f"{old} / ") else new
        for cell, old, new in rows
    ]


def levels_under(policy: Policy, scores: pd.DataFrame) -> np.ndarray:
    """Return the level of every customer, sorted by customer_id, without the words of ``assign``.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["B", "A"], "p_unpaid_30": [0.5, 0.2]})
    >>> levels_under(RiskTiers(), scores).tolist()
    [1, 2]
    """
    graded = _graded(policy)
    if graded is None:
        return levels_of(policy.assign(scores)["segment"])
    number = _NUMBERS[type(graded)](graded, scores).to_numpy()
    return levels_of(tiers(number, medium_from=graded.medium_from, high_from=graded.high_from))


def chance_behind(policy: Policy, scores: pd.DataFrame) -> pd.Series | None:
    """Return the number between 0 and 1 that the policy cuts, by customer_id; None where it cuts none such.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["B", "A"], "p_unpaid_30": [0.5, 0.2]})
    >>> chance_behind(Composed(axes=()), scores).to_dict()
    {'A': 0.2, 'B': 0.5}
    """
    graded = _graded(policy)
    if graded is None or isinstance(graded, AgingBuckets):
        return None
    return _NUMBERS[type(graded)](graded, scores)


def cuts_of(policy: Policy) -> tuple[float, float] | None:
    """Return from which of those numbers on a customer is Medium and High; None where there is none.

    Examples
    --------
    >>> cuts_of(RiskTiers())
    (0.15, 0.35)
    """
    graded = _graded(policy)
    if graded is None or isinstance(graded, AgingBuckets):
        return None
    return graded.medium_from, graded.high_from


def _graded(policy: Policy) -> RiskTiers | AgingBuckets | WeightedScore | None:
    # A composed policy takes its segments from one of its parts.
    while isinstance(policy, Composed):
        policy = policy.risk
    return policy if isinstance(policy, RiskTiers | AgingBuckets | WeightedScore) else None


def _column(policy: RiskTiers | AgingBuckets, scores: pd.DataFrame) -> pd.Series:
    name = policy.needs[1]
    return admit(scores, policy.needs, complete=(name,)).set_index("customer_id")[name]


def _sum(policy: WeightedScore, scores: pd.DataFrame) -> pd.Series:
    # Rounded as the policy does, so that a score on the cut reaches it here too.
    return policy.contributions(scores).sum(axis=1).round(12)


_NUMBERS: Final[dict[type, Callable[..., pd.Series]]] = {
    RiskTiers: _column,
    AgingBuckets: _column,
    WeightedScore: _sum,
}
