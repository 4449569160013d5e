"""Policies compared over past key dates: walk, replay, judge, and one frozen result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from arseg.backtest.discrimination import accuracy, calibration, judge_models
from arseg.backtest.final_window import final_key_dates, measure_apart, protocol
from arseg.backtest.forecasts import forecast_unpaid, mean_delays
from arseg.backtest.plan import Plan
from arseg.backtest.replay import frozen_sums, measure, replay
from arseg.backtest.reviews import Entrant, Reviews
from arseg.backtest.standing import Standing
from arseg.backtest.walk_forward import Fold, Walk, walk_forward
from arseg.backtest.what_came import what_came
from arseg.ledger import Ledger
from arseg.models import CustomerMeanDelay, KaplanMeierByTerms, TimeToPayment
from arseg.schema import DataError, UsageError, parse_day
from arseg.schema.days import last_month_end, month_end, parse_key_dates
from arseg.schema.shown import Shown
from arseg.side_by_side import together

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class BacktestResult(Shown):
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
        Scores of all key dates, with ``key_date``; items also with ``p_unpaid_60`` and ``p_unpaid_90``, customers with
        ``mean_days_late`` (of the year before, drawn to the book's; missing where no block says it).
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
    protocol
        How it was walked, in sentences: embargo, training window, choices, final window.
    final_dates
        Key dates whose outcomes reach into the final window; no choice was made on them.
    measures_apart
        The measures of the key dates before the final window and of those in it, ``part`` says which.
    choices
        ``policy, chosen_on, holds``: the cuts that were chosen on the way.
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
    protocol: tuple[str, ...] = ()
    final_dates: tuple[dt.date, ...] = ()
    measures_apart: pd.DataFrame = field(default_factory=pd.DataFrame)
    choices: pd.DataFrame = field(default_factory=pd.DataFrame)

    def plot(self, name: str = "dso", *, ax: Axes | None = None) -> Figure:
        """Draw a measure by segment, each policy with its mark and interval; see ``plots.plot_measure``.

        Parameters
        ----------
        name
            One of those in ``measures``.
        ax
            Axes of a figure of your own; a new figure where None.
        """
        from arseg.backtest.plots import plot_measure

        return plot_measure(self.measures, name, ax=ax)

    def plot_calibration(self, *, ax: Axes | None = None) -> Figure:
        """Draw observed against expected shares of unpaid items; see ``plots.plot_calibration``.

        Parameters
        ----------
        ax
            As in `plot`.
        """
        from arseg.backtest.plots import plot_calibration

        return plot_calibration(self.calibration, ax=ax)


def backtest(
    ledger: Ledger,
    policies: Sequence[Entrant],
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
        The policies; the first is the one in force. ``Recorded.read(ledger)`` is the one that really was.
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
    policies: Sequence[Entrant],
    models: Mapping[str, TimeToPayment],
    *,
    observed_on: dt.date,
    key_dates: Sequence[dt.date] | None = None,
    seen: Callable[[Fold], None] = lambda _: None,
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
    seen
        Called with each key date's fold when it is done, while its models are at hand.
    """
    if not policies:
        raise UsageError("no policy to compare", given="none", allowed="one or more", do="name a policy")
    settled = walk.known_until(observed_on)
    horizon = dt.timedelta(days=walk.plan.horizon_days)
    asked = tuple(key_dates) if key_dates is not None else mature_key_dates(walk.plan, observed_on)
    days = tuple(day for day in asked if day + horizon <= settled)
    found = _Found(walk, policies, observed_on, final_key_dates(days, walk.plan, settled=settled))
    notes = [
        f"{day} is left out: its outcomes were not mature by {observed_on}"
        for day in asked
        if day + horizon > settled
    ]
    # What came is read while the models of the day are taught.
    came = what_came(walk, days, observed_on)
    for day, read, fold in zip(days, came, walk_forward(walk, models, days), strict=True):
        if isinstance(fold, DataError):
            notes.append(f"{day} is left out: {fold.what}")
            continue
        if isinstance(read, Exception):
            raise read
        found.add(fold, *read)
        seen(fold)
    if not found.folds:
        raise DataError(
            "no key date can be judged",
            given=f"{len(asked)} key dates before {observed_on}; {'; '.join(notes[-3:]) or 'none mature'}",
            allowed=f"month-ends up to {mature_key_dates(walk.plan, observed_on)[-1]} with training history before them",
            do="choose key dates within these, or load more history",
        )
    return found.result(tuple(notes))


def mature_key_dates(plan: Plan, observed_on: dt.date, *, count: int = 12) -> tuple[dt.date, ...]:
    """Return the last month-ends whose horizon had passed, and settled, by a day; oldest first."""
    reach = observed_on - dt.timedelta(days=plan.horizon_days + plan.settle_lag_days)
    last = last_month_end(reach)
    return tuple(month_end(last, back=back) for back in range(count - 1, -1, -1))


class _Found:
    """Collects the frames of the folds."""

    def __init__(
        self, walk: Walk, policies: Sequence[Entrant], observed_on: dt.date, final: tuple[dt.date, ...]
    ) -> None:
        self.walk, self.policies, self.observed_on, self.final = walk, policies, observed_on, final
        self.reviews = Reviews()
        self.folds: list[dt.date] = []
        self.items: list[pd.DataFrame] = []
        self.customers: list[pd.DataFrame] = []
        self.outcomes: list[pd.DataFrame] = []
        self.rows: list[pd.DataFrame] = []
        self.judged: list[pd.DataFrame] = []
        self.standings: list[Standing] = []

    def add(self, fold: Fold, known: pd.DataFrame, flows: pd.DataFrame) -> None:
        key_date, scores = fold.key_date, fold.scores
        stamp = pd.Timestamp(key_date)
        self.folds.append(key_date)
        self.items.append(forecast_unpaid(fold, scores.items).assign(key_date=stamp))
        self.customers.append(mean_delays(fold.features, scores.customers).assign(key_date=stamp))
        self.outcomes.append(known)
        self.rows.append(
            replay(
                self.policies,
                scores.customers,
                frozen_sums(scores.items, known, flows),
                key_date,
                reviews=self.reviews,
                # A refit is when a policy may choose, unless nothing may be chosen any more.
                may_choose=fold.fitted_on == key_date and key_date not in self.final,
            )
        )
        self.judged.append(judge_models(fold, known))
        self.standings.append(self.walk.landmark(key_date).standing)

    def result(self, notes: tuple[str, ...]) -> BacktestResult:
        items, outcomes, rows = (
            pd.concat(part, ignore_index=True) for part in (self.items, self.outcomes, self.rows)
        )
        plan, first, last = self.walk.plan, self.folds[0], self.folds[-1]
        window = f"{len(self.folds)} key dates, {first} to {last}; outcomes followed {plan.horizon_days} days"
        final = tuple(day for day in self.folds if day in self.final)
        drawn = {"draws": plan.draws, "seed": plan.seed}
        tables: list[Callable[[], pd.DataFrame]] = [
            lambda: measure_apart(rows, final, **drawn, horizon_days=plan.horizon_days),
            lambda: measure(rows, **drawn, window=window),
            lambda: calibration(items, outcomes, **drawn),
            lambda: accuracy(pd.concat(self.judged, ignore_index=True)),
        ]
        apart, measures, calibrated, accurate = together(*tables)
        return BacktestResult(
            key_dates=tuple(self.folds),
            horizon_days=plan.horizon_days,
            observed_on=self.observed_on,
            in_force=repr(self.policies[0]),
            items=items,
            customers=pd.concat(self.customers, ignore_index=True),
            outcomes=outcomes,
            rows=rows,
            measures=measures,
            accuracy=accurate,
            calibration=calibrated,
            standings=tuple(self.standings),
            notes=notes,
            protocol=protocol(self.walk.embargo(last), plan, self.folds, final),
            final_dates=final,
            measures_apart=apart,
            choices=pd.DataFrame(self.reviews.choices, columns=["policy", "chosen_on", "holds"]),
        )
