"""What page one says before its first figure."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from arseg.runs.stamps import _model_stamps

from .test_stages import MakeRun


def test_a_model_that_stands_in_or_is_off_is_stamped(small_run: MakeRun, tmp_path: Path) -> None:
    other = small_run(tmp_path)
    said = {"fell_back": False, "under_reserve": False}
    asked = {"asked": {"name": "DiscreteHazard"}, "chosen": {"name": "DeclaredPrior"}}
    other.save("selection", said | asked | {"fell_back": True, "under_reserve": True})
    accuracy = {"model": ["DiscreteHazard()", "KaplanMeierByTerms()"], "horizon": 0, "log_loss": [0.2, 0.3]}
    other.save("accuracy", pd.DataFrame(accuracy))
    texts = [stamp["text"] for stamp in _model_stamps(other)]
    assert texts[:2] == [
        "Too little is known to train DiscreteHazard: DeclaredPrior takes its place",
        "Probabilities are off and published under reserve",
    ]
    other.save("selection", said)
    assert [stamp["text"] for stamp in _model_stamps(other)] == texts[2:]
    assert texts[2:] == ["Model beats its baselines"]


def test_a_model_that_a_baseline_beats_is_stamped(small_run: MakeRun, tmp_path: Path) -> None:
    run = small_run(tmp_path)
    run.save("selection", {"fell_back": False, "under_reserve": False})
    accuracy = {"model": ["DiscreteHazard()", "KaplanMeierByTerms()"], "horizon": 0, "log_loss": [0.3, 0.2]}
    run.save("accuracy", pd.DataFrame(accuracy))
    assert [stamp["level"] for stamp in _model_stamps(run)] == ["bad"]
