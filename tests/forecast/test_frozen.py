from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.cash_draws import Simulation, draw_cash
from arseg.forecast.frozen import FrozenForecast, freeze, freeze_point, load_frozen
from arseg.forecast.open_book import OpenBook
from arseg.schema import DataError, UsageError

Make = Callable[..., OpenBook]


def _frozen(make_book: Make) -> FrozenForecast:
    return freeze(draw_cash(make_book(), simulation=Simulation(draws=50), by=["segment"]), by="segment")


def test_a_frozen_forecast_has_the_total_and_its_parts(make_book: Make) -> None:
    frozen = _frozen(make_book)
    assert frozen.groups == ("all", "High", "Low", "Medium")
    assert frozen.expected[0] == pytest.approx(frozen.expected[1:].sum(axis=0))
    assert frozen.draws[:, 0] == pytest.approx(frozen.draws[:, 1:].sum(axis=1), rel=1e-5)


def test_what_was_written_comes_back_and_the_same_bytes_are_written(make_book: Make, tmp_path: Path) -> None:
    frozen = _frozen(make_book)
    path, again = frozen.save(tmp_path / "a"), frozen.save(tmp_path / "b")
    back = load_frozen(path)
    assert (back.origin, back.groups) == (frozen.origin, frozen.groups)
    assert np.array_equal(back.draws, frozen.draws)
    assert path.read_bytes() == again.read_bytes()


def test_a_published_forecast_is_not_said_again_nor_changed(make_book: Make, tmp_path: Path) -> None:
    frozen = _frozen(make_book)
    path = frozen.save(tmp_path)
    with pytest.raises(UsageError, match="a forecast of that day was published"):
        frozen.save(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="not what was published"):
        load_frozen(path)


def test_a_point_has_no_bands_and_parts_must_fit() -> None:
    day = pd.Timestamp("2026-10-31").date()
    assert not freeze_point(day, pd.DataFrame([[1.0]], index=["all"])).has_bands
    with pytest.raises(DataError, match="the forecast's parts do not fit"):
        FrozenForecast(day, ("all",), np.zeros((2, 3)), np.zeros((1, 2, 3), np.float32))
