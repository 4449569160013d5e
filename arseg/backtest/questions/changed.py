"""Question (c): what would have come under the policy? A figure only where history can speak, else bounds and the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from arseg.backtest.claims import claims_table
from arseg.backtest.contest import BacktestResult
from arseg.backtest.counterfactual import HORIZON, Counterfactual, look_back
from arseg.backtest.questions.answer import Answer
from arseg.backtest.receivables_book import ReceivablesBook
from arseg.backtest.trials.outlook import outlook
from arseg.backtest.value.decisions import DecisionLog, Prices
from arseg.backtest.value.natural import Cut, RuleChange, at_cuts, at_rule_changes
from arseg.backtest.value.rankings import CURVES, RATES, targeting
from arseg.ledger import Ledger, observe_decisions
from arseg.schema import PROFILE, DataError
from arseg.treatments import Playbook

UNDECLARED = "no cut and no change of the desk's rule is declared, so no natural experiment is looked at"
# Half samples behind a targeting interval: a standard error needs fewer than a quantile.
_HALVES = 100


@dataclass(frozen=True)
class Asked:
    """What is asked of the third question.

    Parameters
    ----------
    playbook
        From segment to treatment.
    published
        The policy, as written, whose effect the claims table shows.
    prices
        What waiting and working cost.
    cuts, changes
        Known cuts of the desk's rule, and days on which it changed.
    holdout_share
        Of the customers, in the trial whose power is told.
    draws, seed
        Customer-clustered bootstrap.
    """

    playbook: Playbook
    published: str
    prices: Prices = field(default_factory=Prices)
    cuts: Sequence[Cut] = ()
    changes: Sequence[RuleChange] = ()
    holdout_share: float = 0.05
    draws: int = 500
    seed: int = 0


def ask_counterfactual(
    ledger: Ledger, result: BacktestResult, asked: Asked, *, period: ReceivablesBook
) -> Answer:
    """Return what each policy would have been worth against what the desk did, by every way that history leaves open.

    Parameters
    ----------
    ledger, result
        The ledger and a backtest on it.
    asked
        Playbook, prices, natural experiments, trial.
    period
        The period of the claims, as from ``replayed.period_of``.

    Returns
    -------
    answer
        Tables ``counterfactual``, ``verdicts`` and ``support`` (off-policy), ``targeting`` and ``targeting_curves``,
        ``at_cuts`` and ``rule_changes`` (natural experiments), ``claims``, ``trial`` (power and cost of a holdout).
    """
    found = look_back(ledger, result, playbook=asked.playbook, prices=asked.prices, seed=asked.seed)
    rates, curves = _targeting(found, result, asked)
    natural = _natural(ledger, result, asked)
    claims = claims_table(
        period,
        effects=_effects(found, asked.published),
        minute_cost=asked.prices.minute,
        draws=asked.draws,
        seed=asked.seed,
    )
    gain = _gain_per_review(found, result, asked.published)
    trial = outlook(result, share=asked.holdout_share, reviews=len(result.key_dates), gain_per_customer=gain)
    return Answer(
        "counterfactual",
        {
            "counterfactual": found.table,
            "verdicts": found.verdicts,
            "support": found.checks,
            "targeting": rates,
            "targeting_curves": curves,
            **natural.tables,
            "claims": claims,
            "trial": trial,
        },
        (*found.notes, *natural.notes),
    )


def _targeting(
    found: Counterfactual, result: BacktestResult, asked: Asked
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if found.asked is None:
        return pd.DataFrame(columns=list(RATES)), pd.DataFrame(columns=list(CURVES))
    log = found.asked.log
    draws = min(asked.draws, _HALVES)
    return targeting(log, scores_then(log, result.customers), draws=draws, seed=asked.seed)


def scores_then(log: DecisionLog, customers: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the scores of the last month-end before each decision, as rankings by name; NaN where there was none.

    Parameters
    ----------
    log
        The decisions.
    customers
        Scores of the key dates, as of a ``BacktestResult``.
    """
    said = customers[["customer_id", "key_date", "p_unpaid_30"]].assign(
        on=pd.to_datetime(customers["key_date"]).astype("datetime64[ns]")
    )
    rows = log.rows[["customer_id", "overdue_balance"]].reset_index(drop=True)
    rows = rows.assign(on=pd.to_datetime(log.rows["key_date"]).astype("datetime64[ns]").to_numpy())
    joined = pd.merge_asof(
        rows.reset_index(names="row").sort_values("on", kind="stable"),
        said.drop(columns="key_date").sort_values("on", kind="stable"),
        on="on",
        by="customer_id",
    ).sort_values("row")
    risk = joined["p_unpaid_30"].to_numpy(dtype=np.float64)
    return {"score": risk, "score x balance": risk * joined["overdue_balance"].to_numpy(dtype=np.float64)}


def _natural(ledger: Ledger, result: BacktestResult, asked: Asked) -> Answer:
    """Return the natural experiments that are declared, over everything that the desk decided."""
    if not asked.cuts and not asked.changes:
        return Answer("counterfactual", {}, (UNDECLARED,))
    try:
        rows = observe_decisions(ledger, horizon_days=HORIZON, observed_on=result.observed_on)
    except DataError as problem:
        return Answer("counterfactual", {}, (f"no natural experiment: {problem.what}",))
    last = result.customers.sort_values("key_date", kind="stable").drop_duplicates("customer_id", keep="last")
    words = [name for name in PROFILE if name in last]
    return Answer(
        "counterfactual",
        {
            "at_cuts": at_cuts(rows, asked.cuts),
            "rule_changes": at_rule_changes(rows, last[["customer_id", *words]], asked.changes),
        },
    )


def _effects(found: Counterfactual, policy: str) -> pd.DataFrame | None:
    head = found.headline
    own = head[head["policy"] == policy]
    if own.empty:
        return None
    why = found.verdicts.set_index("policy")["reasons"].get(policy, "")
    return own[["measure", "difference", "low", "high", "identified"]].assign(why=why)


def _gain_per_review(found: Counterfactual, result: BacktestResult, policy: str) -> float:
    """Return what a customer and review is worth at the most, by the upper end of the value's interval; NaN if unknown."""
    head = found.headline
    own = head[(head["policy"] == policy) & (head["measure"] == "value") & head["identified"].astype(bool)]
    if own.empty:
        return float("nan")
    row = own.iloc[0]
    customers = result.rows["customer_id"].nunique()
    return float(row["high"] * row["decisions"] / (customers * len(result.key_dates)))
