from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.cash_cube import CashCube
from arseg.forecast.cash_draws import Simulation, draw_cash
from arseg.forecast.open_book import OpenBook
from arseg.schema import UsageError

Make = Callable[..., OpenBook]


def _cube(make_book: Make) -> CashCube:
    return draw_cash(make_book(), simulation=Simulation(draws=300), by=["segment", "currency"])


def test_every_view_is_a_sum_over_the_same_futures(make_book: Make) -> None:
    cube = _cube(make_book)
    total = cube.view()
    for by in (["segment"], ["currency"], ["segment", "currency"]):
        view = cube.view(by)
        assert view.draws.sum(axis=1) == pytest.approx(total.draws[:, 0], rel=1e-5)
        assert view.expected.sum(axis=0) == pytest.approx(total.expected[0])


def test_bands_are_the_quantiles_of_the_futures(make_book: Make) -> None:
    cube = _cube(make_book)
    frame = cube.bands(["segment"])
    own = frame[frame["segment"] == "Low"]
    place = cube.view(["segment"]).groups["segment"].tolist().index("Low")
    drawn = cube.view(["segment"]).draws[:, place]
    assert own["low_80"].to_numpy() == pytest.approx(np.quantile(drawn, 0.1, axis=0))
    assert own["week"].iloc[1] == pd.Timestamp("2026-11-08")
    assert (frame["low_80"] <= frame["low_50"]).all()
    assert (frame["high_50"] <= frame["high_80"]).all()


def test_cumulative_bands_never_fall(make_book: Make) -> None:
    frame = _cube(make_book).bands(cumulative=True)
    for name in ("expected", "low_80", "median", "high_80"):
        assert (np.diff(frame[name]) >= 0).all()


def test_two_sources_add_up_future_by_future(make_book: Make) -> None:
    cube = _cube(make_book)
    both = cube.plus(cube)
    assert both.expected.sum() == pytest.approx(2 * cube.expected.sum())
    assert both.view().draws == pytest.approx(2 * cube.view().draws, rel=1e-5)
    with pytest.raises(UsageError, match="two sources of cash do not fit"):
        cube.plus(cube.view())


def test_a_column_that_was_not_drawn_is_refused(make_book: Make) -> None:
    with pytest.raises(UsageError, match=r"not drawn by that column\. Given: \['entity'\]"):
        _cube(make_book).view(["entity"])
