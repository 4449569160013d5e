"""The model's word on the third question: g-computation beside the off-policy estimators, only where these may speak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from arseg.backtest.contest import BacktestResult
from arseg.backtest.questions.answer import Answer
from arseg.backtest.value.g_computation import compare_courses, learn_effect
from arseg.backtest.walk_forward import Walk
from arseg.schema import DataError
from arseg.treatments import Playbook

HIDDEN = "g-computation is shown only for policies of which the desk's log can speak"


def with_courses(
    answer: Answer, walk: Walk, result: BacktestResult, playbook: Playbook, *, trees: int | None = None
) -> Answer:
    """Return the answer with the table ``g_computation``, or with the reason why there is none.

    Parameters
    ----------
    answer
        To the third question; its verdicts say of which policies history can speak.
    walk
        Ledger, protocol and features; the effect is learnt from what the last key date knew.
    result
        A backtest.
    playbook
        From segment to contacts.
    trees
        Of the hazard; as by default where None.
    """
    try:
        model = learn_effect(walk, max(result.key_dates), trees=trees)
    except DataError as problem:
        return replace(answer, notes=(*answer.notes, f"no g-computation: {problem.what}"))
    seen = [
        (
            walk.landmark(day).features,
            result.customers[result.customers["key_date"] == pd.Timestamp(day)],
            result.rows[result.rows["key_date"] == pd.Timestamp(day)],
        )
        for day in result.key_dates
    ]
    table = compare_courses(model, seen, playbook, in_force=result.in_force)
    verdicts = answer.tables["verdicts"].set_index("policy")["identified"]
    told = table["policy"].map(verdicts).fillna(False).astype(bool)
    own = ["difference", "low", "high"]
    table[own] = table[own].where(told, np.nan)
    notes = answer.notes if told.all() else (*answer.notes, HIDDEN)
    return replace(answer, tables={**answer.tables, "g_computation": table}, notes=notes)
