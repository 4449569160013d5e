"""What each stage notebook calls: one verb a stage, real rooms behind it, and something to look at.

A stage reads what earlier stages saved in the run's work folder and saves what later ones need. Nothing
here reads the clock or the run's id, so the same inputs give the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from arseg.backtest import BacktestResult, Plan, Walk, contest, mature_key_dates
from arseg.explain import own_history, with_history
from arseg.ledger import QualityReport, check, read_ledger
from arseg.ledger.quality.finding import SEVERITIES
from arseg.models import save_model
from arseg.models.asked_once import AskedBook
from arseg.models.same_size import sized_like
from arseg.runs.answering import answer_questions
from arseg.runs.assigning import declared_policies
from arseg.runs.classifying import Classified, keep_classified
from arseg.runs.contact_value import keep_value
from arseg.runs.item_curves import keep_curves
from arseg.runs.known_rows import known_rows
from arseg.runs.learning import Decision, chosen_model, decide, declared_models, made, patient
from arseg.runs.model_card import keep_card, make_card, observed_window
from arseg.runs.needed_scores import needed_scores
from arseg.runs.own_snapshot import holding_history, own_snapshot
from arseg.runs.past_books import forget_past, keep_past
from arseg.runs.reaching import keep_counts
from arseg.runs.scorer import inputs_of
from arseg.runs.scores_since import keep_scores_since
from arseg.runs.spread import keep_spread
from arseg.runs.walked import keep_walk, load_walk
from arseg.runs.what_counts import what_counts
from arseg.schema import CAUSE_NAMES, PAID, DataError
from arseg.schema.days import month_end
from arseg.schema.shown import Shown
from arseg.scores import Scores, score
from arseg.side_by_side import together

if TYPE_CHECKING:
    from arseg.backtest.walk_forward import Fold, Landmark
    from arseg.features import Features
    from arseg.ledger.snapshot import Snapshot
    from arseg.models import TimeToPayment
    from arseg.runs.journal import Run
    from arseg.runs.known_rows import Known


def check_ledger(run: Run) -> QualityReport:
    """Check the ledger on the key date and refuse to go on where the experiment says so.

    Raises
    ------
    DataError
        Naming the first finding that is too severe, or why the ledger is too old or not whole.
    """
    asked = run.experiment.quality
    report = check(read_ledger(run.ledger_path), as_of=run.key_date, max_age_days=asked.max_age_days)
    run.save("quality", report.to_frame())
    run.save("check", report.to_dict())
    severe = SEVERITIES[: SEVERITIES.index(asked.refuse_on) + 1] if asked.refuse_on in SEVERITIES else ()
    found = [finding for finding in report.findings if finding.severity in severe]
    if found:
        raise DataError(
            f"the ledger is not fit for a run: {found[0].code}",
            given=found[0].message,
            allowed=f"no finding of severity {asked.refuse_on} or worse",
            do="mend the source and load it again; `arseg check` lists everything",
            code=found[0].code,
        )
    if report.stale and asked.when_stale == "stop":
        raise DataError(
            "the ledger is stale",
            given="; ".join(report.stale),
            allowed=f"a whole book, known up to {run.key_date} within max_age_days",
            do="load the latest extract, or let the experiment's quality say `when_stale: stamp`",
            code="stale",
        )
    return report


def plan_of(run: Run) -> Plan:
    """Return the backtest protocol that the experiment declares."""
    declared = run.experiment
    return Plan(
        horizon_days=declared.backtest.horizon_days,
        settle_lag_days=declared.training.settle_lag_days,
        landmarks=declared.training.landmarks,
        refit_every=declared.training.refit_every,
        most_rows=declared.training.most_rows,
        draws=declared.backtest.draws,
        seed=declared.backtest.seed,
        embargo=declared.training.embargo,
        window=declared.training.window,
        final_days=declared.backtest.final_days,
    )


def open_walk(run: Run) -> Walk:
    """Return the experiment's walk over the ledger, with nothing built yet."""
    folder = None if run.blocks_folder is None else str(run.blocks_folder)
    book = read_ledger(run.ledger_path)
    chosen = run.experiment.features
    return Walk(
        book,
        plan_of(run),
        blocks=chosen.blocks,
        folder=folder,
        cache=run.cache,
        engine=chosen.engine,
    )


@holding_history
def build(run: Run) -> pd.DataFrame:
    """Build the features of every month-end that training and backtest need, and keep them.

    Returns
    -------
    frame
        One row per month-end: open items, customers, columns.
    """
    walk = open_walk(run)
    told: list[dict[str, object]] = []
    keep_walk(run, _told(walk.each(needed_dates(run, walk)), told))
    with own_snapshot(run) as snapshot:
        keep_known(run, snapshot)
    return pd.DataFrame(told)


def _told(marks: Iterable[Landmark], told: list[dict[str, object]]) -> Iterator[Landmark]:
    """Yield the month-ends, and write down how large each was."""
    for mark in marks:
        counts = {"open_items": len(mark.features.items), "customers": len(mark.features.customers)}
        told.append({"key_date": str(mark.key_date), **counts, "features": mark.features.width})
        yield mark


def keep_known(run: Run, snapshot: Snapshot) -> None:
    """Keep which tables the key date knew, and the customers' names; only the worklist ever shows those."""
    query = "SELECT customer_id, name FROM customers WHERE name IS NOT NULL ORDER BY customer_id"
    run.save("names", snapshot.sql(query))
    run.save("present", sorted(snapshot.present))
    keep_counts(run, snapshot)


def needed_dates(run: Run, walk: Walk) -> list[dt.date]:
    """Return the month-ends before the key date that any stage looks at, and the key date itself."""
    reach = run.experiment.backtest.key_dates + walk.plan.horizon_days // 28 + 1
    past = max(reach + walk.plan.landmarks, 13)
    first = walk.ledger.first_posting
    days = {month_end(run.key_date, back=back) for back in range(1, past + 1)}
    return [*sorted(day for day in days if first is not None and first <= day < run.key_date), run.key_date]


@dataclass(frozen=True)
class Trained(Shown):
    """The fitted models, the first of which was chosen, what that one says, the columns that count, and the classifier."""

    models: dict[str, TimeToPayment]
    rows: int
    paid: int
    scores: Scores
    decision: Decision
    counts: pd.DataFrame
    classified: Classified | None = None


@holding_history
def train(run: Run) -> Trained:
    """Choose a model, fit it and its baselines on what the key date knew, and score the book."""
    walk = load_walk(run, open_walk(run))
    known = known_rows(walk, run.key_date)
    decision = decide(run.experiment, walk, known, run.key_date)
    run.save("selection", decision.record())
    features = walk.landmark(run.key_date).features
    _, (models, scores) = together(partial(_month_before, run, walk), partial(_taught, run, known, features))
    first = next(iter(models.values()))
    classified = keep_classified(run, walk)
    keep_spread(run, known, features, lambda: sized_like(made(chosen_model(run)), first))
    run.save("paid_by_week", pd.DataFrame(scores.paid_by_week).add_prefix("week_"))
    window = observed_window(known)
    counts = what_counts(first, features.matrix(), seed=walk.plan.seed)
    rows, paid = window["rows"], window["events"][CAUSE_NAMES[PAID]]
    run.save("known", {"window": window, "reads": inputs_of(first)})
    run.save("what_counts", counts)
    keep_value(run, walk, first)
    run.save("training", {"rows": rows, "paid": paid, "model": repr(first), "chosen_because": decision.why})
    return Trained(models, rows, paid, scores, decision, pd.DataFrame(counts["importance"]), classified)


def _scored(run: Run, features: Features, model: TimeToPayment) -> Scores:
    """Return the scores of the book, and keep the curves that they were read from."""
    said = AskedBook(model, features.matrix())
    keep_curves(run, said)
    return score(features, model, said=said)


def worded(run: Run, scores: Scores, features: Features, model: TimeToPayment) -> Scores:
    """Return scores whose reasons end with how much of a customer's habit is the book's; save the history behind it."""
    whose = features.items.set_index("invoice_id")["customer_id"]
    history = own_history(features.matrix(), whose, model)
    run.save("history", history.rename_axis("customer_id").reset_index())
    reasons = scores.customers.set_index("customer_id")["reasons"]
    return replace(
        scores, customers=scores.customers.assign(reasons=with_history(reasons, history).to_numpy())
    )


def _taught(run: Run, known: Known, features: Features) -> tuple[dict[str, TimeToPayment], Scores]:
    """Return the chosen model and the baselines, fitted, and what the first says of the book; both are saved."""
    models = {name: model.fit(known.X, known.y) for name, model in declared_models(run).items()}
    first = next(iter(models.values()))
    save_model(first, run.work / "model")
    scores = worded(run, _scored(run, features, first), features, first)
    run.save("item_scores", scores.items)
    run.save("customer_scores", scores.customers)
    return models, scores


def _month_before(run: Run, walk: Walk) -> None:
    """Save the customer scores of the month-end before, by a model that knew no more; none where none could be fitted."""
    day = month_end(run.key_date, back=1)
    try:
        X, y = patient(run, walk).training(day)
    except DataError:
        run.save("customer_scores_before", pd.DataFrame())
        return
    model = made(chosen_model(run)).fit(X, y)
    before = needed_scores(walk.landmark(day).features, model, declared_policies(run))
    run.save("customer_scores_before", before)


@holding_history
def compare(run: Run) -> BacktestResult:
    """Compare the declared policies over past key dates."""
    walk = patient(run, load_walk(run, open_walk(run)))
    days = default_key_dates(run, walk)
    forget_past(run)
    folds: list[Fold] = []
    result = contest(
        walk,
        declared_policies(run),
        declared_models(run),
        observed_on=run.key_date,
        key_dates=days,
        seen=partial(_keep_fold, run, folds),
    )
    for name in ("measures", "accuracy", "calibration"):
        run.save(name, getattr(result, name))
    run.save("past_scores", result.customers)
    unknown, *_ = together(
        partial(answer_questions, run, walk, result),
        partial(keep_scores_since, run, walk, folds[-1]),
        lambda: keep_card(run, make_card(run, walk, result)),
    )
    run.save(
        "backtest",
        {
            "key_dates": list(result.key_dates),
            "notes": [*run.load("selection")["notes"], *result.notes],
            "unknown": list(unknown),
            "in_force": result.in_force,
            "horizon_days": result.horizon_days,
        },
    )
    return result


def _keep_fold(run: Run, folds: list[Fold], fold: Fold) -> None:
    """Keep what is looked back on later, and the fold itself while it is the last one."""
    keep_past(run, fold)
    folds[:] = [fold]


def default_key_dates(run: Run, walk: Walk) -> list[dt.date]:
    """Return the last mature month-ends that the book reaches, as many as the experiment declares."""
    days = mature_key_dates(walk.plan, run.key_date, count=run.experiment.backtest.key_dates)
    first = walk.ledger.first_posting
    return [day for day in days if first is not None and day >= first]
