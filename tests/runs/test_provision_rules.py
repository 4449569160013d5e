from __future__ import annotations

import pytest

from arseg.runs.forward_sections import LossView, ProvisionRules
from arseg.runs.journal import Run
from arseg.runs.provision_rules import rules_of
from arseg.schema import UsageError


def test_scenarios_without_the_way_of_looking_forward_are_refused(told_run: Run) -> None:
    rules = ProvisionRules(scenarios=[LossView(name="base", weight=1.0, scalar=1.0)])
    asked = told_run.experiment.model_copy(update={"provision": rules})
    with pytest.raises(UsageError, match="do not fit"):
        rules_of(asked)
