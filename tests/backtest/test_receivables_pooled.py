from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from arseg.backtest.receivables_book import ReceivablesBook, read_book
from arseg.backtest.receivables_pooled import pooled_measures
from arseg.backtest.standing import take_standing
from arseg.ledger import Ledger, take_snapshot


def pooled(book: ReceivablesBook, **members: str) -> pd.DataFrame:
    names = [*dict.fromkeys(members.values()), "all"]
    return pooled_measures(book, pd.Series(members), names).set_index(["measure", "segment"])


def test_the_sales_weighted_dso_is_the_headline_with_the_same_eyes(small_ledger: Ledger) -> None:
    book = read_book(small_ledger, "2025-09-30", "2025-12-31")
    found = pooled_measures(book, pd.Series({f"C{n:03d}": "High" for n in range(40)}), ["High", "all"])
    value = found.set_index(["measure", "segment"]).loc[("sales_weighted_dso", "all"), "value"]
    with take_snapshot(small_ledger, "2025-12-31") as snapshot:
        # The headline leaves out balances within tolerance.
        assert value == pytest.approx(take_standing(snapshot).values()["dso"], abs=0.05)


@pytest.fixture(name="book")
def _book(make_ledger: Callable[..., Ledger]) -> ReceivablesBook:
    """Return April 2025 of a young book: A pays on day 20 past due or never, B owes more than it was ever sold of late."""
    sold = [
        ("a1", "A", dt.date(2025, 3, 5), 100),
        ("a2", "A", dt.date(2025, 3, 6), 100),
        ("b1", "B", dt.date(2025, 4, 20), 60),
    ]
    invoices = [
        {"invoice_id": name, "customer_id": who, "document_date": on, "amount": amount}
        for name, who, on, amount in sold
    ]
    paid = [
        {"invoice_id": "a1", "amount": 100, "value_date": dt.date(2025, 4, 24)},
        {"customer_id": "B", "amount": 1, "value_date": dt.date(2025, 3, 1)},
        {"customer_id": "B", "amount": 1, "value_date": dt.date(2025, 6, 30)},
    ]
    return read_book(make_ledger(invoices, paid), "2025-03-31", "2025-04-30")


def test_countback_counts_each_segments_own_days(book: ReceivablesBook) -> None:
    found = pooled(book, A="High", B="Low").loc["countback_dso"]
    assert found.loc["High", "value"] == pytest.approx(56), "a2 of 6 March is all that was sold since"
    assert found.loc["Low", "text"] == "11.0"
    assert found.loc["all", "value"] == pytest.approx(56)


def test_a_segment_without_invoices_has_no_figure(book: ReceivablesBook) -> None:
    found = pooled(book, A="High", B="Low", C="Medium").xs("Medium", level="segment")
    assert found["value"].isna().all()


def test_collections_recoveries_and_resolution_are_those_of_the_hand(book: ReceivablesBook) -> None:
    found = pooled(book, A="High", B="Low").xs("High", level="segment")
    assert found.loc["collected_30", "value"] == pytest.approx(0.5)
    assert found.loc["recovered_30", "value"] == pytest.approx(0.5)
    assert found.loc["collected_60", ["numerator", "denominator"]].tolist() == [100, 200]
    assert "Aalen-Johansen" in found.loc["collected_90", "method"], "followed for 86 days"
    assert np.isnan(found.loc["loss_180", "value"])
    assert np.isnan(found.loc["resolution_days", "value"]), "nobody was followed for 90 days"
