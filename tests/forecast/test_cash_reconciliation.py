from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from arseg.forecast.cash_reconciliation import reconciled_cash
from arseg.forecast.open_book import OpenBook

Make = Callable[..., OpenBook]
WEEKS = [f"week_{number}" for number in range(1, 14)]


def test_every_level_is_the_sum_of_the_one_below_to_the_cent(make_book: Make) -> None:
    book = make_book()
    levels = reconciled_cash(book, by=["segment"])
    total = levels["total"].iloc[0]
    for name in ("balance", *WEEKS, "beyond"):
        for level in ("invoice", "customer", "group"):
            assert sum(levels[level][name]) == total[name]


def test_an_invoices_weeks_and_what_is_beyond_are_its_balance(make_book: Make) -> None:
    book = make_book()
    invoice = reconciled_cash(book)["invoice"]
    for row, balance in zip(invoice[[*WEEKS, "beyond"]].itertuples(index=False), book.balance, strict=True):
        assert sum(row) == Decimal(str(balance)).quantize(Decimal("0.01"))
        assert all(value >= 0 for value in row)


def test_no_week_is_further_than_a_cent_from_the_expectation(make_book: Make) -> None:
    book = make_book()
    invoice = reconciled_cash(book)["invoice"][WEEKS].astype(float).to_numpy()
    assert abs(invoice - book.expected_by_week()).max() <= 0.01 + 1e-9


def test_customers_are_complete(make_book: Make) -> None:
    book = make_book()
    customer = reconciled_cash(book)["customer"]
    own = book.items.groupby("customer_id")["balance"].sum()
    assert customer["customer_id"].tolist() == own.index.tolist()
    assert customer["balance"].astype(float).to_numpy() == pytest.approx(own.to_numpy())
