"""No more is asked of a model than the policies read, and what is asked is what the scores say."""

from __future__ import annotations

import pandas as pd
import pytest

from arseg.models import load_model
from arseg.policies import AgingBuckets, Policy, RiskTiers, RiskValueMatrix
from arseg.runs.journal import Run
from arseg.runs.needed_scores import needed_scores
from arseg.runs.stages import open_walk
from arseg.runs.walked import load_walk
from arseg.scores import FARTHER, score


@pytest.mark.parametrize(
    ("policies", "far"),
    [
        ([RiskTiers(), AgingBuckets()], False),
        ([RiskTiers(), RiskValueMatrix(value="expected_loss")], True),
    ],
    ids=["soon", "far"],
)
def test_policies_decide_as_on_all_scores(told_run: Run, policies: list[Policy], *, far: bool) -> None:
    features = load_walk(told_run, open_walk(told_run)).landmark(told_run.key_date).features
    model = load_model(told_run.work / "model")
    found = needed_scores(features, model, policies)
    whole = score(features, model, reasons=False).customers
    assert (set(FARTHER) <= {*found}) == far
    for policy in policies:
        pd.testing.assert_frame_equal(policy.assign(found), policy.assign(whole))
