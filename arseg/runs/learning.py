"""From what the key date knew to the model that the run publishes: is it enough, which model, and why.

A model is trained where its book says enough (``arseg.models.gate``), chosen by what candidates foretold of later
key dates (``arseg.backtest.selection``), and then taught by everything that the key date knew. A run with one model
and no calibration compares nothing and fits it once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from pydantic import JsonValue

from arseg.backtest import mature_key_dates
from arseg.backtest.discrimination import judge_models
from arseg.backtest.selection import Selection, select_model
from arseg.backtest.walk_forward import Walk, walk_forward
from arseg.ledger import observe_outcomes
from arseg.models import choose_model, gather_evidence, judge, make_model
from arseg.models.gate import NEEDS, TIME_LADDER, Choice, Evidence
from arseg.runs.sections import Part
from arseg.schema import DataError
from arseg.schema.shown import Shown

if TYPE_CHECKING:
    from arseg.models import TimeToPayment
    from arseg.runs.experiment import Experiment
    from arseg.runs.journal import Run
    from arseg.runs.known_rows import Known
    from arseg.runs.sections import Gate

# Key dates on which candidates are compared, and on which a calibrated one learns its lines.
LATER: Final = 3

_WRAPPER: Final = "CalibratedModel"
_PRIOR: Final = "DeclaredPrior"
_ALONE: Final = "the only candidate: it was compared with no other"


@dataclass(frozen=True)
class Decision(Shown):
    """Which model is taught and published, and how that came about.

    Parameters
    ----------
    asked, chosen
        The declared model and the one that was chosen.
    why
        The reason in a sentence.
    notes
        What a reader of the report must know of it; empty where there is nothing.
    evidence
        What the training rows say.
    gate
        Verdicts on the models that the book says too little for.
    compared
        What each candidate foretold, as ``Selection.table``; empty where nothing was compared.
    key_dates
        The later key dates.
    under_reserve
        Whether the probabilities of every candidate were off, and the best of them is published all the same.
    """

    asked: Part
    chosen: Part
    why: str
    notes: tuple[str, ...]
    evidence: Evidence
    gate: Choice
    compared: pd.DataFrame
    key_dates: tuple[dt.date, ...] = ()
    under_reserve: bool = False

    @property
    def fell_back(self) -> bool:
        """Whether the book said too little for the declared model."""
        return bool(self.gate.passed_over)

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        table = self.compared.astype(object).where(self.compared.notna(), None)
        return {
            "asked": self.asked.model_dump(mode="json"),
            "chosen": self.chosen.model_dump(mode="json"),
            "model": repr(made(self.chosen)),
            "fell_back": self.fell_back,
            "under_reserve": self.under_reserve,
            "why": self.why,
            "notes": list(self.notes),
            "evidence": asdict(self.evidence),
            "passed_over": [
                {"model": verdict.model, "reasons": list(verdict.reasons)}
                for verdict in self.gate.passed_over
            ],
            "compared": table.to_dict("records"),
            "key_dates": list(self.key_dates),
        }


def made(part: Part) -> TimeToPayment:
    """Return the declared model, unfitted."""
    return make_model(part.name, part.parameters)


def patient(run: Run, walk: Walk) -> Walk:
    """Return the walk; where the book says too little for the declared model, one that asks for less."""
    if not run.load("selection")["fell_back"]:
        return walk
    return replace(walk, plan=replace(walk.plan, fewest_events=1, fewest_followed_days=1))


def chosen_model(run: Run) -> Part:
    """Return the model that the training stage chose."""
    return Part.model_validate(run.load("selection")["chosen"])


def declared_models(run: Run) -> dict[str, TimeToPayment]:
    """Return the chosen model and the baselines that the book can teach, unfitted, by the way they are written."""
    events = run.load("selection")["evidence"]["events"]
    parts = [chosen_model(run), *(run.experiment.baselines if events else ())]
    models = [made(part) for part in parts]
    return {repr(model): model for model in models}


def decide(experiment: Experiment, walk: Walk, known: Known, key_date: dt.date) -> Decision:
    """Return which model the run teaches and publishes.

    Parameters
    ----------
    experiment
        Model, challengers, calibration and gate.
    walk
        The walk.
    known
        From ``known_rows.known_rows``.
    key_date
        The day stood on.

    Raises
    ------
    DataError
        If the probabilities of every candidate are off and the gate says ``when_vetoed: stop``.
    """
    evidence = gather_evidence(known.y, known.rows)
    gate = _gate(experiment.model, experiment.gate, evidence)
    decision = Decision(experiment.model, experiment.model, _ALONE, (), evidence, gate, pd.DataFrame())
    if gate.passed_over:
        prior = experiment.gate.prior if gate.model == _PRIOR else {}
        why = _fallen(gate)
        return replace(decision, chosen=Part(name=gate.model, parameters=prior), why=why, notes=(why,))
    verdicts = [
        (part, judge(part.name, evidence, _needs(part, experiment.gate)))
        for part in candidates_of(experiment)
    ]
    left_out = [
        f"{said.model} is left out ({'; '.join(said.reasons)})" for _, said in verdicts if not said.enough
    ]
    decision = replace(decision, notes=tuple(left_out))
    if sum(said.enough for _, said in verdicts) == 1:
        return replace(decision, why="; ".join([_ALONE, *left_out]))
    able = [part for part, said in verdicts if said.enough]
    return _compare(decision, able, walk, key_date, when_vetoed=experiment.gate.when_vetoed)


def candidates_of(experiment: Experiment) -> list[Part]:
    """Return the declared model and its challengers, each also with its curves bent where that is asked for."""
    plain = [experiment.model, *experiment.challengers]
    return plain + [calibrated(part) for part in plain if experiment.calibrate and part.name != _WRAPPER]


def calibrated(part: Part) -> Part:
    """Return the model with its curves bent to the last key dates of its training rows.

    Examples
    --------
    >>> made(calibrated(Part(name="KaplanMeierByTerms")))
    CalibratedModel(model='KaplanMeierByTerms', parameters={}, later_key_dates=3)
    """
    inner: dict[str, JsonValue] = {
        "model": part.name,
        "parameters": part.parameters,
        "later_key_dates": LATER,
    }
    return Part(name=_WRAPPER, parameters=inner)


def _gate(model: Part, gate: Gate, evidence: Evidence) -> Choice:
    """Return the declared model, or the first less demanding one that the book says enough for."""
    after = TIME_LADDER[TIME_LADDER.index(model.name) + 1 :] if model.name in TIME_LADDER else TIME_LADDER[1:]
    return choose_model(evidence, (model.name, *after), needs={model.name: _needs(model, gate)})


def _needs(part: Part, gate: Gate) -> Evidence:
    if part.name == _PRIOR:
        return Evidence()
    inner = part.parameters.get("model", "") if part.name == _WRAPPER else part.name
    return replace(NEEDS.get(str(inner), NEEDS["DiscreteHazard"]), **gate.asked)


def _fallen(gate: Choice) -> str:
    first = gate.passed_over[0]
    nothing = ", which learns nothing from the book" if gate.model == _PRIOR else ""
    return (
        f"the book says too little to train {first.model} ({'; '.join(first.reasons)}):"
        f" {gate.model} takes its place{nothing}"
    )


def _compare(
    decision: Decision, candidates: Sequence[Part], walk: Walk, key_date: dt.date, *, when_vetoed: str
) -> Decision:
    """Return the decision for the candidate that foretold the later key dates best."""
    parts = {repr(made(part)): part for part in candidates}
    judged, days = _judged(walk, [made(part) for part in parts.values()], key_date)
    if judged.empty:
        why = "no later key date was mature enough to compare the candidates: the declared model stands"
        return replace(decision, why=why, notes=(*decision.notes, why))
    found = select_model(judged, draws=walk.plan.draws, seed=walk.plan.seed)
    decision = replace(decision, compared=found.table, key_dates=days, why=found.why)
    if found.chosen:
        return replace(decision, chosen=parts[found.chosen])
    if when_vetoed == "stop":
        raise _vetoed(found, days)
    least = str(found.table["model"].iloc[0])
    why = f"{found.why}; the one with the lowest log-loss, {least}, is published under this reserve"
    return replace(decision, chosen=parts[least], why=why, notes=(*decision.notes, why), under_reserve=True)


def _vetoed(found: Selection, days: Sequence[dt.date]) -> DataError:
    return DataError(
        "the probabilities of every candidate are off",
        given=found.why,
        allowed=f"one candidate that passes science 3.6 on {days[0]} to {days[-1]}",
        do="say `calibrate: true`, add challengers, or let the gate say `when_vetoed: stamp`",
        code="not_calibrated",
    )


def _judged(
    walk: Walk, models: Sequence[TimeToPayment], key_date: dt.date
) -> tuple[pd.DataFrame, tuple[dt.date, ...]]:
    """Return what candidates, fitted once, said on the last mature key dates, beside what came."""
    plan = replace(walk.plan, refit_every=LATER)
    first = walk.ledger.first_posting
    asked = [
        day for day in mature_key_dates(plan, key_date, count=LATER) if first is not None and day >= first
    ]
    parts, days = [], []
    for fold in walk_forward(replace(walk, plan=plan), {repr(each): each for each in models}, asked):
        if isinstance(fold, DataError):
            continue
        until = min(
            fold.key_date + dt.timedelta(days=plan.horizon_days),
            key_date - dt.timedelta(days=plan.settle_lag_days),
        )
        outcomes = observe_outcomes(
            walk.ledger, fold.key_date, observed_on=key_date, until=until, cache=walk.cache
        )
        parts.append(judge_models(fold, outcomes))
        days.append(fold.key_date)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(), tuple(days)
