"""Whether a ranking puts those first whom a contact moves: rules of thumb beside the score, on the desk's own log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.value.decisions import DecisionLog
from arseg.backtest.value.logged import Values
from arseg.backtest.value.outcomes import Kind, cross_fit
from arseg.backtest.value.support import LARGEST_GAP, RARE
from arseg.backtest.value.targeting import (
    WEIGHTINGS,
    rank_weighted_effect,
    uplift_scores,
    value_by_minutes,
)

NEVER: Final = 91.0
HEURISTICS: Final[Mapping[str, Callable[[pd.DataFrame], pd.Series]]] = MappingProxyType(
    {
        "oldest item first": lambda rows: rows["oldest_days_past_due"],
        "largest overdue balance first": lambda rows: rows["overdue_balance"],
        "balance x age": lambda rows: rows["overdue_balance"] * rows["mean_days_past_due"],
        "slowest habit first": lambda rows: rows["cleared_days_late"].fillna(0.0),
        "longest silence first": lambda rows: rows["last_contact_days"].fillna(NEVER),
    }
)
RATES: Final = (
    *("treatment", "ranking", "weighting", "value", "low", "high", "decisions", "customers"),
    *("identified", "why"),
)
CURVES: Final = ("treatment", "ranking", "minutes", "value", "treated")
UNDRAWN: Final = "the desk did not log how likely each treatment was"


def dearest(log: DecisionLog) -> str:
    """Return the treatment that takes the desk most minutes: the one that has to be targeted."""
    minutes = log.logged.component("minutes")
    spent = [minutes[log.logged.action == code].mean() for code in range(1, len(log.logged.actions))]
    return log.logged.actions[1 + int(np.argmax(spent))]


def targeting(
    log: DecisionLog,
    priorities: Mapping[str, Values],
    *,
    kind: Kind = "boosted",
    draws: int = 200,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rank-weighted effects and curves of value by minutes, of rankings and of the five rules of thumb.

    Parameters
    ----------
    log
        The decisions of the desk.
    priorities
        Further rankings by name, one number per decision, higher first; NaN is last. Must not have been fitted on
        what came after the decisions.
    kind
        Outcome model, as in ``cross_fit``.
    draws, seed
        Half samples of the customers.

    Returns
    -------
    rates, curves
        ``RATES`` (currency per decision) and ``CURVES`` (currency, over all decisions). Where the log does not tell the
        effect of the treatment, no figure stands in ``rates``, ``why`` says the reason, and ``curves`` is empty.
    """
    treatment = dearest(log)
    ranked = {name: _last(rule(log.rows)) for name, rule in HEURISTICS.items()}
    ranked |= {name: _last(pd.Series(values)) for name, values in priorities.items()}
    why = _why_not(log, treatment)
    shared = {"treatment": treatment, "decisions": len(log.logged), "customers": log.logged.customers}
    if why:
        rows = [
            shared | {"ranking": name, "weighting": way, "identified": False, "why": why}
            for name in ranked
            for way in WEIGHTINGS
        ]
        return pd.DataFrame(rows, columns=list(RATES)), pd.DataFrame(columns=list(CURVES))
    outcomes = cross_fit(log.logged, log.state, kind=kind, seed=seed)
    scores = uplift_scores(log.logged, outcomes, treatment=treatment, component="value")
    rows, curves = [], []
    each = np.full(len(scores), _minutes(log, treatment))
    for name, priority in ranked.items():
        for way in WEIGHTINGS:
            rate = rank_weighted_effect(
                scores, priority, log.logged.customer, weighting=way, draws=draws, seed=seed
            )
            figures = {"value": rate.value, "low": rate.low, "high": rate.high}
            rows.append(shared | figures | {"ranking": name, "weighting": way, "identified": True, "why": ""})
        curve = value_by_minutes(scores, priority, each, points=11)
        curves.append(curve.assign(treatment=treatment, ranking=name))
    return pd.DataFrame(rows, columns=list(RATES)), pd.concat(curves, ignore_index=True)[list(CURVES)]


def _last(values: pd.Series) -> Values:
    """Return a priority in which what is not known comes last."""
    found = values.to_numpy(dtype=np.float64)
    least = np.nanmin(found, initial=0.0)
    return np.where(np.isnan(found), least - 1, found)


def _minutes(log: DecisionLog, treatment: str) -> float:
    took = log.logged.action == log.logged.actions.index(treatment)
    return max(float(log.logged.component("minutes")[took].mean()), 1e-6)


def _why_not(log: DecisionLog, treatment: str) -> str:
    if not log.propensities_logged:
        return UNDRAWN
    codes = [0, log.logged.actions.index(treatment)]
    rare = float((log.logged.propensity[:, codes] < RARE).any(axis=1).mean())
    if rare > LARGEST_GAP:
        return f"in {100 * rare:.0f} % of the decisions {treatment} or doing nothing was hardly ever done"
    return ""
