"""Question (c): what would have happened under each policy, where history can speak of it (science 4.3).

The decisions of the desk are read from the ledger, each policy is asked what it would have done on those evenings, and
the difference to what was done is estimated with its interval. Where the log cannot tell, the verdict says why and the
table holds bounds in place of a figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from arseg.backtest.contest import BacktestResult
from arseg.backtest.value.decisions import Prices, read_decisions
from arseg.backtest.value.scored import HEADLINE
from arseg.backtest.value.support import LARGEST_GAP, Verdict
from arseg.backtest.value.targets import Targets, targets_of
from arseg.backtest.value.worth import COLUMNS, break_even_confounding, weigh
from arseg.ledger import Ledger, observe_decisions, take_snapshot
from arseg.schema import DataError
from arseg.schema.shown import Shown
from arseg.treatments import Playbook

HORIZON: Final = 28
_CONTACTS: Final = (
    "SELECT treatment, channel, tone FROM contacts WHERE treatment IS NOT NULL ORDER BY contact_id"
)
VERDICTS: Final = (
    "policy",
    "identified",
    "reasons",
    "support_gap",
    "unmatched",
    "break_even_lambda",
    "decisions",
)


@dataclass(frozen=True)
class Counterfactual(Shown):
    """What each policy would have been worth, or why that cannot be known.

    Parameters
    ----------
    table
        As ``worth.COLUMNS``: differences to what the desk did, by policy, estimator and measure.
    verdicts
        One row per policy: ``policy, identified, reasons, support_gap, unmatched, break_even_lambda, decisions``.
    checks
        One row per policy and check of the support: ``policy, check, value, limit, passed, meaning``.
    notes
        What was left out, and why.
    horizon_days
        Days after each decision over which its outcome was counted.
    asked
        The decisions that were weighed, and what each policy would have done; None where there are none.
    """

    table: pd.DataFrame
    verdicts: pd.DataFrame
    checks: pd.DataFrame
    notes: tuple[str, ...]
    horizon_days: int
    asked: Targets | None = None

    @property
    def headline(self) -> pd.DataFrame:
        """The rows of the headline estimator, and the bounds of policies that are not identified."""
        return self.table[self.table["estimator"].isin([HEADLINE, "bounds"])].reset_index(drop=True)


def look_back(
    ledger: Ledger,
    result: BacktestResult,
    *,
    playbook: Playbook,
    prices: Prices | None = None,
    seed: int = 0,
) -> Counterfactual:
    """Return what each policy would have been worth against what the desk did.

    Parameters
    ----------
    ledger
        The ledger; decisions are read from ``assignments``.
    result
        A backtest of the policies: the segments that each gave at each key date, and the day whose knowledge judges.
    playbook
        From segment to treatment.
    prices
        What waiting and working cost.
    seed
        Deals customers into folds.

    Returns
    -------
    counterfactual
        Empty, with a note, where the ledger logs no decision: nobody can say what another policy would have been
        worth who does not know who was left alone, and how likely that was.
    """
    try:
        first, observed_on = min(result.key_dates), result.observed_on
        log = read_decisions(
            observe_decisions(ledger, horizon_days=HORIZON, first=first, observed_on=observed_on),
            prices=prices,
            seed=seed,
        )
        with take_snapshot(ledger, observed_on) as snapshot:
            contacts = snapshot.sql(_CONTACTS)
        asked = targets_of(log, result.rows, result.customers, playbook=playbook, contacts=contacts)
    except DataError as problem:
        return _unknown(f"no policy can be weighed: {problem.what}; {problem.do}")
    table, verdicts = weigh(asked.log, asked.policies, seed=seed)
    told = {policy: _with_unmatched(verdict, asked.unmatched[policy]) for policy, verdict in verdicts.items()}
    strengths = {
        policy: break_even_confounding(asked.log, asked.policies[policy], seed=seed)
        if verdict.identified
        else np.nan
        for policy, verdict in told.items()
    }
    return Counterfactual(
        _hide(table, told),
        _verdict_rows(asked, told, strengths),
        pd.concat(
            [verdict.checks.assign(policy=policy) for policy, verdict in told.items()], ignore_index=True
        ),
        (),
        HORIZON,
        asked,
    )


def _with_unmatched(verdict: Verdict, unmatched: float) -> Verdict:
    if unmatched <= LARGEST_GAP:
        return verdict
    said = f"{100 * unmatched:.0f} % of the policy's choices are contacts that the desk never made"
    return Verdict(False, (*verdict.reasons, said), verdict.checks, verdict.support_gap)


def _hide(table: pd.DataFrame, verdicts: dict[str, Verdict]) -> pd.DataFrame:
    """Leave no figure of a policy that is not identified, whatever the reason."""
    silent = table["policy"].map(lambda policy: not verdicts[policy].identified)
    kept = table[~silent | (table["estimator"] == "bounds")]
    lost = [policy for policy, verdict in verdicts.items() if not verdict.identified]
    missing = [policy for policy in lost if policy not in set(kept["policy"])]
    if not missing:
        return kept.reset_index(drop=True)
    first = table[table["policy"].isin(missing)].drop_duplicates(["policy", "measure"])
    empty = first.assign(estimator="bounds", difference=np.nan, low=np.nan, high=np.nan, identified=False)
    return pd.concat([kept, empty], ignore_index=True)


def _verdict_rows(asked: Targets, verdicts: dict[str, Verdict], strengths: dict[str, float]) -> pd.DataFrame:
    rows = [
        (
            policy,
            verdict.identified,
            "; ".join(verdict.reasons),
            verdict.support_gap,
            asked.unmatched[policy],
            strengths[policy],
            len(asked.log.logged),
        )
        for policy, verdict in verdicts.items()
    ]
    return pd.DataFrame(rows, columns=list(VERDICTS))


def _unknown(note: str) -> Counterfactual:
    return Counterfactual(
        pd.DataFrame(columns=list(COLUMNS)),
        pd.DataFrame(columns=list(VERDICTS)),
        pd.DataFrame(columns=["policy", "check", "value", "limit", "passed", "meaning"]),
        (note,),
        HORIZON,
    )
