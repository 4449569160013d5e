"""What a policy would have been worth against the one in force, or that it cannot be known (science 4.3).

Per decision first, then ratios of sums, then customer-clustered intervals, always as a paired difference on the
same rows: noise that both share cancels. The support verdict stands first; where it says no, bounds stand in
place of a figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.value.decisions import DecisionLog
from arseg.backtest.value.estimators import clustered_error
from arseg.backtest.value.logged import Values
from arseg.backtest.value.outcomes import Kind
from arseg.backtest.value.scored import ESTIMATORS, Outcomes, require_estimators
from arseg.backtest.value.sensitivity import break_even, difference_interval
from arseg.backtest.value.support import Verdict, bounds, judge_support, worst_case

UNKNOWN_CHANCES: Final = "the desk did not log how likely each treatment was, so what it knew beside the ledger cannot be told apart"
FEWEST_FOR_NORMAL: Final = 50

# measure: component, what it is divided by, unit, definition.
MEASURES: Final[Mapping[str, tuple[str, str, str, str]]] = MappingProxyType(
    {
        "value": (
            "value",
            "one",
            "currency per decision",
            "cash less interest, cost of contacts and losses over the horizon",
        ),
        "dso": (
            "amount_days",
            "sales",
            "days",
            "open balance summed over the horizon's days / sales of the horizon",
        ),
        "bad_debt_ratio": (
            "written_off",
            "sales",
            "share",
            "write-offs less recoveries over the horizon / sales of the horizon",
        ),
        "collection_rate": (
            "cash",
            "balance",
            "share",
            "cash over the horizon / open balance on the evening of the decision",
        ),
        "minutes": ("minutes", "one", "minutes per decision", "collector minutes of the contact"),
    }
)
COLUMNS: Final = (
    "policy",
    "estimator",
    "measure",
    "difference",
    "low",
    "high",
    "in_force",
    "unit",
    "identified",
    "decisions",
    "customers",
    "definition",
)


def weigh(
    log: DecisionLog,
    policies: Mapping[str, Values],
    *,
    estimators: tuple[str, ...] = ESTIMATORS,
    kind: Kind = "boosted",
    seed: int = 0,
) -> tuple[pd.DataFrame, dict[str, Verdict]]:
    """Return every policy's worth less that of the policy in force, by measure and estimator, and the verdicts.

    Parameters
    ----------
    log
        The decisions.
    policies
        Probability of every action at every decision, shape ``(n, A)``, by the policy's name.
    estimators
        Which of ``ESTIMATORS``.
    kind
        Outcome model, as in ``cross_fit``.
    seed
        Deals customers into folds.

    Returns
    -------
    frame, verdicts
        ``COLUMNS``: one row per policy, estimator and measure; where a policy is not identified the difference
        is empty and ``low`` and ``high`` are what can be said without support. And the verdict of each policy.
    """
    require_estimators(estimators)
    outcomes = Outcomes(log, kind, seed)
    verdicts = {name: judge(log, target) for name, target in policies.items()}
    rows = []
    for name, target in policies.items():
        if verdicts[name].identified:
            for estimator in estimators:
                psi = outcomes.score(estimator, target)
                rows += [_row(log, name, estimator, measure, psi) for measure in MEASURES]
        else:
            rows += _bounded(log, name, target)
    return pd.DataFrame(rows, columns=list(COLUMNS)), verdicts


def judge(log: DecisionLog, target: Values) -> Verdict:
    """Return the support verdict of a policy; without logged propensities none is identified."""
    verdict = judge_support(log.logged, target, log.state, slope=log.slope)
    if log.propensities_logged:
        return verdict
    return Verdict(False, (UNKNOWN_CHANCES, *verdict.reasons), verdict.checks, verdict.support_gap)


def difference(log: DecisionLog, psi: Values, measure: str) -> tuple[float, float, float]:
    """Return the paired difference of one measure to the policy in force, and its 95 % interval.

    Parameters
    ----------
    log
        The decisions.
    psi
        Scores of a policy, shape ``(n, k)`` in the order of the log's components.
    measure
        One of ``MEASURES``.
    """
    component, below, *_ = MEASURES[measure]
    column = log.logged.components.index(component)
    gain = psi[:, column] - log.logged.reward[:, column]
    divisor = _divisor(log, below)
    mean = divisor.mean()
    if not mean > 0:
        return (float("nan"),) * 3
    value = float(gain.mean() / mean)
    # The delta method for a ratio of sums: residuals of the gains from the ratio.
    linear = (gain - value * (divisor - mean)) / mean
    error = float(clustered_error(linear[:, None], log.logged.customer)[0])
    reach = _quantile(log.logged.customers) * error
    return value, value - reach, value + reach


def break_even_confounding(
    log: DecisionLog, target: Values, *, component: str = "value", seed: int = 0
) -> float:
    """Return Lambda*: how far the odds of what was done may be off before the interval of the difference holds zero."""

    def clear(strength: float) -> bool:
        low, high = difference_interval(
            log.logged, target, component=component, strength=strength, draws=100, seed=seed
        )
        return low > 0 or high < 0

    return break_even(clear)


def _row(log: DecisionLog, policy: str, estimator: str, measure: str, psi: Values) -> dict[str, object]:
    value, low, high = difference(log, psi, measure)
    return _said(log, policy, estimator, measure, identified=True) | {
        "difference": value,
        "low": low,
        "high": high,
    }


def _bounded(log: DecisionLog, policy: str, target: Values) -> list[dict[str, object]]:
    """Return what can be said without support, and by how much chance may have moved that."""
    lowest, highest = _limits(log)
    believed = bounds if log.propensities_logged else worst_case
    scores = believed(log.logged, target, lowest=lowest, highest=highest)
    rows = []
    for measure in MEASURES:
        (_, low, _), (_, _, high) = (difference(log, psi, measure) for psi in scores)
        said = _said(log, policy, "bounds", measure, identified=False)
        rows.append(said | {"difference": np.nan, "low": low, "high": high})
    return rows


def _limits(log: DecisionLog) -> tuple[Values, Values]:
    """Return the range of every component: nothing is paid, on the last evening as on the first, or all of it at once."""
    reward, balance = log.logged.reward, log.balance
    days = log.rows["amount_days"].to_numpy(dtype=np.float64)
    horizon = float((days[balance > 0] / balance[balance > 0]).max(initial=0.0))
    minutes = float(log.rows["minutes"].max())
    worth = log.logged.component("value")
    highest = {
        "cash": balance,
        "amount_days": balance * horizon,
        "written_off": balance,
        "minutes": np.full(len(balance), minutes),
        "contacts": np.ones(len(balance)),
        "value": np.maximum(balance, worth),
    }
    most = np.column_stack([highest[name] for name in log.logged.components])
    least = np.zeros_like(most)
    column = log.logged.components.index("value")
    least[:, column] = np.minimum(-balance, worth)
    # What really came may lie beyond either end: a credit, a payment of more than was open.
    return np.minimum(least, reward), np.maximum(most, reward)


def _said(
    log: DecisionLog, policy: str, estimator: str, measure: str, *, identified: bool
) -> dict[str, object]:
    component, below, unit, definition = MEASURES[measure]
    column, mean = log.logged.components.index(component), _divisor(log, below).mean()
    return {
        "policy": policy,
        "estimator": estimator,
        "measure": measure,
        "in_force": float(log.logged.reward[:, column].mean() / mean) if mean > 0 else float("nan"),
        "unit": unit,
        "identified": identified,
        "decisions": len(log.logged),
        "customers": log.logged.customers,
        "definition": definition,
    }


def _divisor(log: DecisionLog, name: str) -> Values:
    return {"one": np.ones(len(log.logged)), "sales": log.sales, "balance": log.balance}[name]


def _quantile(customers: int) -> float:
    """Return the 97.5 % quantile: Student's with G - 1 degrees of freedom where customers are few."""
    if customers >= FEWEST_FOR_NORMAL:
        return 1.959963984540054
    from scipy.stats import t

    return float(t.ppf(0.975, max(1, customers - 1)))
