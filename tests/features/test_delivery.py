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
OPEN = {"invoice_id": "I0", "document_date": DAY}


def figures(ledger: Ledger, day: dt.date = DAY) -> pd.Series:
    with take_snapshot(ledger, day) as snapshot:
        customers = build_features(snapshot, blocks=["delivery"]).customers
    return customers.set_index("customer_id").loc["C1"]


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def sent(number: int, issued: int, lag: int | None, **said: Any) -> dict[str, Any]:
    """Return an invoice issued so many days ago, delivered so many days later."""
    delivered = None if lag is None else ago(issued - lag)
    return {"invoice_id": f"I{number}", "document_date": ago(issued), "delivered_on": delivered, **said}


def version(mode: str | None, known: int) -> dict[str, Any]:
    return {"customer_id": "C1", "invoice_delivery": mode, "known_on": ago(known)}


@pytest.mark.parametrize("mode", ["paper", "email", "portal", "edi"])
def test_the_mode_in_force_has_its_flag(mode: str, make_ledger: Make) -> None:
    found = figures(make_ledger([OPEN], customers=[version(mode, 500)]))
    flags = {name: found[f"customer_delivery_{name}"] for name in ("paper", "email", "portal", "edi")}
    assert flags == {name: float(name == mode) for name in flags}


def test_another_known_mode_has_no_flag_and_an_unknown_one_is_missing(make_ledger: Make) -> None:
    columns = [f"customer_delivery_{name}" for name in ("paper", "email", "portal", "edi")]
    assert (figures(make_ledger([OPEN], customers=[version("carrier pigeon", 500)]))[columns] == 0).all()
    assert figures(make_ledger([OPEN], customers=[version(None, 500)]))[columns].isna().all()
    other = {"customer_id": "C2", "invoice_delivery": "edi"}
    assert figures(make_ledger([OPEN], customers=[other]))[columns].isna().all()


def test_without_master_data_the_modes_are_missing_and_the_lags_are_not(make_ledger: Make) -> None:
    found = figures(make_ledger([sent(1, 20, 4)], complete_to=DAY))
    assert found[[name for name in found.index if name.startswith("customer_")]].isna().all()
    assert found["invoice_delivery_lag_mean_12m"] == 4


@pytest.mark.parametrize(("known", "changed"), [(364, 1), (365, 0), (366, 0), (0, 1)])
def test_a_change_of_mode_counts_for_a_year(known: int, changed: int, make_ledger: Make) -> None:
    versions = [version("paper", 900), version("email", known)]
    assert figures(make_ledger([OPEN], customers=versions))["customer_delivery_changed_12m"] == changed


@pytest.mark.parametrize(
    ("versions", "changed"),
    [
        ([version("paper", 10)], 0),
        ([version("paper", 900), version(None, 20), version("paper", 10)], 0),
        ([version(None, 900), version("paper", 10)], 0),
        ([version("paper", 900), version("email", 20), version("paper", 10)], 1),
    ],
)
def test_a_change_is_one_from_a_known_mode_to_another(
    versions: list[dict[str, Any]], changed: int, make_ledger: Make
) -> None:
    assert figures(make_ledger([OPEN], customers=versions))["customer_delivery_changed_12m"] == changed


def test_lags_are_those_of_the_invoices_issued_within_a_year(make_ledger: Make) -> None:
    # Lags 1, 2 and 9 count; the ninth decile lies at 2 + 0.8 * 7. One of four has not arrived.
    rows = [sent(1, 364, 1), sent(2, 100, 2), sent(3, 50, 9), sent(4, 40, None)]
    found = figures(make_ledger([*rows, sent(5, 365, 99), sent(6, 366, None)], complete_to=DAY))
    assert found["invoice_delivery_lag_mean_12m"] == 4
    assert found["invoice_delivery_lag_p90_12m"] == pytest.approx(7.6)
    assert found["invoice_undelivered_share_12m"] == 0.25


def test_an_invoice_still_on_its_way_is_undelivered(make_ledger: Make) -> None:
    ledger = make_ledger([sent(1, 3, 5), sent(2, 30, 2)], complete_to=DAY)
    assert figures(ledger)["invoice_undelivered_share_12m"] == 0.5
    assert figures(ledger)["invoice_delivery_lag_mean_12m"] == 2


def test_where_the_book_never_records_arrivals_the_share_is_missing(make_ledger: Make) -> None:
    assert figures(make_ledger([OPEN], complete_to=DAY)).isna().all()


def paid(number: int, on: int) -> dict[str, Any]:
    return {"invoice_id": f"I{number}", "value_date": ago(on)}


def test_days_to_pay_are_told_from_delivery_and_from_issue_of_the_same_invoices(make_ledger: Make) -> None:
    # Paid 40 and 20 days after issue, 30 and 18 after delivery; the third was never seen to arrive.
    rows = [sent(1, 90, 10), sent(2, 60, 2), sent(3, 60, None)]
    found = figures(make_ledger([*rows, OPEN], [paid(1, 50), paid(2, 40), paid(3, 1)]))
    assert found["cleared_days_from_issue_mean_12m"] == 30
    assert found["cleared_days_from_delivery_mean_12m"] == 24


@pytest.mark.parametrize(("on", "seen"), [(364, True), (365, False), (366, False)])
def test_payments_count_for_a_year(on: int, make_ledger: Make, *, seen: bool) -> None:
    found = figures(make_ledger([sent(1, 400, 10), OPEN], [paid(1, on)]))
    assert pd.notna(found["cleared_days_from_delivery_mean_12m"]) == seen
    assert pd.isna(found["cleared_late_days_delivery_share_12m"]) == (not seen or on >= 370)


def test_late_days_are_explained_by_the_lag_and_never_by_more_than_there_are(make_ledger: Make) -> None:
    # Due after 30 days. Late by 20 (lag 5), by 3 (lag 9), not late (lag 9): 5 + 3 of 23 days.
    rows = [sent(1, 100, 5), sent(2, 90, 9), sent(3, 80, 9)]
    found = figures(make_ledger([*rows, OPEN], [paid(1, 50), paid(2, 57), paid(3, 60)]))
    assert found["cleared_late_days_delivery_share_12m"] == pytest.approx(8 / 23)


def test_one_who_is_never_late_has_no_late_days_to_explain(make_ledger: Make) -> None:
    found = figures(make_ledger([sent(1, 100, 5), OPEN], [paid(1, 70)]))
    assert pd.isna(found["cleared_late_days_delivery_share_12m"])
    assert found["cleared_days_from_issue_mean_12m"] == 30
