from __future__ import annotations

import pandas as pd
import pytest

from arseg.backtest.questions import Answer, ask_self_check, checked
from arseg.backtest.questions.checked import COLUMNS, DRAWN, RULE, from_reference


@pytest.fixture(scope="module")
def one() -> Answer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checked, "CUSTOMERS", 150)
        patch.setattr(checked, "MONTHS", 9)
        patch.setattr(checked, "EVENINGS", 2)
        return ask_self_check(worlds=1, seed=3)


def test_found_and_true_stand_in_one_row_for_each_desk(one: Answer) -> None:
    table = one.tables["self_check"]
    assert tuple(table.columns) == COLUMNS
    assert set(table["desk"]) == {DRAWN, RULE}
    minutes = table[table["figure"] == "minutes: a policy less the desk"].iloc[0]
    assert minutes["low"] < minutes["found"] < minutes["high"]
    float(minutes["should"])
    assert one.notes[0].startswith("1 small worlds")


def test_of_a_desk_that_follows_a_rule_nothing_is_claimed(one: Answer) -> None:
    table = one.tables["self_check"]
    assert table.loc[table["desk"] == RULE, "found"].tolist() == [0.0]


def test_without_worlds_the_benchmark_speaks_or_nobody_does() -> None:
    silent = ask_self_check(worlds=0)
    assert silent.tables["self_check"].empty
    assert silent.notes == ()
    rows = [
        {
            "case": "stochastic",
            "figure": "coverage, clustered",
            "estimator": estimator,
            "measure": "dso",
            "share": share,
            "bias_in_errors": 0.1,
            "n": 200,
        }
        for estimator, share in (("SNDR", 0.94), ("SNDR", 0.9), ("DM", 0.5))
    ]
    rows.append({"case": "deterministic", "figure": "point estimates printed", "share": 0.0, "worlds": 50})
    told = pd.DataFrame(ask_self_check(worlds=0, reference=rows).tables["self_check"])
    assert told["found"].tolist() == [0.9, 0.1, 0.0]


@pytest.mark.parametrize("rows", [[], [{"other": 1}], [{"case": "stochastic", "figure": "x", "share": 1.0}]])
def test_a_reference_of_another_shape_is_passed_over(rows: list[dict[str, object]]) -> None:
    assert from_reference(rows) == []
