from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from arseg.backtest.questions import Answer
from arseg.backtest.questions.courses import HIDDEN, with_courses
from arseg.backtest.value.g_computation import COLUMNS
from arseg.treatments import read_playbook

PLAYBOOK = read_playbook("standard")
POLICIES = ["AgingBuckets()", "OneSizeFitsAll()"]


def told(*identified: bool) -> Answer:
    verdicts = pd.DataFrame({"policy": POLICIES, "identified": list(identified)})
    return Answer("counterfactual", {"verdicts": verdicts})


@pytest.fixture(scope="module")
def found(drawn_book) -> Answer:
    return with_courses(told(True, False), drawn_book.walk, drawn_book.result, PLAYBOOK, trees=5)


def test_the_policy_in_force_differs_from_itself_by_nothing(found: Answer) -> None:
    table = found.tables["g_computation"]
    assert tuple(table.columns) == COLUMNS
    own = table[table["policy"] == "AgingBuckets()"]
    assert (own[["difference", "low", "high"]] == 0).all(axis=None)
    assert (table["contacts"] > 0).all()
    assert (table["key_dates"] == 3).all()


def test_where_the_log_cannot_speak_the_model_is_silent_too(found: Answer) -> None:
    table = found.tables["g_computation"]
    assert table.loc[table["policy"] == "OneSizeFitsAll()", "difference"].isna().all()
    assert HIDDEN in found.notes


def test_a_book_without_contacts_says_so(drawn_book, monkeypatch: pytest.MonkeyPatch) -> None:
    from arseg.backtest import desk_rows

    nothing = pd.DataFrame({"invoice_id": [], "day": [], "channel": [], "tone": []})
    monkeypatch.setattr(desk_rows, "observe_contacts", lambda *_, **__: nothing)
    answer = with_courses(told(True, True), drawn_book.walk, drawn_book.result, PLAYBOOK, trees=2)
    assert "g_computation" not in answer.tables
    assert answer.notes == ("no g-computation: no contact is logged from which its effect could be learnt",)


def test_the_answer_given_is_not_changed(found: Answer) -> None:
    assert dataclasses.asdict(told(True, False))["notes"] == ()
    assert "verdicts" in found.tables
