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
INDUSTRIES = {"A": "food", "B": "food", "C": "retail", "D": None}
# Days late, of invoices paid 100 days ago.
PAID = {"A": [10, 10], "B": [5, 0, -3, 0], "C": [20, 0]}


def customers_of(
    make_ledger: Make, paid: dict[str, list[int]], days_ago: dict[str, int] | None = None
) -> pd.DataFrame:
    invoices: list[dict[str, Any]] = [{"invoice_id": f"open{who}", "customer_id": who} for who in INDUSTRIES]
    postings = []
    for who, lates in paid.items():
        cleared = DAY - dt.timedelta(days=(days_ago or {}).get(who, 100))
        for number, late in enumerate(lates):
            name = f"{who}{number}"
            dates = {
                "document_date": cleared - dt.timedelta(days=60),
                "due_date": cleared - dt.timedelta(days=late),
            }
            invoices.append({"invoice_id": name, "customer_id": who, **dates})
            postings.append({"invoice_id": name, "amount": 100, "value_date": cleared})
    masters = [{"customer_id": who, "industry": industry} for who, industry in INDUSTRIES.items()]
    ledger = make_ledger(invoices, postings, customers=masters, complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=["industry"]).customers.set_index("customer_id")


def test_an_industry_is_its_other_customers_drawn_to_all_others(make_ledger: Make) -> None:
    found = customers_of(make_ledger, PAID).loc["A"]
    # One of four in the industry, two of six in all; 2 days late in sum there, 22 in all.
    rate = (1 + 20 * 2 / 6) / 24
    assert found["industry_late_rate"] == pytest.approx(rate)
    assert found["industry_late_rate_12m"] == pytest.approx(rate)
    assert found["industry_days_late_mean_12m"] == pytest.approx((2 + 20 * 22 / 6) / 24)
    assert found["industry_customer_count"] == 1
    assert found["industry_late_rate_gap_12m"] == pytest.approx(1 - rate)


def test_a_customer_is_never_compared_with_itself(make_ledger: Make) -> None:
    others = ["industry_late_rate", "industry_late_rate_12m", "industry_days_late_mean_12m"]
    one, two = (customers_of(make_ledger, {**PAID, "A": lates}) for lates in ([-9], [90, 90, 90]))
    assert one.loc["A", others].tolist() == two.loc["A", others].tolist()
    assert (one.loc["B", others] < two.loc["B", others]).all()


def test_the_only_customer_of_an_industry_gets_the_rate_of_all_others(make_ledger: Make) -> None:
    found = customers_of(make_ledger, PAID).loc["C"]
    assert found["industry_customer_count"] == 0
    assert found["industry_late_rate"] == pytest.approx(3 / 6)
    assert found["industry_days_late_mean_12m"] == pytest.approx(22 / 6)
    assert found["industry_late_rate_gap_12m"] == pytest.approx(1 / 2 - 3 / 6)


def test_without_an_industry_nothing_is_said(make_ledger: Make) -> None:
    assert customers_of(make_ledger, PAID).loc["D"].isna().all()


def test_without_others_who_paid_there_is_no_rate_to_draw_to(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [10]})
    assert found.loc["A"].drop("industry_customer_count").isna().all()
    assert found.loc["A", "industry_customer_count"] == 0
    assert found.loc["B", "industry_customer_count"] == 1


@pytest.mark.parametrize(("days", "late", "paid"), [(364, 1, 4), (365, 0, 0), (366, 0, 0)])
def test_the_figures_of_a_year_end_with_it(days: int, late: int, paid: int, make_ledger: Make) -> None:
    found = customers_of(make_ledger, PAID, {"B": days}).loc["A"]
    assert found["industry_late_rate"] == pytest.approx((1 + 20 * 2 / 6) / 24)
    year = (late + 20 * (1 + late) / (2 + paid)) / (paid + 20)
    assert found["industry_late_rate_12m"] == pytest.approx(year)
    assert found["industry_customer_count"] == 1


def test_the_own_share_is_of_a_year_too(make_ledger: Make) -> None:
    found = customers_of(make_ledger, PAID, {"A": 365}).loc["A"]
    assert found.drop("industry_late_rate_gap_12m").notna().all()
    assert found[["industry_late_rate_gap_12m"]].isna().all()
