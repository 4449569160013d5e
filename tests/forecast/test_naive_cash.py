from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.naive_cash import (
    cash_by_aging,
    cash_by_delay,
    cash_by_terms,
    learn_aging_cash,
    with_past_errors,
)
from arseg.schema import DataError

ITEMS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "new"],
        "balance": [100.0, 200.0, 50.0, 10.0],
        "days_past_due": [-10, 20, -80, -1],
    }
)


def test_by_terms_everything_comes_on_its_due_day_and_overdue_money_at_once() -> None:
    cash = cash_by_terms(ITEMS)
    assert np.argmax(cash, axis=1).tolist() == [1, 0, 11, 0]
    assert cash.sum(axis=1).tolist() == ITEMS["balance"].tolist()


def test_beyond_the_horizon_nothing_comes() -> None:
    assert cash_by_terms(ITEMS, weeks=2).sum(axis=1).tolist() == [100.0, 200.0, 0.0, 10.0]


def test_the_delay_is_the_customers_own_shrunk_to_the_book() -> None:
    cleared = pd.DataFrame({"customer_id": ["a"] * 20 + ["b"] * 20, "days_late": [30] * 20 + [0] * 20})
    cash = cash_by_delay(ITEMS, cleared)
    # The book's mean is 15; a: (600 + 75) / 25 = 27 days; a new customer has the book's.
    assert np.argmax(cash, axis=1).tolist() == [
        (10 + 27 - 1) // 7,
        (27 - 20 - 1) // 7,
        (80 + 3 - 1) // 7,
        (1 + 15 - 1) // 7,
    ]
    assert cash_by_delay(ITEMS, cleared.iloc[:0]) == pytest.approx(cash_by_terms(ITEMS))


def test_buckets_pay_as_they_did_before() -> None:
    past = pd.DataFrame({"balance": [100.0, 300.0, 100.0], "days_past_due": [-5, -5, 40]})
    cash = np.array([[100.0, 0.0], [0.0, 150.0], [0.0, 25.0]])
    shares = learn_aging_cash(past, cash)
    assert shares.loc["current"].tolist() == [0.25, 0.375]
    assert shares.loc["31-60"].tolist() == [0.0, 0.25]
    # Nothing ever stood at 61-90: the book's shares.
    assert shares.loc["61-90"].tolist() == [0.2, 0.35]
    assert cash_by_aging(ITEMS.iloc[[0]], shares).tolist() == [[25.0, 37.5]]
    assert cash_by_aging(past, shares).sum() == pytest.approx(cash.sum())


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(DataError, match="there is no past to learn from"):
        learn_aging_cash(ITEMS.iloc[:0], np.zeros((0, 2)))


def test_past_errors_make_a_band_around_a_point() -> None:
    said, came = np.full((3, 1, 2), 10.0), np.array([[[5.0, 10.0]], [[10.0, 20.0]], [[15.0, 0.0]]])
    draws = with_past_errors(np.array([[100.0, 200.0]]), said, came)
    assert draws[:, 0].tolist() == [[50.0, 200.0], [100.0, 400.0], [150.0, 0.0]]
