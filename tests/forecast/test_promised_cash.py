from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.forecast.open_book import OpenBook
from arseg.forecast.promised_cash import kept_chances, promise_scores, with_promises
from arseg.schema import DataError

Make = Callable[..., OpenBook]


def _promise(book: OpenBook, row: int, day: int, chance: float, amount: float = np.nan) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "invoice_id": [book.items["invoice_id"][row]],
            "due_on": [pd.Timestamp(book.key_date) + pd.Timedelta(days=day)],
            "p_kept": [chance],
            "amount": [amount],
        }
    )


def test_a_sure_promise_is_paid_on_its_day_and_not_before(make_book: Make) -> None:
    book = make_book(2, 1)
    paid = with_promises(book, _promise(book, 0, 10, 1.0)).paid_by
    assert paid[0].tolist() == [0.0] * 9 + [1.0] * 82
    assert paid[1] == pytest.approx(book.paid_by[1])


def test_a_doubtful_promise_mixes_with_the_items_own_curve(make_book: Make) -> None:
    book = make_book(2, 1)
    paid = with_promises(book, _promise(book, 0, 10, 0.6)).paid_by[0]
    assert paid == pytest.approx(0.4 * book.paid_by[0] + 0.6 * (book.times >= 10))


def test_of_a_part_promise_only_the_part_comes_on_the_day(make_book: Make) -> None:
    book = make_book(2, 1)
    half = with_promises(book, _promise(book, 0, 10, 1.0, book.balance[0] / 2)).paid_by[0]
    assert half == pytest.approx(0.5 * book.paid_by[0] + 0.5 * (book.times >= 10))


def test_an_overdue_promise_and_one_on_a_cleared_item_change_nothing(make_book: Make) -> None:
    book = make_book(2, 1)
    late = _promise(book, 0, 0, 1.0)
    gone = _promise(book, 0, 5, 1.0).assign(invoice_id="cleared")
    assert np.array_equal(
        with_promises(book, pd.concat([late, gone]).drop_duplicates()).incidence, book.incidence
    )


def test_two_promises_of_one_item_are_refused(make_book: Make) -> None:
    book = make_book(2, 1)
    with pytest.raises(DataError, match="one per item with a chance"):
        with_promises(book, pd.concat([_promise(book, 0, 5, 0.5)] * 2))


def test_few_promises_lean_on_the_book_and_many_on_themselves() -> None:
    past = pd.DataFrame(
        {
            "customer_id": ["a"] * 100 + ["b"],
            "kept": [False] * 100 + [True],
            "paid_share": [0.0] * 100 + [1.0],
        }
    )
    chances = kept_chances(past, prior=5).set_index("customer_id")["p_kept"]
    assert chances[""] == pytest.approx(1 / 101)
    assert chances["b"] == pytest.approx((1 + 5 / 101) / 6)
    assert chances["a"] < chances[""]
    with pytest.raises(DataError, match="there is no matured promise"):
        kept_chances(past.iloc[:0])


def test_chances_by_customer_beat_the_base_rate_where_customers_differ() -> None:
    rng = np.random.default_rng(5)
    habit = rng.beta(0.5, 0.5, 200)
    code = np.repeat(np.arange(200), 20)
    kept = rng.random(4000) < habit[code]
    frame = pd.DataFrame({"customer_id": code, "kept": kept, "paid_share": kept.astype(float)})
    past, later = frame[frame.index % 2 == 0], frame[frame.index % 2 == 1]
    chance = kept_chances(past).set_index("customer_id")["p_kept"]
    scores = promise_scores(chance.reindex(later["customer_id"]), later["kept"])
    assert scores["skill"] > 0.3
