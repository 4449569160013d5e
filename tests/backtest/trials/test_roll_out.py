from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from arseg.backtest.trials.roll_out import RollOut, Stage, judge_gate
from arseg.schema import UsageError

SHADOW = Stage("shadow", 0.0, 30, 0, "dso", 1.0)
PILOT = Stage("pilot", 0.1, 60, 200, "dso", 0.5)
FULL = Stage("full", 1.0, 90, 0, "dso", 0.5)
PLAN = RollOut(dt.date(2026, 11, 1), (SHADOW, PILOT, FULL), seed=1)


def test_the_plan_has_days_one_after_the_other() -> None:
    table = PLAN.table()
    assert table["stage"].tolist() == ["shadow", "pilot", "full"]
    assert table["from"].tolist() == [dt.date(2026, 11, 1), dt.date(2026, 12, 1), dt.date(2027, 1, 30)]
    assert table["until"].iloc[0] == dt.date(2026, 11, 30)


def test_a_gate_that_is_not_passed_holds_the_plan_whatever_the_day() -> None:
    assert PLAN.stage_on("2027-06-01", passed=0) == SHADOW
    assert PLAN.stage_on("2026-12-01", passed=1) == PILOT


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ({"days": 59}, "59 days passed, 60 needed"),
        ({"customers": 199}, "199 customers seen, 200 needed"),
        ({"high": 0.6}, "dso may be worse by 0.6, at most 0.5 is allowed"),
        ({"high": float("nan")}, "dso may be worse by nan"),
    ],
)
def test_a_gate_says_why_it_is_shut(seen: dict[str, Any], said: str) -> None:
    good = {"days": 60, "customers": 200, "high": 0.5}
    assert judge_gate(PILOT, **good) == (True, "passed")  # type: ignore[arg-type]
    passed, why = judge_gate(PILOT, **good | seen)
    assert not passed
    assert said in why


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ((), "the stages of a roll-out cannot be"),
        ((PILOT, FULL), "the stages of a roll-out cannot be"),
        ((SHADOW, FULL, PILOT), "the stages of a roll-out cannot be"),
        ((SHADOW, Stage("pilot", 0.3, 9, 0, "dso", 1), PILOT, FULL), "the shares of a roll-out cannot be"),
        ((SHADOW, Stage("pilot", 0.3, 0, 0, "dso", 1), FULL), "the length of a stage cannot be"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(stages: tuple[Stage, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        RollOut(dt.date(2026, 11, 1), stages, seed=1)


def test_a_day_before_the_start_has_no_stage() -> None:
    with pytest.raises(UsageError, match="the number of gates passed cannot be"):
        PLAN.stage_on("2026-10-31", passed=0)
