"""A small book, for tests of the file that a ledger is."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

Book = Callable[[], dict[str, pd.DataFrame]]


@pytest.fixture
def book() -> Book:
    """Return what makes two invoices and a posting, as often as it is called."""
    return small_book


def small_book() -> dict[str, pd.DataFrame]:
    invoices = pd.DataFrame(
        {
            "invoice_id": ["I2", "I1"],
            "customer_id": ["C1", "C1"],
            "document_date": pd.to_datetime(["2025-05-01", "2025-05-02"]),
            "due_date": pd.to_datetime(["2025-05-31", "2025-06-01"]),
            "amount": [100.0, 19.99],
            "currency": ["EUR", "USD"],
            "known_on": pd.to_datetime(["2025-05-01", "2025-05-02"]),
        }
    )
    postings = pd.DataFrame(
        {
            "posting_id": ["P1"],
            "invoice_id": ["I1"],
            "kind": ["payment"],
            "amount": [19.99],
            "value_date": [pd.Timestamp("2025-05-30")],
            "known_on": [pd.Timestamp("2025-06-02")],
        }
    )
    return {"invoices": invoices, "postings": postings}
