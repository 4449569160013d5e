from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from arseg.forecast.cash_cube import CashCube

DRAWS = np.array([[[10.0, 0.0]], [[20.0, 10.0]], [[30.0, 20.0]]], dtype=np.float32)
CUBE = CashCube(pd.DataFrame(index=range(1)), DRAWS, np.array([[20.0, 10.0]]), dt.date(2025, 12, 31), 7)


def test_a_forecast_draws_its_expectation_and_both_bands() -> None:
    (axes,) = CUBE.plot().axes
    assert axes.lines[0].get_ydata().tolist() == [20.0, 10.0]
    edges = axes.collections[0].get_paths()[0].vertices[:, 1]
    # The tenth and the ninetieth percentile of 10, 20 and 30.
    assert (edges.min(), edges.max()) == (2.0, 28.0)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "80 % of futures",
        "50 % of futures",
        "expected",
    ]


def test_what_came_in_by_then_is_drawn_on_axes_of_ones_own() -> None:
    own = Figure()
    assert CUBE.plot(cumulative=True, ax=own.add_subplot()) is own
    assert own.axes[0].lines[0].get_ydata().tolist() == [20.0, 30.0]
