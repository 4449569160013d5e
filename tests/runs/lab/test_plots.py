from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from arseg.runs.lab.feature_bench import BlockTried
from arseg.runs.lab.plots import plot_changes, plot_skill
from arseg.runs.lab.run_comparison import RunsCompared, metrics_beside
from arseg.schema import UsageError

SKILL = pd.DataFrame({"column": ["mine", "other"], "auc": [0.7, 0.5], "low": [0.6, 0.4], "high": [0.8, 0.6]})


def test_a_block_draws_the_skill_of_its_columns_beside_chance() -> None:
    none = pd.DataFrame()
    figure = BlockTried("b", (), "no difference", SKILL, none, none).plot()
    (axes,) = figure.axes
    assert axes.lines[0].get_xdata().tolist() == [0.7, 0.5]
    assert axes.lines[1].get_xdata() == [0.5, 0.5]
    own = Figure()
    assert plot_skill(SKILL, ax=own.add_subplot()) is own


def test_runs_draw_their_changes_in_units_of_noise() -> None:
    metrics = metrics_beside(
        {"dso": 40.0, "dso_low": 38.0, "dso_high": 42.0, "plain": 1.0},
        {"dso": 45.0, "dso_low": 43.5, "dso_high": 46.5, "plain": 2.0},
    )
    (axes,) = RunsCompared("a", "b", pd.DataFrame(), metrics, same_data=True).plot().axes
    # 5 days of change, noise sqrt(2^2 + 1.5^2) = 2.5 days; what has no interval is left out.
    assert axes.lines[0].get_xdata().tolist() == [2.0]
    with pytest.raises(UsageError, match=r"no metric has an interval in both runs\. Given: plain"):
        plot_changes(metrics[metrics["metric"] == "plain"])
