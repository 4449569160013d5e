from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import DataError
from arseg.treatments import read_playbook
from arseg.treatments.bridges_sap import (
    BASIC_RULES,
    BASICS,
    RULES,
    SELECTIONS,
    SapStrategy,
    from_sap,
    to_sap,
)

FRAMES = ("rules", "basic_rules", "selections", "unexpressed")


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), customers=st.integers(0, 60))
def test_there_and_back_everybody_is_treated_the_same(
    draw_book, draw_history, draw_playbook, seed, customers
) -> None:
    segmentation, scores = draw_book(seed, customers)
    scores, playbook = draw_history(scores, seed), draw_playbook(seed)
    there, again = (p.prescribe(segmentation, scores) for p in (playbook, from_sap(to_sap(playbook))))
    # For whom a variant is may be said in fewer words.
    assert again.drop(columns="variant").equals(there.drop(columns="variant"))


def test_a_trip_through_csv_changes_nothing(draw_playbook, tmp_path) -> None:
    for playbook in (draw_playbook(1), read_playbook("before_due")):
        sap = to_sap(playbook)
        for name in FRAMES:
            getattr(sap, name).to_csv(tmp_path / f"{name}.csv", index=False)
        text = {"LOW": "str", "HIGH": "str"}
        read = SapStrategy(*(pd.read_csv(tmp_path / f"{name}.csv", dtype=text) for name in FRAMES))
        assert from_sap(read).table()["treatment"].equals(playbook.table()["treatment"])


def test_the_frames_have_sap_s_fields_and_lengths(draw_playbook) -> None:
    sap = to_sap(draw_playbook(3))
    assert tuple(sap.rules.columns) == RULES
    assert tuple(sap.basic_rules.columns) == BASICS
    assert tuple(sap.selections.columns) == SELECTIONS
    assert sap.rules["SEQUENCE_ID"].is_unique
    assert (sap.rules["X_ABORT"] == "").all()
    assert (sap.rules["VALUATION"] > 0).all()
    for column, length in {"COLL_STRATEGY": 10, "RULE_ID": 10, "REMARK": 60}.items():
        assert sap.rules[column].str.len().max() <= length
    assert set(sap.basic_rules["BASIS_RULE_ID"]) <= set(BASIC_RULES)
    assert set(sap.selections["SIGN"]) == {"I", "E"}


def test_more_risk_and_more_urgency_have_more_points(standard) -> None:
    points = to_sap(standard).rules.set_index("RULE_ID")["VALUATION"]
    assert (
        points["ZH_LATE_0"]
        > points["ZH_EARL_0"]
        > points["ZH_BDUE_0"]
        > points["ZM_LAW_0"]
        > points["ZL_LATE_0"]
    )


def test_a_name_too_long_for_a_remark_is_listed_and_comes_back(standard) -> None:
    name = "x" * 61
    row = standard.row("Low", "mid").model_copy(update={"name": name})
    stages = standard.treatments.Low.model_copy(update={"mid": row})
    treatments = standard.treatments.model_copy(update={"Low": stages})
    sap = to_sap(standard.model_copy(update={"treatments": treatments}))
    listed = sap.unexpressed[sap.unexpressed["field"] == "name"]
    assert listed[["segment", "stage", "value", "why"]].to_numpy().tolist() == [
        ["", "", '"standard"', "a strategy has no such field"],
        ["Low", "mid", f'"{name}"', "a remark has 60 characters"],
    ]
    assert from_sap(sap).treatment("Low", "mid").name == name


def test_a_rule_of_another_kind_and_a_missing_list_are_refused(standard) -> None:
    sap = to_sap(standard)
    with pytest.raises(DataError, match=r"rule 'BR1' has no equal.*Allowed: ZSEGMENT_STAGE_VARIANT"):
        from_sap(dataclasses.replace(sap, rules=sap.rules.assign(RULE_ID="BR1")))
    with pytest.raises(DataError, match="this is no playbook"):
        from_sap(dataclasses.replace(sap, unexpressed=sap.unexpressed[:0]))
