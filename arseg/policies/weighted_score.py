"""Segments by a weighted score of five published criteria.

Payment history and credit trend weigh High, outstanding balance and industry health Medium,
account age Low. Each criterion is mapped to a risk between 0 and 1, where 0.5 is neutral and
stands in for what is not known.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Final

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
from arseg.policies.sensitivity import weight_sensitivity
from arseg.schema import UsageError
from arseg.schema.shown import AsWritten

NEUTRAL: Final = 0.5

# A fall of the credit score by this many points gives a risk of 0.73, three times as many 0.95.
CREDIT_POINTS: Final = 10.0

# Half the industry paying late is neutral; real rates seldom leave this band.
HEALTHY_LATE_RATE, SICK_LATE_RATE = 0.2, 0.8

MATURE_DAYS: Final = 1826.0  # five years

PUBLISHED_WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "payment_history": 0.35,
        "credit_trend": 0.15,
        "outstanding_balance": 0.2,
        "industry_health": 0.2,
        "account_age": 0.1,
    }
)


def _payment_history(table: pd.DataFrame) -> pd.Series:
    return 1 - table["on_time_share"]


def _credit_trend(table: pd.DataFrame) -> pd.Series:
    # Beyond 500 scales the logistic is 0 or 1 in any float, and exp would overflow.
    return 1 / (1 + np.exp((table["credit_score_change"] / CREDIT_POINTS).clip(-500, 500)))


def _outstanding_balance(table: pd.DataFrame) -> pd.Series:
    percentile = (table["open_balance"].rank(method="average") - 0.5) / max(len(table), 1)
    return table["credit_utilisation"].fillna(percentile)


def _industry_health(table: pd.DataFrame) -> pd.Series:
    return (table["industry_late_rate"] - HEALTHY_LATE_RATE) / (SICK_LATE_RATE - HEALTHY_LATE_RATE)


def _account_age(table: pd.DataFrame) -> pd.Series:
    return 1 - table["account_age_days"] / MATURE_DAYS


_CRITERIA: Final[Mapping[str, Callable[[pd.DataFrame], pd.Series]]] = MappingProxyType(
    {
        "payment_history": _payment_history,
        "credit_trend": _credit_trend,
        "outstanding_balance": _outstanding_balance,
        "industry_health": _industry_health,
        "account_age": _account_age,
    }
)


@dataclass(frozen=True)
class WeightedScore(AsWritten):
    """Segment by the weighted sum of five risks, each between 0 and 1.

    ===================  ==============================================================================
    criterion            risk, clipped to [0, 1]; 0.5 where unknown
    ===================  ==============================================================================
    payment_history      1 - share of the amount paid by due
    credit_trend         1 / (1 + exp(change of the credit score over 90 days / 10 points))
    outstanding_balance  open balance / credit limit; without a limit the rank of the open balance
                         within the book, (rank - 0.5) / customers
    industry_health      late share of the industry: 0 at 20 % or less, 1 at 80 % or more
    account_age          1 for a new customer, falling to 0 after five years
    ===================  ==============================================================================

    Parameters
    ----------
    weights
        Weight of each of the five criteria, none negative, together 1.
    medium_from
        Score from which a customer is Medium.
    high_from
        Score from which a customer is High.

    Raises
    ------
    UsageError
        If a criterion is unknown or missing, the weights do not sum to 1 within 1e-9, or
        0 <= medium_from < high_from <= 1 does not hold.

    Examples
    --------
    >>> WeightedScore(high_from=0.7)
    WeightedScore(high_from=0.7)
    """

    # A mapping has no hash; equal policies still hash alike by their thresholds.
    weights: Mapping[str, float] = field(default_factory=lambda: PUBLISHED_WEIGHTS, hash=False)
    medium_from: float = 0.4
    high_from: float = 0.6

    needs: ClassVar[tuple[str, ...]] = (
        "customer_id",
        "open_balance",
        "on_time_share",
        "credit_utilisation",
        "credit_score_change",
        "industry_late_rate",
        "account_age_days",
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _checked_weights(self.weights))
        for name in ("medium_from", "high_from"):
            object.__setattr__(self, name, checked_number(getattr(self, name), name=f"WeightedScore: {name}"))
        check_thresholds("WeightedScore", (self.medium_from, self.high_from), within=(0, 1))

    def __repr__(self) -> str:
        return as_written(self)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a trip between processes, which a read-only mapping would not."""
        return type(self), (dict(self.weights), self.medium_from, self.high_from)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        return plain_parameters(self)

    def contributions(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Return weight x risk per customer and criterion; a row's sum is the customer's score.

        Returns
        -------
        frame
            Index customer_id, sorted; one column per criterion, between 0 and its weight.

        Raises
        ------
        DataError
            As ``assign``.
        """
        table = admit(scores, self.needs, complete=("open_balance",))
        return self._weigh(_risks(table)).set_index(pd.Index(table["customer_id"]))

    def assign(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Return the segmentation of the scores.

        Raises
        ------
        DataError
            If a needed column is missing, a customer stands twice or has no open balance.
        """
        table = admit(scores, self.needs, complete=("open_balance",))
        risks = _risks(table)
        parts = self._weigh(risks)
        score = _exact(parts.sum(axis=1).to_numpy())
        segments = tiers(score, medium_from=self.medium_from, high_from=self.high_from)
        why = self._explain(score, segments, parts=parts, unknown=risks.isna())
        return segmentation(table["customer_id"], segments, why)

    def sensitivity(self, scores: pd.DataFrame, *, change: float = 0.1) -> pd.DataFrame:
        """Return how many customers change segment when one weight moves, the others rescaled to sum 1.

        Returns
        -------
        frame
            As ``weight_sensitivity``: criterion, change, weight, flips, share, raised, lowered.

        Raises
        ------
        DataError
            As ``assign``.
        UsageError
            If change is not above 0 and up to 1.
        """
        table = admit(scores, self.needs, complete=("open_balance",))
        risks = _risks(table).fillna(NEUTRAL).to_numpy()

        def segments_under(weights: Mapping[str, float]) -> np.ndarray:
            score = _exact(risks @ np.array(list(weights.values())))
            return tiers(score, medium_from=self.medium_from, high_from=self.high_from)

        return weight_sensitivity(self.weights, segments_under, change=change)

    def _weigh(self, risks: pd.DataFrame) -> pd.DataFrame:
        return risks.fillna(NEUTRAL) * pd.Series(self.weights)

    def _explain(
        self, score: np.ndarray, segments: np.ndarray, *, parts: pd.DataFrame, unknown: pd.DataFrame
    ) -> list[str]:
        decided = rules(f"{self.medium_from:g}", f"{self.high_from:g}")
        counts = np.array([weight > 0 for weight in self.weights.values()])
        shown = np.floor(100 * score + 1e-9) / 100
        rows = zip(shown, segments, _breakdown(parts, unknown.to_numpy() & counts), strict=True)
        return [f"score {value:.2f}, {decided[segment]}{details}" for value, segment, details in rows]


def _exact(score: np.ndarray) -> np.ndarray:
    """Return the score to 12 places: sums of tenths are not exact in binary, and 0.6 shall reach 0.6."""
    return np.round(score, 12)


def _risks(table: pd.DataFrame) -> pd.DataFrame:
    """Return the five risks, one column each, NaN where a criterion is unknown."""
    return pd.DataFrame({name: risk(table).clip(0, 1) for name, risk in _CRITERIA.items()})


def _breakdown(parts: pd.DataFrame, unknown: np.ndarray) -> list[str]:
    """Return per customer the known parts, strongest first, and what is unknown and so neutral."""
    names = [name.replace("_", " ") for name in parts]
    strongest_first = np.argsort(-parts.to_numpy(), axis=1, kind="stable").tolist()
    rows = zip(parts.to_numpy().tolist(), unknown.tolist(), strongest_first, strict=True)
    texts = []
    for values, gaps, order in rows:
        known = ", ".join(f"{names[i]} {values[i]:.2f}" for i in order if values[i] >= 0.005 and not gaps[i])
        neutral = ", ".join(name for name, gap in zip(names, gaps, strict=True) if gap)
        tail = f"; unknown, taken as neutral: {neutral}" if neutral else ""
        texts.append(f": {known}{tail}" if known else tail)
    return texts


def _checked_weights(weights: Mapping[str, float]) -> Mapping[str, float]:
    """Return the weights in the criteria's order, so that equal weights print alike."""
    if not isinstance(weights, Mapping) or set(weights) != set(_CRITERIA):
        raise _wrong_criteria(weights)
    checked = {
        name: checked_number(weights[name], name=f"WeightedScore: weight {name}") for name in _CRITERIA
    }
    total = sum(checked.values())
    if min(checked.values()) < 0 or abs(total - 1) > 1e-9:
        raise UsageError(
            "WeightedScore: the weights do not sum to 1 or one is negative",
            given=f"{checked}, together {total:g}",
            allowed="weights >= 0 that sum to 1",
            do="scale them so that they sum to 1",
        )
    return MappingProxyType(checked)


def _wrong_criteria(weights: object) -> UsageError:
    given = [str(name) for name in weights] if isinstance(weights, Mapping) else []
    unknown = [name for name in given if name not in _CRITERIA]
    missing = [name for name in _CRITERIA if name not in given]
    near = difflib.get_close_matches(unknown[0], missing, n=1) if unknown else []
    hint = (
        f"write {near[0]!r} for {unknown[0]!r}" if near else "name all five, with 0 for what shall not count"
    )
    return UsageError(
        f"WeightedScore: the weights do not name the five criteria (unknown {unknown}, missing {missing})",
        given=weights,
        allowed=", ".join(_CRITERIA),
        do=hint,
    )
