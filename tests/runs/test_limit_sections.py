from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from pydantic import ValidationError

from arseg.runs.experiment import Experiment
from arseg.runs.journal import create_run
from arseg.runs.limit_sections import Limits
from arseg.runs.stage_hash import stage_hashes
from arseg.runs.staging import take_up


@pytest.mark.parametrize(
    "wrong",
    [
        {"stage_seconds": 0},
        {"stage_seconds": "60"},
        {"stage_seconds": 1.5},
        {"stage_memory_mib": 63},
        {"seconds": 9},
    ],
)
def test_a_limit_is_a_whole_number_that_a_stage_can_keep(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Limits.model_validate(wrong)
    assert (Limits().stage_seconds, Limits().stage_memory_mib) == (3600, None)


def test_a_run_that_met_a_limit_is_taken_up_after_it_was_raised(
    experiment: Experiment, tmp_path: Path
) -> None:
    day = dt.date(2026, 10, 31)
    raised = experiment.model_copy(update={"limits": Limits(stage_seconds=7200, stage_memory_mib=9000)})
    assert raised.experiment_hash == experiment.experiment_hash
    (tmp_path / "01_ledger.ipynb").touch()
    first = create_run(experiment, key_date=day, home=tmp_path)
    before = stage_hashes(first, tmp_path, ["01_ledger"])
    again = take_up(create_run(raised, key_date=day, home=tmp_path))
    assert (again.run_id, again.experiment.limits.stage_seconds) == (first.run_id, 7200)
    assert stage_hashes(again, tmp_path, ["01_ledger"]) == before
