"""What an experiment may say of the days to come."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from arseg.forecast import Dependence
from arseg.runs.forward_sections import METHODS, CashForecast, CashScenario, ProvisionRules, Together
from arseg.runs.sections import Section


def test_what_nobody_declares_is_a_quarter_with_four_methods() -> None:
    assert CashForecast().weeks == 13
    assert tuple(ProvisionRules().methods) == METHODS
    assert Dependence(**Together().model_dump()) == Dependence()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (CashForecast, {"weeks": 53}),
        (CashForecast, {"draws": 10}),
        (CashForecast, {"scenarios": [{"name": "a"}, {"name": "a"}]}),
        (CashScenario, {"name": "a", "terms_days": -1}),
        (CashScenario, {"name": "a", "playbook": "before_due"}),
        (CashForecast, {"dependence": "guessed"}),
        (CashForecast, {"dependence": {"customer": -1.0}}),
        (ProvisionRules, {"methods": []}),
        (ProvisionRules, {"methods": ["model", "model"]}),
        (ProvisionRules, {"methods": ["guess"]}),
        (ProvisionRules, {"cap": [1.0]}),
        (ProvisionRules, {"exclude": {"specific": {"C001": 1.5}}}),
        (ProvisionRules, {"loss": 1.0}),
    ],
)
def test_what_is_out_of_range_is_refused(kind: type[Section], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(wrong)


def test_dependence_is_fitted_unless_values_are_declared() -> None:
    assert CashForecast().dependence == "fitted"
    declared = CashForecast.model_validate({"dependence": {"together": 0.2}}).dependence
    assert declared == Together(together=0.2)
