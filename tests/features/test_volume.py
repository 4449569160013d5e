from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
DAY = dt.date(2025, 6, 30)
Issued = dict[str, list[tuple[int, float]]]


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def customers_of(
    make_ledger: Make, issued: Issued, postings: list[dict[str, Any]] | None = None
) -> pd.DataFrame:
    """Return the figures of customers by days before the key date and amounts of their invoices."""
    # An old open item of each, so that all are looked at.
    invoices: list[dict[str, Any]] = [
        {"invoice_id": f"{who}-old", "customer_id": who, "document_date": ago(500)} for who in issued
    ]
    invoices += [
        {"invoice_id": f"{who}-{n}", "customer_id": who, "document_date": ago(days), "amount": amount}
        for who, rows in issued.items()
        for n, (days, amount) in enumerate(rows)
    ]
    ledger = make_ledger(invoices, postings or [], complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=["volume"]).customers.set_index("customer_id")


def test_amounts_count_until_the_last_day_of_each_window(make_ledger: Make) -> None:
    days = (90, 91, 92, 181, 182, 183, 364, 365, 366)
    found = customers_of(make_ledger, {"A": [(day, 2.0**n) for n, day in enumerate(days)]}).loc["A"]
    assert (found["volume_invoice_count_3m"], found["volume_sales_3m"]) == (1, 1)
    assert (found["volume_invoice_count_6m"], found["volume_sales_6m"]) == (4, 15)
    assert found["volume_amount_mean_3m"] == 1
    assert found["volume_amount_mean_6m"] == 15 / 4
    assert found["volume_amount_mean_12m"] == pytest.approx(127 / 7)
    assert found["volume_growth_3m_12m"] == pytest.approx(4 / 127)
    assert found["volume_largest_share_12m"] == pytest.approx(64 / 127)


def test_gaps_lie_between_document_dates_and_not_within_them(make_ledger: Make) -> None:
    # Gaps of 10, 20 and 30 days; the two invoices of one day have none between them.
    found = customers_of(make_ledger, {"A": [(70, 1), (60, 1), (60, 1), (40, 1), (10, 1)]}).loc["A"]
    assert found["volume_gap_mean_12m"] == 20
    assert found["volume_gap_cv_12m"] == pytest.approx(10 / 20)
    assert found["volume_last_days"] == 10
    assert found["volume_pause_12m"] == 10 / 20


def test_equal_gaps_vary_by_exactly_nothing_and_one_gap_has_no_variation(make_ledger: Make) -> None:
    found = customers_of(
        make_ledger,
        {"A": [(7 * n, 0.1) for n in range(50)], "B": [(9, 1), (3, 1)], "C": [(3, 1), (3, 1)], "D": [(3, 1)]},
    )
    assert found.loc["A", ["volume_gap_mean_12m", "volume_gap_cv_12m"]].tolist() == [7, 0]
    assert found.loc["B", ["volume_gap_mean_12m", "volume_pause_12m"]].tolist() == [6, 1 / 2]
    assert found.loc[["B", "C", "D"], "volume_gap_cv_12m"].isna().all()
    assert found.loc[["C", "D"], ["volume_gap_mean_12m", "volume_pause_12m"]].isna().all(axis=None)
    assert found["volume_last_days"].tolist() == [0, 3, 3, 3]


def test_a_gap_begins_and_ends_within_the_year(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [(365, 1), (364, 1), (264, 1)]}).loc["A"]
    assert found["volume_gap_mean_12m"] == 100
    assert math.isnan(found["volume_gap_cv_12m"])


def test_the_growth_compares_four_quarters_like_the_last_with_the_year(make_ledger: Make) -> None:
    found = customers_of(
        make_ledger,
        {"A": [(10, 100), (200, 100)], "B": [(200, 100)], "C": [(10, -100), (200, 100)], "D": []},
    )["volume_growth_3m_12m"]
    assert found[["A", "B"]].tolist() == [2, 0]
    assert found[["C", "D"]].isna().all()


def test_credit_notes_and_the_largest_invoice_are_shares_of_what_was_invoiced(make_ledger: Make) -> None:
    noted = [
        {"invoice_id": "A-0", "kind": "credit_note", "amount": 30, "value_date": ago(364)},
        {"invoice_id": "A-0", "kind": "credit_note", "amount": 7, "value_date": ago(365)},
        {"invoice_id": "A-1", "kind": "payment", "amount": 50, "value_date": ago(30)},
        {"customer_id": "A", "kind": "credit_note", "amount": 10, "value_date": ago(0)},
    ]
    issued: Issued = {"A": [(364, 300), (40, 100), (30, -50)], "B": [(30, 10)], "C": [(30, -5)], "D": []}
    # A credit note of the year on an invoice from before it.
    noted.append({"invoice_id": "D-old", "kind": "credit_note", "amount": 20, "value_date": ago(5)})
    found = customers_of(make_ledger, issued, noted)
    assert found.loc["A", "volume_credited_share_12m"] == pytest.approx(40 / 400)
    assert found.loc["A", "volume_largest_share_12m"] == pytest.approx(300 / 400)
    assert found.loc["B", ["volume_credited_share_12m", "volume_largest_share_12m"]].tolist() == [0, 1]
    shares = found.loc[["C", "D"], ["volume_credited_share_12m", "volume_largest_share_12m"]]
    assert shares.isna().all(axis=None)


def test_who_bought_nothing_bought_for_zero(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": []}).loc["A"]
    assert found[["volume_invoice_count_6m", "volume_sales_3m", "volume_sales_6m"]].tolist() == [0, 0, 0]
    means = [f"volume_amount_mean_{window}" for window in ("3m", "6m", "12m")]
    assert found[[*means, "volume_last_days", "volume_growth_3m_12m"]].isna().all()
