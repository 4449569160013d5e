from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from arseg.forecast.cash_draws import Simulation, draw_cash
from arseg.forecast.dependence import Dependence
from arseg.forecast.dependence_fit import PastForecast, fit_dependence
from arseg.forecast.open_book import OpenBook
from arseg.schema import DataError

Make = Callable[..., OpenBook]


def _past(make_book: Make, truth: Dependence, origins: int) -> list[PastForecast]:
    """Return books whose cash was drawn from the truth."""
    found = []
    for seed in range(origins):
        book = make_book(15, 10, seed=seed, times=7 * np.arange(1, 14))
        cube = draw_cash(book, dependence=truth, simulation=Simulation(draws=1, seed=seed), by=["invoice_id"])
        order = np.argsort(np.argsort(book.items["invoice_id"].to_numpy()))
        found.append(PastForecast(book, cube.draws[0][order].astype(float)))
    return found


def test_independent_items_ask_for_little_dependence(make_book: Make) -> None:
    found = fit_dependence(
        _past(make_book, Dependence(0, 0, 0, 0), 16), start=Dependence(0, 0, 0, 0), draws=100
    )
    assert found.together < 0.35
    assert found.book <= 0.02
    assert found.week <= 0.04


def test_customers_who_pay_as_one_are_found(make_book: Make) -> None:
    found = fit_dependence(
        _past(make_book, Dependence(0, 0, 0, 0.9), 16), start=Dependence(0, 0, 0, 0), draws=100
    )
    assert found.together > 0.7


def test_good_and_bad_weeks_are_found_and_the_bands_hold_again(make_book: Make) -> None:
    truth = Dependence(0, 0.05, 0.3, 0.3)
    found = fit_dependence(_past(make_book, truth, 16), start=Dependence(0, 0, 0, 0), draws=60)
    assert found.week + found.book >= 0.04
    inside = []
    for forecast in _past(make_book, truth, 32)[16:]:
        bands = draw_cash(forecast.book, dependence=found, simulation=Simulation(draws=200)).bands()
        came = forecast.cash.sum(axis=0)
        inside.append((bands["low_80"] <= came) & (came <= bands["high_80"]))
    assert 0.7 <= np.mean(inside) <= 0.9


def test_too_few_origins_and_cash_of_another_book_are_refused(make_book: Make) -> None:
    with pytest.raises(DataError, match=r"too few past forecasts.*Given: 2\."):
        fit_dependence(_past(make_book, Dependence(), 2))
    with pytest.raises(DataError, match="the cash does not fit the book"):
        PastForecast(make_book(2, 1), np.zeros((3, 13)))
