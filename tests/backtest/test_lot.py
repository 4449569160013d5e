"""Rows are drawn by their names and a seed, wherever they stand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.lot import drawn_by_lot

DAY = dt.date(2026, 6, 30)
NAMES = pd.Index([f"I{number:05d}" for number in range(2_000)])


def drawn(names: pd.Index, most: int, *, day: dt.date = DAY, seed: int = 7) -> set[str]:
    return set(names[drawn_by_lot(names, most, day=day, seed=seed)])


@pytest.mark.parametrize("most", [1, 300, 1_999])
def test_as_many_are_drawn_as_are_asked_for(most: int) -> None:
    assert len(drawn(NAMES, most)) == most


def test_all_are_drawn_where_there_are_no_more() -> None:
    assert drawn_by_lot(NAMES, 2_000, day=DAY, seed=7).all()
    assert drawn_by_lot(NAMES[:0], 5, day=DAY, seed=7).shape == (0,)


def test_the_order_of_the_rows_does_not_matter() -> None:
    turned = NAMES[np.random.default_rng(1).permutation(len(NAMES))]
    assert drawn(turned, 300) == drawn(NAMES, 300)


def test_another_day_and_another_seed_draw_others() -> None:
    first = drawn(NAMES, 300)
    assert len(first & drawn(NAMES, 300, day=dt.date(2026, 7, 31))) < 100
    assert len(first & drawn(NAMES, 300, seed=8)) < 100


def test_a_book_that_grew_by_one_row_draws_nearly_the_same() -> None:
    assert len(drawn(NAMES, 300) - drawn(NAMES.append(pd.Index(["I99999"])), 300)) <= 1


def test_every_part_of_the_names_is_drawn_alike() -> None:
    parts = np.array([sum(name[-1] == digit for name in drawn(NAMES, 1_000)) for digit in "0123456789"])
    assert (np.abs(parts - 100) < 40).all()
