from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.claim_sums import RESOLVED_WITHIN, cured_bounds, dso_blocks, late_items, resolved_sums
from arseg.backtest.receivables_book import ReceivablesBook, read_book
from arseg.backtest.standing import month_days
from arseg.ledger import Ledger
from arseg.metrics.receivables import sales_weighted_dso
from arseg.metrics.resolution import resolution_days


@pytest.fixture(scope="module")
def book(small_ledger: Ledger) -> ReceivablesBook:
    return read_book(small_ledger, "2025-01-31", "2025-07-31")


def test_late_items_are_those_due_in_the_period_and_open_after_their_due_day(book: ReceivablesBook) -> None:
    late = late_items(book).set_index("invoice_id")
    contacts = book.contacts.to_dict("records")
    expected = {}
    for item in book.items.to_dict("records"):
        inside = book.start < item["due_date"] <= book.end and item["amount"] > 0
        if inside and not item["cleared_on"] <= item["due_date"]:
            about = [
                (row["contacted_on"] - item["due_date"]).days
                for row in contacts
                if (row["invoice_id"] == item["invoice_id"])
                or (pd.isna(row["invoice_id"]) and row["customer_id"] == item["customer_id"])
            ]
            expected[item["invoice_id"]] = min((day for day in about if day > 0), default=np.nan)
    assert set(late.index) == set(expected)
    np.testing.assert_array_equal(late["contacted"], [expected[name] for name in late.index])
    assert late["contacted"].notna().any()


def test_of_items_followed_to_the_end_it_is_the_restricted_mean_of_the_metrics_room(
    book: ReceivablesBook,
) -> None:
    late = late_items(book)
    own = late[late["followed"] >= RESOLVED_WITHIN]
    y = pd.DataFrame({"event": own["event"], "duration": own["left"].fillna(own["followed"]).astype(int)})
    sums = resolved_sums(late).sum()
    assert sums["numerator"] / sums["denominator"] == pytest.approx(
        resolution_days(y, RESOLVED_WITHIN).item()
    )


def test_the_bounds_of_self_cure_hold_what_each_contacted_item_might_have_done() -> None:
    late = pd.DataFrame(
        {
            "customer_id": ["a"] * 6,
            "event": [1, 1, 0, 3, 1, 1],
            "left": [5.0, 20.0, np.nan, 10.0, 40.0, 7.0],
            "contacted": [np.nan, 10.0, 12.0, np.nan, 35.0, 7.0],
            "followed": [60, 60, 60, 60, 60, 60],
        }
    )
    least, most = cured_bounds(late)
    assert least["numerator"].item() == 1, "only the first was seen to cure alone"
    assert most["numerator"].item() == 4, (
        "the second, the third and the last were contacted before they could"
    )
    assert least["denominator"].item() == most["denominator"].item() == 6


def test_blocks_by_issue_month_add_up_to_the_book(book: ReceivablesBook) -> None:
    customers = pd.Index(sorted(book.items["customer_id"].unique()))
    unpaid, sales, invoices = dso_blocks(book, customers)
    held = book.balances(book.end).merge(
        book.items[["invoice_id", "document_date", "amount"]], on="invoice_id"
    )
    assert invoices == len(held), "the book is younger than 24 months"
    assert sales.sum() == pytest.approx(held["amount"].sum())
    by_month = held.groupby(held["document_date"].dt.to_period("M"))[["balance", "amount"]].sum().iloc[::-1]
    days = month_days(book.end.date())[: len(by_month)]
    expected = sales_weighted_dso(by_month["balance"], by_month["amount"], days)
    found = sales_weighted_dso(unpaid.sum(axis=0), sales.sum(axis=0), month_days(book.end.date()))
    assert found.item() == pytest.approx(expected.item())
