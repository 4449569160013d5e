"""Policies compared over past key dates: walk, replay, judge, and one frozen result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from arseg.backtest.discrimination import accuracy, calibration, judge_models
from arseg.backtest.plan import Plan
from arseg.backtest.replay import frozen_sums, measure, replay
from arseg.backtest.standing import Standing
from arseg.backtest.walk_forward import Fold, Walk, walk_forward
from arseg.ledger import Ledger, observe_flows, observe_outcomes
from arseg.models import CustomerMeanDelay, KaplanMeierByTerms, TimeToPayment
from arseg.policies import Policy
from arseg.schema import DataError, UsageError, parse_day
from arseg.schema.days import last_month_end, month_end, parse_key_dates


@dataclass(frozen=True)
class BacktestResult:
    """What a backtest found; every frame has fixed columns.

    Parameters
    ----------
    key_dates
        The key dates that could be judged.
    horizon_days
        How long outcomes were followed.
    observed_on
        The day whose knowledge judged them.
    in_force
        The policy that the others are compared with.
    items, customers
        Scores of all key dates, with ``key_date``.
    outcomes
        What came of the items, as ``schema.OUTCOMES``.
    rows
        One row per policy, key date and customer.
    measures
        As ``schema.MEASURES``: the replay question.
    accuracy, calibration
        The discrimination question, for the model and its baselines.
    standings
        Headline sums of each key date.
    notes
        What was left out, and why.
    """

    key_dates: tuple[dt.date, ...]
    horizon_days: int
    observed_on: dt.date
    in_force: str
    items: pd.DataFrame
    customers: pd.DataFrame
    outcomes: pd.DataFrame
    rows: pd.DataFrame
    measures: pd.DataFrame
    accuracy: pd.DataFrame
    calibration: pd.DataFrame
    standings: tuple[Standing, ...]
    notes: tuple[str, ...]


def backtest(
    ledger: Ledger,
    policies: Sequence[Policy],
    model: TimeToPayment,
    *,
    key_dates: str | Sequence[dt.date] | None = None,
    plan: Plan | None = None,
    observed_on: str | dt.date | None = None,
) -> BacktestResult:
    """Compare policies over past key dates, with nothing that was not known then.

    Parameters
    ----------
    ledger
        The ledger.
    policies
        The policies; the first is the one in force.
    model
        An unfitted model; Kaplan-Meier by terms and the customer's mean delay run beside it.
    key_dates
        ``2025-01/2025-12`` for the month-ends of a range, or days; the twelve last mature ones if left out.
    plan
        The protocol.
    observed_on
        The day whose knowledge judges the outcomes; the last day of the ledger if left out.

    Raises
    ------
    UsageError
        If there is no policy.
    DataError
        If no key date can be judged.
    """
    entrants: tuple[TimeToPayment, ...] = (model, KaplanMeierByTerms(), CustomerMeanDelay())
    models = {repr(entrant): entrant for entrant in entrants}
    walk = Walk(ledger, plan or Plan())
    day = parse_day(observed_on, name="observed_on") if observed_on else ledger.last_known
    days = parse_key_dates(key_dates) if isinstance(key_dates, str) else key_dates
    return contest(walk, policies, models, key_dates=days, observed_on=day)


def contest(
    walk: Walk,
    policies: Sequence[Policy],
    models: Mapping[str, TimeToPayment],
    *,
    observed_on: dt.date,
    key_dates: Sequence[dt.date] | None = None,
    progress: Callable[[dt.date], None] = lambda _: None,
) -> BacktestResult:
    """Compare policies on a walk whose month-ends may already be built; see ``backtest``.

    Parameters
    ----------
    walk
        Ledger, protocol and features.
    policies
        The policies; the first is the one in force.
    models
        Unfitted models by name; the first scores the book.
    observed_on
        The day whose knowledge judges.
    key_dates
        Month-ends, or the twelve last mature ones.
    progress
        Called with each key date when it is done.
    """
    if not policies:
        raise UsageError("no policy to compare", given="none", allowed="one or more", do="name a policy")
    asked = tuple(key_dates) if key_dates is not None else mature_key_dates(walk.plan, observed_on)
    reach = observed_on - dt.timedelta(days=walk.plan.horizon_days + walk.plan.settle_lag_days)
    days = tuple(day for day in asked if day <= reach)
    found = _Found()
    notes = [
        f"{day} is left out: its outcomes were not mature by {observed_on}" for day in asked if day > reach
    ]
    for index, fold in enumerate(walk_forward(walk, models, days)):
        if isinstance(fold, DataError):
            notes.append(f"{days[index]} is left out: {fold.what}")
            continue
        until = min(
            days[index + 1] if index + 1 < len(days) else month_end(fold.key_date, back=-1), observed_on
        )
        found.add(walk, policies, fold, until=until, observed_on=observed_on)
        progress(fold.key_date)
    if not found.folds:
        raise DataError(
            "no key date can be judged",
            given=f"{len(asked)} key dates before {observed_on}; {notes[-1] if notes else 'none mature'}",
            allowed="at least one with training history before it",
            do="choose later key dates or load more history",
        )
    return found.result(walk, policies, observed_on, tuple(notes))


def mature_key_dates(plan: Plan, observed_on: dt.date, *, count: int = 12) -> tuple[dt.date, ...]:
    """Return the last month-ends whose horizon had passed, and settled, by a day; oldest first."""
    reach = observed_on - dt.timedelta(days=plan.horizon_days + plan.settle_lag_days)
    last = last_month_end(reach)
    return tuple(month_end(last, back=back) for back in range(count - 1, -1, -1))


class _Found:
    """Collects the frames of the folds."""

    def __init__(self) -> None:
        self.folds: list[dt.date] = []
        self.items: list[pd.DataFrame] = []
        self.customers: list[pd.DataFrame] = []
        self.outcomes: list[pd.DataFrame] = []
        self.rows: list[pd.DataFrame] = []
        self.judged: list[pd.DataFrame] = []
        self.standings: list[Standing] = []

    def add(
        self, walk: Walk, policies: Sequence[Policy], fold: Fold, *, until: dt.date, observed_on: dt.date
    ) -> None:
        plan, key_date = walk.plan, fold.key_date
        settled = observed_on - dt.timedelta(days=plan.settle_lag_days)
        reach = min(key_date + dt.timedelta(days=plan.horizon_days), settled)
        known = observe_outcomes(walk.ledger, key_date, observed_on=observed_on, until=reach)
        flows = observe_flows(walk.ledger, key_date, until=until, observed_on=observed_on)
        scores = fold.scores
        self.folds.append(key_date)
        self.items.append(scores.items.assign(key_date=pd.Timestamp(key_date)))
        self.customers.append(scores.customers.assign(key_date=pd.Timestamp(key_date)))
        self.outcomes.append(known)
        self.rows.append(
            replay(policies, scores.customers, frozen_sums(scores.items, known, flows), key_date)
        )
        self.judged.append(judge_models(fold, known))
        self.standings.append(walk.landmark(key_date).standing)

    def result(
        self, walk: Walk, policies: Sequence[Policy], observed_on: dt.date, notes: tuple[str, ...]
    ) -> BacktestResult:
        items, outcomes, rows = (
            pd.concat(part, ignore_index=True) for part in (self.items, self.outcomes, self.rows)
        )
        first, last = self.folds[0], self.folds[-1]
        window = (
            f"{len(self.folds)} key dates, {first} to {last}; outcomes followed {walk.plan.horizon_days} days"
        )
        return BacktestResult(
            key_dates=tuple(self.folds),
            horizon_days=walk.plan.horizon_days,
            observed_on=observed_on,
            in_force=repr(policies[0]),
            items=items,
            customers=pd.concat(self.customers, ignore_index=True),
            outcomes=outcomes,
            rows=rows,
            measures=measure(rows, draws=walk.plan.draws, seed=walk.plan.seed, window=window),
            accuracy=accuracy(pd.concat(self.judged, ignore_index=True)),
            calibration=calibration(items, outcomes),
            standings=tuple(self.standings),
            notes=notes,
        )
