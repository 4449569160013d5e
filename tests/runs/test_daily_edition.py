from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from arseg.runs.daily_edition import _champion_stamps, _moves, said_elsewhere
from arseg.runs.editions import SCORED_BY
from arseg.runs.journal import Run
from arseg.runs.sections import Classifying

BY = {
    "model": "DiscreteHazard()",
    "key_date": "2026-09-30",
    "approver": "A. Bee",
    "until": "2026-12-31",
    "month_end": "2026-09-30-aa",
    "overdue": "",
}


@pytest.fixture(name="told")
def _told(run: Run) -> Run:
    run.save(SCORED_BY, BY)
    run.save("refreshed", {"customers": 30, "with_news": 4, "scored_anew": 30, "open_items": 90})
    return run


def test_it_says_who_scored_and_where_the_rest_stands(told: Run) -> None:
    who, elsewhere, less = said_elsewhere(told)
    assert who == (
        "Daily refresh: no model was taught. DiscreteHazard() of 2026-09-30, approved by A. Bee until 2026-12-31,"
        " scored 30 customers, 4 of them with news since the edition before."
    )
    assert elsewhere.endswith("the month-end's edition, 2026-09-30-aa.")
    assert less.startswith("What a contact would bring is assumed")


def test_without_an_edition_before_it_claims_no_news_and_no_month_end(told: Run) -> None:
    told.save(SCORED_BY, BY | {"month_end": ""})
    told.save("refreshed", told.load("refreshed") | {"with_news": None})
    who, elsewhere, _ = said_elsewhere(told)
    assert who.endswith("scored 30 customers.")
    assert "no edition yet" in elsewhere


def test_a_classifier_is_said_to_be_left_out(told: Run) -> None:
    declared = told.experiment.model_copy(update={"classifier": Classifying()})
    other = replace(told, experiment=declared)
    assert said_elsewhere(other)[-1] == "The classifier's figures stand in the month-end's edition."


def test_the_stamp_turns_red_past_the_approval(told: Run) -> None:
    assert _champion_stamps(told)[0]["level"] == ""
    told.save(SCORED_BY, BY | {"overdue": "OVERDUE: x is approved until y"})
    assert _champion_stamps(told) == [
        {"text": "OVERDUE: x is approved until y", "strong": "OVERDUE", "level": "bad"}
    ]


def test_moves_are_counted_from_those_who_changed() -> None:
    changes = pd.DataFrame({"before": ["Low", "Low", "High"], "after": ["High", "High", "High"]})
    assert _moves(changes).to_dict("records") == [
        {"from_segment": "Low", "to_segment": "High", "customers": 2}
    ]
    assert list(_moves(changes.head(0))) == ["from_segment", "to_segment", "customers"]
