from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.open_book import OpenBook
from arseg.forecast.paying_pace import at_other_pace
from arseg.schema import DataError

Make = Callable[..., OpenBook]


def test_no_change_of_pace_changes_nothing(make_book: Make) -> None:
    book = make_book()
    pace = np.zeros((len(book.items), len(book.times)))
    pace[0] = 1e-12
    assert at_other_pace(book, pace).incidence == pytest.approx(book.incidence, abs=1e-9)
    assert np.array_equal(at_other_pace(book, pace).incidence[1:], book.incidence[1:])


def test_constant_hazards_give_what_the_formula_of_competing_risks_says(make_book: Make) -> None:
    # Hazards a (paid) and b (credited) a day: paid by t is a / (a + b) (1 - exp(-(a + b) t)); then 2a.
    a, b, days = 0.02, 0.01, np.arange(1, 92)
    one = make_book(1, 1)

    def curves(paid: float) -> np.ndarray:
        gone = 1 - np.exp(-(paid + b) * days)
        return np.stack([paid * gone, b * gone, 0 * gone])[None] / (paid + b)

    found = at_other_pace(one.with_incidence(curves(a)), np.full((1, 91), np.log(2.0)))
    assert found.incidence == pytest.approx(curves(2 * a), abs=1e-9)


def test_a_faster_pace_brings_more_and_loses_less_and_never_more_than_everything(make_book: Make) -> None:
    book = make_book()
    pace = np.full((len(book.items), len(book.times)), 3.0)
    found = at_other_pace(book, pace)
    assert (found.incidence[:, 0, -1] > book.incidence[:, 0, -1]).all()
    assert (found.incidence[:, 1:, -1] < book.incidence[:, 1:, -1]).all()
    assert found.incidence[:, :, -1].sum(axis=1).max() <= 1 + 1e-9


def test_an_item_that_has_surely_left_stays_a_curve(make_book: Make) -> None:
    one = make_book(1, 1, times=np.array([7, 14]))
    sure = one.with_incidence(np.array([[[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]]))
    assert at_other_pace(sure, np.array([[-2.0, 5.0]])).incidence[0, 0, 0] == pytest.approx(0.94, abs=0.01)
    items = pd.DataFrame({"invoice_id": [], "customer_id": [], "balance": []}).astype({"balance": "float64"})
    empty = OpenBook(items, np.zeros((0, 3, 2)), np.array([7, 14]), one.key_date)
    assert len(at_other_pace(empty, np.zeros((0, 2))).items) == 0


@pytest.mark.parametrize("wrong", [np.zeros((1, 3)), np.array([[0.0, np.nan]])])
def test_paces_of_another_shape_or_no_numbers_are_refused(make_book: Make, wrong: np.ndarray) -> None:
    with pytest.raises(DataError, match="the paces do not fit the book"):
        at_other_pace(make_book(1, 1, times=np.array([7, 14])), wrong)
