from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

DAY = dt.date(2025, 6, 30)


def figures(ledger: Ledger) -> pd.DataFrame:
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=["invoice_size"]).items.set_index("invoice_id")


def invoice(number: int, amount: float, ago: int = 10, customer: str = "C1") -> dict[str, Any]:
    issued = DAY - dt.timedelta(days=ago)
    return {"invoice_id": f"I{number}", "amount": amount, "document_date": issued, "customer_id": customer}


def test_an_item_is_ranked_among_its_customers_invoices(make_ledger: Make) -> None:
    # Of 100, 200, 200, 400: one half below 100, one and two halves below each 200.
    rows = [invoice(1, 100), invoice(2, 200), invoice(3, 200), invoice(4, 400)]
    found = figures(make_ledger([*rows, invoice(5, 9_000, customer="C2")], complete_to=DAY))
    shares = found["item_amount_customer_percentile"].to_dict()
    assert {key: share for key, share in shares.items() if key != "I5"} == {
        "I1": 0.125,
        "I2": 0.5,
        "I3": 0.5,
        "I4": 0.875,
    }
    assert pd.isna(shares["I5"])
    ratios = found["item_amount_customer_mean_ratio"].to_dict()
    assert ratios == pytest.approx({"I1": 4 / 9, "I2": 8 / 9, "I3": 8 / 9, "I4": 16 / 9, "I5": 1})


def test_an_item_is_ranked_among_all_open_items(make_ledger: Make) -> None:
    rows = [
        invoice(1, 100),
        invoice(2, 200, customer="C2"),
        invoice(3, 200),
        invoice(4, 400),
        invoice(5, 300),
    ]
    posted = [{"invoice_id": "I5", "amount": 300, "value_date": DAY}]
    shares = figures(make_ledger(rows, posted))["item_amount_book_percentile"].to_dict()
    assert shares == {"I1": 0.125, "I2": 0.5, "I3": 0.5, "I4": 0.875}


@pytest.mark.parametrize(("ago", "ratio"), [(364, 100 / 200), (365, 1), (366, 1)])
def test_invoices_count_for_a_year_after_their_issue(ago: int, ratio: float, make_ledger: Make) -> None:
    found = figures(make_ledger([invoice(1, 100), invoice(2, 300, ago)], complete_to=DAY))
    assert found.loc["I1", "item_amount_customer_mean_ratio"] == ratio


@pytest.mark.parametrize(("ago", "share"), [(364, 0.5 / 3), (365, None)])
def test_fewer_than_three_invoices_rank_nothing(ago: int, share: float | None, make_ledger: Make) -> None:
    rows = [invoice(1, 100), invoice(2, 300), invoice(3, 300, ago)]
    found = figures(make_ledger(rows, complete_to=DAY)).loc["I1", "item_amount_customer_percentile"]
    assert found == pytest.approx(share) if share else pd.isna(found)


def test_an_old_item_is_compared_with_the_years_invoices_and_not_with_itself(make_ledger: Make) -> None:
    rows = [invoice(1, 500, 400), invoice(2, 100), invoice(3, 200), invoice(4, 300)]
    found = figures(make_ledger(rows, complete_to=DAY)).loc["I1"]
    assert found["item_amount_customer_percentile"] == 1
    assert found["item_amount_customer_mean_ratio"] == 2.5


def test_a_customer_without_an_invoice_within_a_year_is_missing(make_ledger: Make) -> None:
    found = figures(make_ledger([invoice(1, 500, 400)], complete_to=DAY)).loc["I1"]
    assert pd.isna(found["item_amount_customer_mean_ratio"])
    assert found["item_amount_book_percentile"] == 0.5


def test_negative_invoices_do_not_shrink_the_mean(make_ledger: Make) -> None:
    found = figures(make_ledger([invoice(1, 100), invoice(2, -90)], complete_to=DAY))
    assert found["item_amount_customer_mean_ratio"].tolist() == [1]
