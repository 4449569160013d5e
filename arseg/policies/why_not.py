"""Why a customer is not in another segment, and the smallest change that would move it there (G5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.admission import admit
from arseg.policies.aging_buckets import AgingBuckets
from arseg.policies.checks import checked_choice
from arseg.policies.levels import LEVEL, chance_behind, levels_under
from arseg.policies.policy import Policy
from arseg.policies.risk_tiers import RiskTiers
from arseg.policies.risk_value_matrix import RiskValueMatrix
from arseg.schema import CUSTOMER_SCORES, PROFILE, SEGMENTS, UsageError

MOVES: Final = ("inputs", "column", "now", "needed", "change", "effort")

# How far an input is moved at most; what is not named here goes as far as money does.
_SPAN: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        **dict.fromkeys(("p_unpaid_30", "p_write_off", "on_time_share", "late_share"), (0.0, 1.0)),
        **dict.fromkeys(("industry_late_rate", "failure_risk", "payer_jumped", "legal"), (0.0, 1.0)),
        "margin": (-1.0, 1.0),
        "credit_utilisation": (0.0, 100.0),
        "credit_score": (0.0, 10_000.0),
        "credit_score_change": (-10_000.0, 10_000.0),
        "oldest_days_past_due": (-3650.0, 3650.0),
        "expected_days": (0.0, 365.0),
        "account_age_days": (0.0, 36_500.0),
        "promise_broken_days": (0.0, 365.0),
    }
)
_MONEY: Final = (0.0, 1e12)
_INTEGERS: Final = frozenset(column.name for column in CUSTOMER_SCORES.columns if column.type == "integer")

# Halving the widest span this often comes to a millionth of a cent.
_HALVINGS: Final = 64


@dataclass(frozen=True)
class WhyNot:
    """Why not in the segment, and what would move the customer there.

    Parameters
    ----------
    customer_id, segment, wanted
        Who, where it is, and where it is not.
    why
        The rule that put it where it is.
    moves
        A row per input: inputs (how many move together), column, now, needed, change, and effort (the
        change in standard deviations of the book; NaN where the book does not vary). Each row with inputs 1
        is enough alone, the least effort first; where none is, all rows move together.
    words
        All of it in a sentence.
    """

    customer_id: str
    segment: str
    wanted: str
    why: str
    moves: pd.DataFrame
    words: str


def why_not(scores: pd.DataFrame, policy: Policy, customer: str, segment: str) -> WhyNot:
    """Return why a customer is not in a segment, and the smallest change of the policy's inputs that helps.

    Each input that is a number is moved alone, up and down, everything else as it is, to the nearest value
    that gives the segment. Where none is enough, and the policy cuts one number, all inputs move
    together, each the same share of its way to where it helps most. Both suppose that the policy is
    monotone in each input. An input that is unknown stays unknown.

    Parameters
    ----------
    scores
        Customer scores of the whole book: some policies rank customers among each other.
    policy
        What assigned.
    customer
        The customer_id.
    segment
        Where it is not.

    Raises
    ------
    UsageError
        If there is no such customer or segment, or the customer is in it.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["A"], "p_unpaid_30": [0.2]})
    >>> why_not(scores, RiskTiers(), "A", "High").words
    'Medium, not High: 20.0 % likely unpaid in 30 days, Medium from 15 %. High with p unpaid 30 at 0.35 (+0.15)'
    """
    checked_choice(segment, SEGMENTS, name="why not: segment")
    assigned = policy.assign(scores).set_index("customer_id")
    if customer not in assigned.index or assigned.loc[customer, "segment"] == segment:
        raise UsageError(
            "why not: the customer is not there, or in the segment",
            given=f"{customer} in {segment}",
            allowed="a customer of the scores, and a segment it is not in",
            do="check the id and the segment",
        )
    search = _Search(scores, policy, customer, segment)
    moves = pd.DataFrame(search.moves(), columns=list(MOVES))
    moves = moves.sort_values("effort", kind="stable", ignore_index=True)
    now, why = assigned.loc[customer, ["segment", "why"]]
    return WhyNot(customer, now, segment, why, moves, f"{now}, not {segment}: {why}. {_told(moves, segment)}")


class _Search:
    """Moves the inputs of one customer, and asks the policy again."""

    def __init__(self, scores: pd.DataFrame, policy: Policy, customer: str, segment: str) -> None:
        numbers = [name for name in policy.needs if name not in ("customer_id", *PROFILE)]
        self.spread = admit(scores, ("customer_id", *numbers))[numbers].std(ddof=0)
        # These look at one customer at a time, so the rest of the book need not be asked.
        alone = isinstance(policy, RiskTiers | AgingBuckets | RiskValueMatrix)
        own = scores[scores["customer_id"] == customer] if alone else scores
        self.book = own.sort_values("customer_id", ignore_index=True).astype(
            dict.fromkeys(numbers, "float64")
        )
        self.place = int(np.flatnonzero(self.book["customer_id"] == customer)[0])
        self.policy, self.wanted = policy, LEVEL[segment]
        self.now = {name: float(self.book.loc[self.place, name]) for name in numbers}
        self.start = self.level({})

    def level(self, values: Mapping[str, float]) -> int:
        """Return the level of the customer with other values."""
        return int(levels_under(self.policy, self._with(values))[self.place])

    def moves(self) -> list[tuple[int, str, float, float, float, float]]:
        """Return the inputs that are enough alone, or else all together."""
        single = {name: needed for name in self._known() if (needed := self._alone(name)) is not None}
        return [self._row(1, name, needed) for name, needed in single.items()] or self._together()

    def _alone(self, name: str) -> float | None:
        ends = [end for end in _SPAN.get(name, _MONEY) if end != self.now[name]]
        found = [self._along({name: end}) for end in ends]
        values = [each[name] for each in found if each is not None]
        return min(values, key=lambda value: abs(value - self.now[name]), default=None)

    def _together(self) -> list[tuple[int, str, float, float, float, float]]:
        ends = {name: self._helpful_end(name) for name in self._known()}
        found = self._along({name: end for name, end in ends.items() if end is not None})
        return [self._row(len(found), name, found[name]) for name in found] if found else []

    def _helpful_end(self, name: str) -> float | None:
        """Return the end of an input's span that moves the number furthest the right way; None if neither does."""
        here = self._number({})
        if here is None:
            return None
        sign = 1 if self.wanted > self.start else -1
        gains = {end: sign * ((self._number({name: end}) or 0.0) - here) for end in _SPAN.get(name, _MONEY)}
        best = max(gains, key=lambda end: gains[end])
        return best if gains[best] > 1e-12 else None

    def _along(self, ends: Mapping[str, float]) -> dict[str, float] | None:
        """Return the values nearest to now, on the way to the ends, that give the segment; None if none do."""
        if not ends or not self._reached(self._at(ends, 1.0)):
            return None
        share = _bisect(lambda part: self._reached(self._at(ends, part)))
        values = self._at(ends, share)
        return values if self.level(values) == self.wanted else None

    def _at(self, ends: Mapping[str, float], part: float) -> dict[str, float]:
        values = {name: self.now[name] + part * (end - self.now[name]) for name, end in ends.items()}
        return {
            # Whole numbers are rounded away from now, so that a value that is shown is one that suffices.
            name: (np.ceil(value) if ends[name] > self.now[name] else np.floor(value))
            if name in _INTEGERS
            else value
            for name, value in values.items()
        }

    def _reached(self, values: Mapping[str, float]) -> bool:
        level = self.level(values)
        return level >= self.wanted if self.wanted > self.start else level <= self.wanted

    def _number(self, values: Mapping[str, float]) -> float | None:
        number = chance_behind(self.policy, self._with(values))
        return None if number is None else float(number.iloc[self.place])

    def _with(self, values: Mapping[str, float]) -> pd.DataFrame:
        book = self.book.copy(deep=False)
        for name, value in values.items():
            column = book[name].to_numpy(copy=True)
            column[self.place] = value
            book[name] = column
        return book

    def _known(self) -> list[str]:
        return [name for name, value in self.now.items() if not np.isnan(value)]

    def _row(self, inputs: int, name: str, needed: float) -> tuple[int, str, float, float, float, float]:
        change = needed - self.now[name]
        spread = float(self.spread[name])
        return inputs, name, self.now[name], needed, change, abs(change) / spread if spread > 0 else np.nan


def _bisect(reached: Callable[[float], bool]) -> float:
    """Return the least share between 0 and 1 that is reached, to the last bit; 1 is reached, 0 is not."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if reached(middle):
            high = middle
        else:
            low = middle
    return high


def _told(moves: pd.DataFrame, segment: str) -> str:
    if moves.empty:
        return f"No change of its inputs was found that gives {segment}"
    texts = [
        f"{row.column.replace('_', ' ')} at {row.needed:.6g} ({row.change:+.4g})"
        for row in moves.itertuples()
    ]
    return f"{segment} with " + (" or ".join(texts) if moves["inputs"].max() == 1 else " and ".join(texts))
