from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from arseg.runs.lab.plots import STYLE, plot_calibration, plot_measure
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


def test_a_notebook_shows_a_figure_without_pyplot() -> None:
    assert plot_measure(MEASURES)._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
    code = (
        "import sys, pandas as pd\nfrom arseg.runs.lab.plots import plot_calibration\n"
        "plot_calibration(pd.DataFrame({'expected': [0.1], 'observed': [0.2]}))._repr_png_()\n"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_style_is_usable_by_its_name_and_a_figure_leaves_no_setting_behind() -> None:

    before = dict(mpl.rcParams)
    plot_measure(MEASURES)
    assert dict(mpl.rcParams) == before
    with mpl.style.context(STYLE):
        assert dict(mpl.rcParams) != before


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(UsageError, match=r"there is no such measure. Given: dos. Allowed: dso"):
        plot_measure(MEASURES, "dos")
