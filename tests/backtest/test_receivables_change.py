from __future__ import annotations

import pandas as pd
import pytest

from arseg.backtest.receivables_book import read_book
from arseg.backtest.receivables_change import explain_dso
from arseg.ledger import Ledger


def test_the_effects_of_a_ledgers_period_sum_to_the_change_of_its_dso(small_ledger: Ledger) -> None:
    book = read_book(small_ledger, "2025-03-31", "2025-06-30")
    classes = pd.Series({f"C{n:03d}": ("late", "prompt")[n % 2 == 0] for n in range(40)})
    found = explain_dso(book, classes).set_index("factor")
    assert found.loc["dso", "effect"] == pytest.approx(found["effect"].drop("dso").sum())
    sold = book.items[book.items["amount"] > 0]
    for day, name in ((book.start, "before"), (book.end, "after")):
        held = book.balances(day)
        recent = sold[(sold["document_date"] <= day) & (sold["document_date"] > day - pd.Timedelta(days=91))]
        expected = held["balance"].sum() / recent["amount"].sum() * 91
        assert found.loc["dso", name] == pytest.approx(expected)


def test_customers_without_a_class_are_a_class(small_ledger: Ledger) -> None:
    book = read_book(small_ledger, "2025-03-31", "2025-06-30")
    found = explain_dso(book, pd.Series(dtype=str)).set_index("factor")["effect"]
    assert found["mix"] == pytest.approx(0, abs=1e-9)
