"""The four questions of the backtest stage: each answered, its tables saved to be published, its limits said."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import arseg
from arseg.backtest.questions import (
    QUESTIONS,
    Answer,
    Asked,
    ask_counterfactual,
    ask_discrimination,
    ask_replay,
    ask_self_check,
)
from arseg.backtest.questions.courses import with_courses
from arseg.backtest.questions.replayed import period_of
from arseg.backtest.value.decisions import Prices
from arseg.backtest.value.natural import Cut, RuleChange
from arseg.runs.assigning import published_policy
from arseg.runs.sections import Holdout
from arseg.schema import parse_day
from arseg.side_by_side import together
from arseg.treatments import read_playbook

if TYPE_CHECKING:
    import pandas as pd

    from arseg.backtest import BacktestResult, Walk
    from arseg.runs.journal import Run

RECORD: Final = "questions"


def answer_questions(run: Run, walk: Walk, result: BacktestResult) -> Sequence[str]:
    """Answer the four questions and save their tables.

    Returns
    -------
    reasons
        Why no policy could be weighed at all; empty where at least one has a verdict.
    """
    asked, ledger = _asked(run), walk.ledger
    period = period_of(ledger, result, cache=run.cache)
    drawn: dict[str, Any] = {"draws": asked.draws, "seed": asked.seed}
    warned: dict[str, Any] = {
        "warn_within_days": run.experiment.backtest.warn_within_days,
        "cache": run.cache,
    }
    worlds = run.experiment.backtest.self_check
    questions: list[Callable[[], Answer]] = [
        partial(ask_discrimination, ledger, result, **warned, **drawn),
        partial(ask_replay, ledger, result, period=period, minute_cost=asked.prices.minute, **drawn),
        partial(ask_counterfactual, ledger, result, asked, period=period),
        partial(ask_self_check, worlds=worlds, reference=_reference(), seed=asked.seed),
    ]
    answers = list(together(*questions))
    answers[2] = replace(answers[2], notes=(*answers[2].notes, holdout_words(run)))
    if run.experiment.backtest.g_computation:
        answers[2] = with_courses(answers[2], walk, result, asked.playbook)
    for answer in answers:
        keep(run, answer)
    run.save(
        RECORD,
        {answer.question: {"tables": list(answer.tables), "notes": list(answer.notes)} for answer in answers},
    )
    changed = next(answer for answer in answers if answer.question == "counterfactual")
    return changed.notes[:1] if changed.tables["verdicts"].empty else ()


def keep(run: Run, answer: Answer) -> None:
    """Save the tables of an answer under their names."""
    for name, table in answer.tables.items():
        run.save(name, table.reset_index(drop=True))


def table_names(run: Run) -> list[str]:
    """Return the names of all saved tables, question by question."""
    return [name for told in _recorded(run).values() for name in told["tables"]]


def _recorded(run: Run) -> dict[str, dict[str, list[str]]]:
    """Return what was saved, in the order of the questions."""
    told = run.load(RECORD)
    return {question: told[question] for question in QUESTIONS if question in told}


def saved_answers(run: Run) -> tuple[dict[str, dict[str, pd.DataFrame]], dict[str, list[str]]]:
    """Return the tables and the notes of each question."""
    told = _recorded(run)
    tables = {question: {name: run.load(name) for name in each["tables"]} for question, each in told.items()}
    return tables, {question: each["notes"] for question, each in told.items()}


def _reference() -> list[dict[str, Any]]:
    """Return the rows of the coverage benchmark, where the checkout that runs has them."""
    path = Path(arseg.__file__).resolve().parent.parent / "benchmarks" / "results" / "coverage.json"
    if not path.is_file():
        return []
    rows = json.loads(path.read_text(encoding="utf-8")).get("rows", [])
    return rows if isinstance(rows, list) else []


def _asked(run: Run) -> Asked:
    declared = run.experiment.backtest
    return Asked(
        playbook=read_playbook(run.playbook),
        published=repr(published_policy(run)),
        prices=Prices(minute=declared.minute_cost),
        cuts=[Cut(cut.by, float(cut.at)) for cut in declared.cuts],
        changes=[_change(change.on, change.by, change.where) for change in declared.rule_changes],
        holdout_share=(run.experiment.holdout or Holdout()).share,
        draws=declared.draws,
        seed=declared.seed,
    )


def holdout_words(run: Run) -> str:
    """Return whether this experiment draws a holdout, in a sentence."""
    declared = run.experiment.holdout
    if declared is None:
        return "no holdout is drawn (`holdout: {share: 0.05}`): what this run decides by rule, a later backtest cannot weigh"
    return (
        f"{100 * declared.share:g} % of the customers are treated as the segment next to their own, by lot; their chances"
        " stand in the published assignments"
    )


def _change(on: str, by: str, where: Sequence[str]) -> RuleChange:
    day: dt.date = parse_day(on, name="rule_changes")
    return RuleChange(day, by, tuple(where))
