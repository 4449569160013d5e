"""The sections of an experiment: what they default to, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from arseg.runs.sections import FeatureChoice, Gate, Hours, Part, Quality, Section, Tracking, Training

ALL = (Gate, Hours, Quality, Tracking, Training, FeatureChoice)


@pytest.mark.parametrize("kind", ALL)
def test_every_section_stands_by_itself_and_is_frozen(kind: type[Section]) -> None:
    made = kind()
    assert made == kind.model_validate(made.model_dump())
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made, next(iter(kind.model_fields)), 1)


@pytest.mark.parametrize("kind", [*ALL, Part])
def test_no_section_takes_a_key_it_does_not_know(kind: type[Section]) -> None:
    needed = {"name": "X"} if kind is Part else {}
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind.model_validate({**needed, "nonsense": 1})


def test_a_part_is_spoken_of_by_its_label_or_else_by_its_name() -> None:
    assert Part(name="RiskTiers").named == "RiskTiers"
    assert Part(name="RiskTiers", label="strict").named == "strict"


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Hours, {"hours_per_day": 25.0}),
        (Training, {"landmarks": "4"}),
        (Quality, {"max_age_days": -1}),
        (Tracking, {"uri": "https://user:secret@host"}),
        (Gate, {"events": -1}),
        (Part, {"name": "1x"}),
        (Part, {"name": "RiskTiers", "label": "Not A Label"}),
    ],
)
def test_what_is_out_of_range_is_refused(kind: type[Section], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(wrong)


def test_a_gate_asks_only_for_what_was_declared() -> None:
    assert Gate(events=50).asked == {"events": 50}
    assert Gate().asked == {}
