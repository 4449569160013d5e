from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.schema import DataError
from arseg.treatments.bridges_oca import LEVELS, POLICIES, OcaPolicies, from_oca, to_oca

seeds = st.integers(0, 2**32 - 1)


def by_csv(oca: OcaPolicies, folder) -> OcaPolicies:
    """Return what is left of it after a trip through CSV files."""
    for name in ("policies", "levels", "unexpressed"):
        getattr(oca, name).to_csv(folder / f"{name}.csv", index=False)
    return OcaPolicies(*(pd.read_csv(folder / f"{n}.csv") for n in ("policies", "levels", "unexpressed")))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=seeds, customers=st.integers(0, 60))
def test_there_and_back_everybody_is_treated_the_same(
    draw_book, draw_history, draw_playbook, seed, customers
) -> None:
    segmentation, scores = draw_book(seed, customers)
    scores, playbook = draw_history(scores, seed), draw_playbook(seed)
    again = from_oca(to_oca(playbook))
    assert again.prescribe(segmentation, scores).equals(playbook.prescribe(segmentation, scores))


def test_a_trip_through_csv_changes_nothing(draw_playbook, tmp_path) -> None:
    for seed in range(3):
        playbook = draw_playbook(seed)
        assert from_oca(by_csv(to_oca(playbook), tmp_path)).table().equals(playbook.table())


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=seeds, customers=st.integers(0, 60))
def test_oca_s_own_dates_choose_the_same_level(draw_book, standard, seed, customers) -> None:
    """OCA takes the highest level whose due day plus delay has come."""
    segmentation, scores = draw_book(seed, customers)
    levels = to_oca(standard).levels
    days = scores.set_index("customer_id")["oldest_days_past_due"]
    prescribed = standard.prescribe(segmentation, scores)
    for row in prescribed[prescribed["stage"].isin(["early", "mid", "late", "before_due"])].itertuples():
        policy = levels[levels["policy_id"] == f"standard / {row.segment}"]
        reached = policy[policy["delay_days"] <= days[row.customer_id]].sort_values("level")
        assert reached["name"].tolist()[-1:] == ([] if row.stage == "before_due" else [row.treatment])


def test_levels_and_policies_have_oca_s_fields_and_words(standard) -> None:
    oca = to_oca(standard)
    assert tuple(oca.policies.columns) == POLICIES
    assert tuple(oca.levels.columns) == LEVELS
    assert oca.levels.groupby("policy_id")["level"].apply(list).tolist() == [[1, 2, 3]] * 3
    assert set(oca.levels["computation_mode"]) == {"net_days"}
    assert set(oca.levels["channel"]) <= {"letter", "email", "phone"}
    assert oca.levels["custom_text"].str.startswith("Dear ${customer},").all()


def test_what_oca_cannot_hold_is_listed_with_its_reason(standard) -> None:
    portal = standard.row("Low", "mid").model_copy(update={"channel": "portal"})
    stages = standard.treatments.Low.model_copy(update={"mid": portal})
    treatments = standard.treatments.model_copy(update={"Low": stages})
    oca = to_oca(standard.model_copy(update={"treatments": treatments}))
    of_low = oca.unexpressed[oca.unexpressed["segment"] == "Low"].set_index(["stage", "field"])
    assert of_low.loc[("mid", "channel"), ["value", "why"]].tolist() == ['"portal"', "OCA has no portal"]
    assert of_low.loc[("mid", "tone"), "why"] == "a level has no such field"
    assert of_low.loc[("promise", "tone"), "why"] == "no level for promise: OCA starts after the due day"
    assert from_oca(oca).treatment("Low", "mid").channel == "portal"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"delay_days": 7}, "no equal in a playbook. Given: net_days, 7 days"),
        ({"computation_mode": "previous_date"}, "Given: previous_date"),
        ({"channel": "fax"}, "Allowed: channel phone, email, letter"),
        ({"email_template_id": "other.mail"}, "Given: .*other.mail"),
    ],
)
def test_a_level_of_another_kind_is_refused(standard, changes, message) -> None:
    oca = to_oca(standard)
    levels = oca.levels.copy()
    for column, value in changes.items():
        levels.loc[4, column] = value
    with pytest.raises(DataError, match=message):
        from_oca(dataclasses.replace(oca, levels=levels))


def test_without_the_list_the_playbook_is_not_whole(standard) -> None:
    oca = to_oca(standard)
    with pytest.raises(DataError, match=r"no treatment for High x before_due"):
        from_oca(dataclasses.replace(oca, unexpressed=oca.unexpressed[:0]))
