from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.cash_draws import Simulation, draw_cash
from arseg.forecast.cash_scenarios import compare_scenario, contact_plan, longer_terms, stops_paying
from arseg.forecast.open_book import OpenBook
from arseg.schema import DataError, UsageError

Make = Callable[..., OpenBook]


def test_a_customer_who_stops_takes_exactly_his_own_cash_away(make_book: Make) -> None:
    book = make_book()
    gone = stops_paying(book, ["c003"])
    own = (book.items["customer_id"] == "c003").to_numpy()
    assert gone.expected_by_week()[own].sum() == 0
    assert np.array_equal(gone.expected_by_week()[~own], book.expected_by_week()[~own])
    with pytest.raises(UsageError, match=r"no open item\. Given: \['c999'\]"):
        stops_paying(book, ["c999"])


def test_longer_terms_move_cash_and_lose_none_but_at_the_end(make_book: Make) -> None:
    book = make_book()
    longer = longer_terms(book, 14)
    assert longer.expected_by_week()[:, 2:] == pytest.approx(book.expected_by_week()[:, :-2])
    assert longer.expected_by_week()[:, :2].sum() == 0
    only = np.arange(300) < 10
    assert np.array_equal(longer_terms(book, 14, only=only).incidence[10:], book.incidence[10:])
    with pytest.raises(UsageError, match="the terms grow shorter"):
        longer_terms(book, -1)


def test_a_plan_replaces_the_curves_of_its_items(make_book: Make) -> None:
    book = make_book()
    faster = book.incidence[:2].copy()
    faster[:, 0] += 0.5 * (1 - faster.sum(axis=1))
    changed = contact_plan(book, book.items["invoice_id"].iloc[[0, 1]], faster)
    assert changed.expected_by_week().sum() > book.expected_by_week().sum()
    with pytest.raises(DataError, match="the plan does not fit the book"):
        contact_plan(book, pd.Series(["i00000", "x"]), faster)


def test_the_difference_is_taken_future_by_future(make_book: Make) -> None:
    book, size = make_book(), Simulation(draws=500)
    before, after = draw_cash(book, simulation=size), draw_cash(stops_paying(book, ["c003"]), simulation=size)
    frame = compare_scenario(before, after)
    assert frame["expected"].iloc[-1] == pytest.approx(frame["expected"].iloc[:-1].sum())
    own = book.balance[(book.items["customer_id"] == "c003").to_numpy()].sum()
    assert frame["low_80"].iloc[-1] >= -own * 1.001
    assert frame["expected"].iloc[-1] < 0
    with pytest.raises(UsageError, match="the two forecasts do not fit"):
        compare_scenario(before, draw_cash(book, simulation=Simulation(draws=10)))
