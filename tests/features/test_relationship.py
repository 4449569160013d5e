from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
DAY = dt.date(2025, 6, 30)


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def customers_of(
    make_ledger: Make,
    issued: dict[str, list[int]],
    paid: dict[str, list[int]] | None = None,
    masters: list[dict[str, Any]] | None = None,
) -> pd.DataFrame:
    """Return the figures of customers, invoiced and paid so many days before the key date."""
    invoices = [
        {"invoice_id": f"{who}-{n}", "customer_id": who, "document_date": ago(days), "amount": 10 + n}
        for who, all_days in issued.items()
        for n, days in enumerate(all_days)
    ]
    postings = [
        {"invoice_id": f"{who}-{n}", "amount": 10 + n, "value_date": ago(days)}
        for who, all_days in (paid or {}).items()
        for n, days in enumerate(all_days)
    ]
    ledger = make_ledger(invoices, postings, customers=masters or [], complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=["relationship"]).customers.set_index("customer_id")


def test_a_customer_is_new_until_its_account_is_180_days_old(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [179], "B": [180], "C": [181], "D": [5, 300]})
    assert found["customer_new"].to_dict() == {"A": 1.0, "B": 0.0, "C": 0.0, "D": 0.0}
    assert found["customer_account_age_days"].tolist() == [179, 180, 181, 300]


def test_an_account_is_as_old_as_its_onboarding_or_its_first_invoice(make_ledger: Make) -> None:
    masters = [
        {"customer_id": "A", "onboarded_on": ago(400)},
        {"customer_id": "B", "onboarded_on": ago(2)},
        {"customer_id": "C", "onboarded_on": DAY + dt.timedelta(days=3)},
        {"customer_id": "D"},
    ]
    found = customers_of(make_ledger, {who: [20] for who in "ABCD"}, masters=masters)
    assert found["customer_account_age_days"].to_dict() == {"A": 400, "B": 20, "C": 20, "D": 20}
    assert found["customer_relationship_days"].drop("D").to_dict() == {"A": 400, "B": 2, "C": 0}
    assert found.loc[["D"], "customer_relationship_days"].isna().all()


def test_with_fewer_than_three_paid_invoices_there_is_only_the_prior(make_ledger: Make) -> None:
    issued = {who: [700, 700, 700, 10] for who in "ABC"}
    found = customers_of(make_ledger, issued, {"A": [600, 500, 9], "B": [650, 500]})
    assert found["customer_paid_count"].to_dict() == {"A": 3, "B": 2, "C": 0}
    assert found["customer_prior_only"].to_dict() == {"A": 0.0, "B": 1.0, "C": 1.0}
    assert found["customer_first_paid_days"].drop("C").to_dict() == {"A": 600, "B": 650}
    assert found.loc[["C"], "customer_first_paid_days"].isna().all()


def test_only_invoices_of_the_last_365_days_are_the_years(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [366, 365, 364, 0]}).loc["A"]
    assert (found["customer_invoice_count_12m"], found["customer_sales_12m"]) == (2, 12 + 13)


def test_the_business_type_is_one_flag_per_kind_and_missing_where_it_is_not_told(make_ledger: Make) -> None:
    kinds = {"A": "company", "B": "sole_trader", "C": "public", "D": "club", "E": None}
    masters = [{"customer_id": who, "business_type": kind} for who, kind in kinds.items()]
    found = customers_of(make_ledger, {who: [20] for who in kinds}, masters=masters)
    flags = found[["customer_is_company", "customer_is_sole_trader", "customer_is_public"]]
    assert flags.drop("E").to_numpy().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert flags.loc["E"].isna().all()
