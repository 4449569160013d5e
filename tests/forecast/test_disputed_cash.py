from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.disputed_cash import later, with_credits, with_disputes
from arseg.forecast.open_book import OpenBook
from arseg.schema import DataError

Make = Callable[..., OpenBook]


def test_a_curve_moved_later_is_the_same_curve_later(make_book: Make) -> None:
    book = make_book(2, 1)
    moved = later(book, np.array([0]), np.array([10]))
    assert moved[0, :, :10] == pytest.approx(np.zeros((3, 10)))
    assert moved[0, :, 10:] == pytest.approx(book.incidence[0, :, :-10])
    assert np.array_equal(moved[1], book.incidence[1])


def test_between_known_days_a_moved_curve_lies_on_the_line(make_book: Make) -> None:
    book = make_book(1, 1, times=np.array([10, 20]))
    moved = later(book, np.array([0]), np.array([5]))[0, 0]
    first, second = book.incidence[0, 0]
    assert moved == pytest.approx([first / 2, (first + second) / 2])


def test_a_dispute_delays_and_concedes(make_book: Make) -> None:
    book = make_book(2, 1)
    disputes = pd.DataFrame(
        {"invoice_id": ["i00000", "gone"], "days_left": [20, 5], "credit_share": [0.25, 0.5]}
    )
    changed = with_disputes(book, disputes)
    assert changed.paid_by[0, 20:] == pytest.approx(0.75 * book.paid_by[0, :-20])
    whole = changed.incidence[0].sum(axis=0)
    assert whole[20:] == pytest.approx(book.incidence[0].sum(axis=0)[:-20])


def test_expected_credits_turn_cash_into_credit_on_the_same_days(make_book: Make) -> None:
    book = make_book(2, 1)
    changed = with_credits(book, pd.Series({"i00001": 0.4}))
    assert changed.paid_by[1] == pytest.approx(0.6 * book.paid_by[1])
    assert changed.incidence.sum(axis=1) == pytest.approx(book.incidence.sum(axis=1))
    assert np.array_equal(changed.incidence[0], book.incidence[0])


def test_a_share_that_is_none_is_refused(make_book: Make) -> None:
    book = make_book(2, 1)
    with pytest.raises(DataError, match="a share to be credited is none"):
        with_credits(book, pd.Series({"i00001": 1.4}))
    bad = pd.DataFrame({"invoice_id": ["i00000"], "days_left": [-1], "credit_share": [0.5]})
    with pytest.raises(DataError, match="one per item with days and a share"):
        with_disputes(book, bad)
