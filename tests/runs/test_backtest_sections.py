"""What an experiment may say of its backtest."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from arseg.runs.backtest_sections import KnownChange, KnownCut, Replay


def test_a_natural_experiment_is_declared_by_its_cut_or_its_day() -> None:
    cut = KnownCut(by="oldest_days_past_due", at=31)
    change = KnownChange(on="2025-06-01", by="region", where=["North"])
    told = Replay(cuts=[cut], rule_changes=[change])
    assert Replay.model_validate_json(told.model_dump_json()) == told


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        (Replay, {"horizon_days": 0}),
        (Replay, {"self_check": 21}),
        (Replay, {"minute_cost": -1}),
        (KnownCut, {"by": "oldest_days_past_due"}),
        (KnownChange, {"on": "June", "by": "region", "where": ["North"]}),
        (KnownChange, {"on": "2025-06-01", "by": "region", "where": []}),
    ],
)
def test_what_makes_no_sense_is_refused(section: type[Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        section.model_validate(wrong)
