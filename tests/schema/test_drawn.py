from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import matplotlib.style
from matplotlib.figure import Figure

from arseg.schema.drawn import STYLE, CellFigure, axes_or_new, draw_intervals, figure_of, plain_label


def test_axes_of_ones_own_are_drawn_on_and_lead_to_the_whole_figure() -> None:
    own = Figure()
    part = own.subfigures(1, 2)[1].add_subplot()
    assert axes_or_new(part) is part
    assert figure_of(part) is own


def test_a_notebook_shows_a_new_figure_without_pyplot() -> None:
    figure = figure_of(axes_or_new(None))
    assert isinstance(figure, CellFigure)
    assert figure._repr_png_().startswith(b"\x89PNG")
    code = (
        "import sys\nfrom arseg.schema.drawn import axes_or_new, figure_of\n"
        "figure_of(axes_or_new(None))._repr_png_()\nsys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_style_is_usable_by_its_name_and_a_figure_leaves_no_setting_behind() -> None:
    before = dict(mpl.rcParams)
    axes_or_new(None)
    assert dict(mpl.rcParams) == before
    with matplotlib.style.context(STYLE):
        assert dict(mpl.rcParams) != before


def test_the_first_line_stands_on_top_and_its_name_is_no_formula() -> None:
    axes = axes_or_new(None)
    draw_intervals(axes, ["$a$", "b"], [1.0, 2.0], [0.5, float("nan")], [1.5, float("nan")])
    assert axes.lines[0].get_ydata().tolist() == [2, 1]
    assert axes.get_yticklabels()[0].get_text() == plain_label("$a$") == r"\$a\$"


def test_only_what_draws_loads_matplotlib() -> None:
    code = "import sys, arseg.schema, arseg.backtest.contest, arseg.forecast.cash_cube; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
