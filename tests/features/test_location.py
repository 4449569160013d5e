from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
DAY = dt.date(2025, 6, 30)
PLACES = {
    "A": ("DE", "north"),
    "B": ("DE", "north"),
    "C": ("DE", "south"),
    "D": ("FR", "north"),
    "E": (None, "north"),
    "F": ("FR", None),
}
PAID = {"A": [10, 10], "B": [5, 0, -3, 0], "C": [20, 0], "D": [1, 1]}


def customers_of(
    make_ledger: Make, paid: dict[str, list[int]], days_ago: dict[str, int] | None = None
) -> pd.DataFrame:
    invoices: list[dict[str, Any]] = [{"invoice_id": f"open{who}", "customer_id": who} for who in PLACES]
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
    masters = [
        {"customer_id": who, "country": country, "region": region}
        for who, (country, region) in PLACES.items()
    ]
    ledger = make_ledger(invoices, postings, customers=masters, complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=["location"]).customers.set_index("customer_id")


def test_a_region_is_drawn_to_its_country_and_a_country_to_the_book(make_ledger: Make) -> None:
    found = customers_of(make_ledger, PAID)
    # Without A: four of eight in the book, two of six in its country, one of four in its region.
    country = (2 + 20 * 4 / 8) / 26
    assert found.loc["A", "country_late_rate_12m"] == pytest.approx(country)
    assert found.loc["A", "region_late_rate_12m"] == pytest.approx((1 + 20 * country) / 24)
    # The northern customers of another country are no neighbours, and D is alone in its own.
    assert found.loc["D", "country_late_rate_12m"] == pytest.approx(4 / 8)
    assert found.loc["D", "region_late_rate_12m"] == pytest.approx(4 / 8)


def test_a_customer_is_no_part_of_its_own_country_and_region(make_ledger: Make) -> None:
    one, two = (customers_of(make_ledger, {**PAID, "A": lates}) for lates in ([-9], [90, 90, 90]))
    assert one.loc["A"].tolist() == two.loc["A"].tolist()
    assert one.loc["B", "region_late_rate_12m"] < two.loc["B", "region_late_rate_12m"]


def test_where_a_place_is_not_told_nothing_is_said_of_it(make_ledger: Make) -> None:
    found = customers_of(make_ledger, PAID)
    assert found.loc["E"].isna().all()
    assert np.isnan(found.loc["F", "region_late_rate_12m"])
    assert found.loc["F", "country_late_rate_12m"] == pytest.approx((2 + 20 * 6 / 10) / 22)


def test_the_main_country_is_that_of_most_customers(make_ledger: Make) -> None:
    found = customers_of(make_ledger, PAID)["country_main"]
    assert found.drop("E").to_dict() == {"A": 1.0, "B": 1.0, "C": 1.0, "D": 0.0, "F": 0.0}


def test_of_two_countries_with_as_many_customers_the_last_by_name_is_the_main_one(make_ledger: Make) -> None:
    masters = [{"customer_id": "C1", "country": "AT"}, {"customer_id": "C2", "country": "CH"}]
    invoices = [{"invoice_id": "I1"}, {"invoice_id": "I2", "customer_id": "C2"}]
    ledger = make_ledger(invoices, customers=masters, complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        found = build_features(snapshot, blocks=["location"]).customers
    assert found["country_main"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(("days", "late", "paid"), [(364, 1, 4), (365, 0, 0), (366, 0, 0)])
def test_the_figures_of_a_year_end_with_it(days: int, late: int, paid: int, make_ledger: Make) -> None:
    found = customers_of(make_ledger, PAID, {"B": days}).loc["A"]
    country = (1 + late + 20 * (3 + late) / (4 + paid)) / (2 + paid + 20)
    assert found["country_late_rate_12m"] == pytest.approx(country)
    assert found["region_late_rate_12m"] == pytest.approx((late + 20 * country) / (paid + 20))
