"""Why a segment changed since the last run: time, data, model, policy or a person, split exactly (G5).

A run differs from the one before in five things. *Swapping* some of them gives a state in between; what a
thing did is what its swap changes. Time, data and model move the score; policy and override move the segment
alone, so their part of the score is 0 and a run in which only the policy is new owes it every step.

In which order to swap is a choice. The declared one, ``DECLARED``, is that in which things happen: the days
pass, new rows become known, the model is fitted anew, then the policy decides and a person may overrule it.
It needs four scorings, every state is one that could have been published, and each part is a whole step. New
rows on the old day are no such state (a key date sees no later row), so a Shapley average may only run over
the 60 orders in which time comes before data: ``FEASIBLE``, for who wants no order preferred.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.policies.levels import levels_of
from arseg.schema import DataError, UsageError

SWAPS: Final = ("time", "data", "model", "policy", "override")
SCORED: Final = frozenset({"time", "data", "model"})

Swapped = frozenset[str]
ScoresOf = Callable[[Swapped], pd.DataFrame]
SegmentsOf = Callable[[Swapped, pd.DataFrame], pd.DataFrame]

DECLARED: Final[tuple[tuple[str, ...], ...]] = (SWAPS,)
FEASIBLE: Final[tuple[tuple[str, ...], ...]] = tuple(
    order for order in itertools.permutations(SWAPS) if order.index("time") < order.index("data")
)

_WORDS: Final = {
    "time": "time passed",
    "data": "new data",
    "model": "the model",
    "policy": "the policy",
    "override": "an override",
}


@dataclass(frozen=True)
class Change:
    """What changed between two runs.

    Parameters
    ----------
    customers
        Of those in both runs: customer_id, before, after (segments), score_before, score_after, and for
        each of the five ``score_time`` ... ``score_override`` (together score_after - score_before) and
        ``steps_time`` ... ``steps_override`` (together the steps from before to after; up is positive),
        and why, in words.
    came, left
        Customers of the later run alone, of the earlier run alone.
    """

    customers: pd.DataFrame
    came: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def by_cause(self) -> pd.DataFrame:
        """Steps up and down and mean change of the score by cause; index the five."""
        frame = self.customers
        rows = {
            name: {
                "steps_up": float(frame[f"steps_{name}"].clip(lower=0).sum()),
                "steps_down": float(-frame[f"steps_{name}"].clip(upper=0).sum()),
                "mean_score": float(frame[f"score_{name}"].mean()) if len(frame) else np.nan,
            }
            for name in SWAPS
        }
        return pd.DataFrame.from_dict(rows, orient="index")


def explain_change(
    scores_of: ScoresOf,
    segments_of: SegmentsOf,
    *,
    column: str = "p_unpaid_30",
    orders: Sequence[Sequence[str]] = DECLARED,
) -> Change:
    """Split the change of every customer's score and segment into its five causes.

    Parameters
    ----------
    scores_of
        Gives the customer scores in which those of ``SCORED`` that are named are of the later run and the
        others of the earlier one; see ``score_path``. Asked once per state.
    segments_of
        Gives the segmentation of such scores in which policy and override are of the later run where they
        are named; it is told all that is swapped. See ``decisions``.
    column
        The score that is split.
    orders
        Orders of the five over which the parts are averaged.

    Raises
    ------
    DataError
        If a customer of both runs is missing from a state in between, or its score is unknown.
    UsageError
        If an order does not name each of the five once.

    Examples
    --------
    >>> from arseg.policies.risk_tiers import RiskTiers
    >>> old, new = (pd.DataFrame({"customer_id": ["A"], "p_unpaid_30": [p]}) for p in (0.2, 0.4))
    >>> change = explain_change(score_path(old, old, new, new), lambda _, scores: RiskTiers().assign(scores))
    >>> change.customers["why"][0]
    'Medium to High by new data (+1); score 0.2000 to 0.4000: new data +0.2000'
    """
    _check_orders(orders)
    states = _States(scores_of, segments_of, column)
    old, new = states.customers(frozenset()), states.customers(frozenset(SWAPS))
    both = old.intersection(new).sort_values()
    parts = {name: np.zeros((2, len(both))) for name in SWAPS}
    for order in orders:
        for place, name in enumerate(order):
            before, after = frozenset(order[:place]), frozenset(order[: place + 1])
            parts[name] += (states.values(after, both) - states.values(before, both)) / len(orders)
    first, last = states.values(frozenset(), both), states.values(frozenset(SWAPS), both)
    frame = pd.DataFrame(
        {
            "customer_id": both,
            "before": states.segments(frozenset(), both),
            "after": states.segments(frozenset(SWAPS), both),
            "score_before": first[0],
            "score_after": last[0],
            **{f"score_{name}": parts[name][0] for name in SWAPS},
            **{f"steps_{name}": parts[name][1] for name in SWAPS},
        }
    )
    frame["why"] = pd.Series([_told(row) for row in frame.to_dict("records")], dtype="str")
    return Change(frame, tuple(new.difference(old)), tuple(old.difference(new)))


def score_path(old: pd.DataFrame, time: pd.DataFrame, data: pd.DataFrame, model: pd.DataFrame) -> ScoresOf:
    """Return the four scorings of the declared order as ``explain_change`` asks for them.

    Parameters
    ----------
    old
        Scores of the earlier run.
    time
        Scores of the earlier run's rows and model on the later key date.
    data
        Scores of the earlier run's model on all that the later key date knew.
    model
        Scores of the later run.
    """
    states = {
        frozenset[str](): old,
        frozenset({"time"}): time,
        frozenset({"time", "data"}): data,
        SCORED: model,
    }

    def scores_of(swapped: Swapped) -> pd.DataFrame:
        if swapped not in states:
            raise UsageError(
                "this state was not scored",
                given=", ".join(sorted(swapped)),
                allowed="the states of the declared order",
                do="pass a function that scores any state, or orders=DECLARED",
            )
        return states[swapped]

    return scores_of


class _States:
    """Every state in between, asked for once."""

    def __init__(self, scores_of: ScoresOf, segments_of: SegmentsOf, column: str) -> None:
        self._scores_of, self._segments_of, self._column = scores_of, segments_of, column
        self._scores: dict[Swapped, pd.DataFrame] = {}
        self._decided: dict[Swapped, pd.DataFrame] = {}

    def customers(self, swapped: Swapped) -> pd.Index:
        return self._state(swapped).index

    def segments(self, swapped: Swapped, both: pd.Index) -> np.ndarray:
        return self._state(swapped).loc[both, "segment"].to_numpy()

    def values(self, swapped: Swapped, both: pd.Index) -> np.ndarray:
        """Return score and level, shape (2, n)."""
        state = self._state(swapped).reindex(both)
        missing = state.index[state["segment"].isna() | state["score"].isna()]
        if len(missing):
            raise DataError(
                "a state between the two runs lacks a customer or its score",
                given=f"{list(missing[:3])} where {', '.join(sorted(swapped)) or 'nothing'} is new",
                allowed="every customer of both runs in every state",
                do="score the same customers in each state",
            )
        return np.array([state["score"], levels_of(state["segment"])], dtype="float64")

    def _state(self, swapped: Swapped) -> pd.DataFrame:
        if swapped not in self._decided:
            key = swapped & SCORED
            if key not in self._scores:
                self._scores[key] = self._scores_of(key)
            scores = self._scores[key]
            segments = self._segments_of(swapped, scores).set_index("customer_id")["segment"]
            score = scores.set_index("customer_id")[self._column].astype("float64")
            self._decided[swapped] = pd.DataFrame(
                {"segment": segments, "score": score.reindex(segments.index)}
            )
        return self._decided[swapped]


def _told(row: dict[str, object]) -> str:
    """Return in words what moved or held a customer, the strongest first."""
    moved = _parts(row, "steps_", "+g", least=1e-9)
    scored = _parts(row, "score_", "+.4f", least=5e-5)
    if row["before"] == row["after"]:
        head = f"stays {row['after']}" + (f", for its causes cancel: {moved}" if moved else "")
    else:
        head = f"{row['before']} to {row['after']} by {moved}"
    tail = f"score {row['score_before']:.4f} to {row['score_after']:.4f}"
    return f"{head}; {tail}" + (f": {scored}" if scored else "")


def _parts(row: dict[str, object], prefix: str, form: str, *, least: float) -> str:
    values: dict[str, float] = {name: row[prefix + name] for name in SWAPS}  # type: ignore[misc]
    order = sorted(
        (name for name in SWAPS if abs(values[name]) >= least), key=lambda name: -abs(values[name])
    )
    sign = " ({:" + form + "})" if prefix == "steps_" else " {:" + form + "}"
    return ", ".join(_WORDS[name] + sign.format(values[name]) for name in order)


def _check_orders(orders: Sequence[Sequence[str]]) -> None:
    for order in orders or ((),):
        if sorted(order) != sorted(SWAPS):
            raise UsageError(
                "an order does not name each cause once",
                given=list(order),
                allowed=", ".join(SWAPS),
                do="use DECLARED or FEASIBLE",
            )
