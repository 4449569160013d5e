from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from arseg.backtest.plots import plot_calibration, plot_measure, plot_ranking
from arseg.schema import UsageError

MEASURES = pd.DataFrame(
    {
        "policy": "RiskTiers($x$)",
        "segment": ["High", "Low", "all"],
        "measure": "dso",
        "value": [60.0, 30.0, 40.0],
        "low": [50.0, 28.0, 38.0],
        "high": [75.0, 33.0, 43.0],
        "unit": "days",
    }
)


def test_a_figure_shows_the_values_with_their_intervals() -> None:
    figure = plot_measure(MEASURES)
    (points,) = figure.axes[0].containers
    assert points.lines[0].get_ydata().tolist()[::3] == [60.0, 40.0]
    ends = [tuple(segment[:, 1]) for segment in points.lines[2][0].get_segments() if len(segment)]
    assert (50.0, 75.0) in ends
    assert figure.axes[0].get_ylabel() == "dso (days)"


def test_a_figure_can_be_restyled_and_drawn_on_axes_of_ones_own() -> None:
    own = Figure()
    left, right = own.subplots(1, 2)
    assert plot_measure(MEASURES, ax=left) is own
    calibration = pd.DataFrame({"expected": [0.1, 0.4], "observed": [0.2, 0.3]})
    assert plot_calibration(calibration, ax=right) is own
    left.set_title("mine")
    assert left.get_title() == "mine"
    assert right.lines[1].get_ydata().tolist() == [0.2, 0.3]


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(UsageError, match=r"there is no such measure. Given: dos. Allowed: dso"):
        plot_measure(MEASURES, "dos")


def test_a_ranking_stands_right_of_chance_with_its_interval() -> None:
    ranking = pd.DataFrame(
        {
            "ranking": ["RiskTiers()", "age"],
            "age": 30,
            "weight": "count",
            "measure": "somers_d",
            "value": [0.6, 0.4],
            "low": [0.5, 0.2],
            "high": [0.7, 0.6],
        }
    )
    (axes,) = plot_ranking(ranking).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "RiskTiers(), 30, count",
        "age, 30, count",
    ]
    assert axes.lines[0].get_xdata().tolist() == [0.6, 0.4]
    assert [segment[:, 0].tolist() for segment in axes.collections[0].get_segments()] == [
        [0.5, 0.7],
        [0.2, 0.6],
    ]
    with pytest.raises(UsageError, match=r"there is no such measure\. Given: ks\. Allowed: somers_d"):
        plot_ranking(ranking, "ks")
