from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.open_book import OpenBook, expected_in_steps
from arseg.schema import DataError

Make = Callable[..., OpenBook]


def test_three_transactions_in_three_buckets_bring_610_750_and_9740() -> None:
    shares = np.array([[0.10, 0.50, 0.40], [0.50, 0.30, 0.20], [0.01, 0.04, 0.95]])
    assert expected_in_steps([100, 1_000, 10_000], shares.cumsum(axis=1)).round(2).tolist() == [
        610,
        750,
        9_740,
    ]


def test_expected_weeks_sum_to_what_is_paid_by_the_end(make_book: Make) -> None:
    book = make_book()
    weekly = book.expected_by_week()
    assert weekly.shape == (300, 13)
    assert weekly.sum(axis=1) == pytest.approx(book.balance * book.paid_by[:, 90])


def test_a_week_whose_end_is_not_known_is_refused(make_book: Make) -> None:
    with pytest.raises(DataError, match="not known on all days"):
        make_book(times=np.array([7, 14, 30])).expected_by_week(3)


def test_curves_that_fall_or_are_missing_are_refused(make_book: Make) -> None:
    book = make_book(2, 1, times=np.array([7, 14]))
    for change in (lambda i: i[:, :, ::-1], lambda i: i * np.nan, lambda i: i + 1):
        with pytest.raises(DataError, match="a curve falls or leaves"):
            book.with_incidence(change(book.incidence))


@pytest.mark.parametrize(
    ("column", "value"), [("balance", -1.0), ("balance", np.nan), ("invoice_id", "i00001")]
)
def test_what_is_no_open_item_is_refused(make_book: Make, column: str, value: object) -> None:
    book = make_book(2, 1)
    items = book.items.copy()
    items.loc[0, column] = value
    with pytest.raises(DataError, match="open items are no open items"):
        replace(book, items=items)


def test_shapes_and_times_must_fit(make_book: Make) -> None:
    book = make_book(2, 1)
    with pytest.raises(DataError, match="the incidence does not fit the items"):
        replace(book, times=book.times[:-1])
    with pytest.raises(DataError, match="the incidence does not fit the items"):
        replace(book, times=book.times[::-1])


def test_an_empty_book_brings_nothing() -> None:
    items = pd.DataFrame({"invoice_id": [], "customer_id": [], "balance": []})
    book = OpenBook(items, np.zeros((0, 3, 13)), 7 * np.arange(1, 14), pd.Timestamp("2026-10-31").date())
    assert book.expected_by_week().sum() == 0
