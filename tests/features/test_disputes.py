from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]
DAY = dt.date(2025, 6, 30)


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def dispute(opened: int, closed: int | None = None, **told: Any) -> dict[str, Any]:
    row = {"opened_on": ago(opened), **told}
    # Nothing is known of a closing before the day on which it happens.
    return row if closed is None else {**row, "closed_on": ago(closed), "known_on": ago(max(closed, 0))}


def customers_of(
    make_ledger: Make, disputes: Mapping[Any, list[dict[str, Any]]], issued: int = 100
) -> pd.DataFrame:
    """Return the figures of customers with two open invoices each by their disputes on the first."""
    invoices = [
        {"invoice_id": f"{letter}{who}", "customer_id": str(who), "document_date": ago(issued)}
        for who in disputes
        for letter in "IJ"
    ]
    rows = [
        {"invoice_id": f"I{who}", "dispute_id": f"{who}-{n}", **row}
        for who, told in disputes.items()
        for n, row in enumerate(told)
    ]
    ledger = make_ledger(invoices, disputes=rows, complete_to=DAY)
    with take_snapshot(ledger, DAY) as snapshot:
        return build_features(snapshot, blocks=["disputes"]).customers.set_index("customer_id")


def test_a_dispute_counts_from_its_opening(make_ledger: Make) -> None:
    days = (0, 89, 90, 91, 364, 365)
    found = customers_of(make_ledger, {n: [dispute(n, n)] for n in days})
    assert found.index[found["dispute_count_90d"] == 1].tolist() == ["0", "89"]
    assert found.index[found["dispute_count_12m"] == 1].tolist() == ["0", "364", "89", "90", "91"]
    assert found["dispute_rate_12m"].tolist() == (found["dispute_count_12m"] / 2).tolist()
    assert {name: float(name) for name in found.index} == found["dispute_last_days"].to_dict()


def test_a_dispute_is_open_until_the_day_before_its_closing(make_ledger: Make) -> None:
    closings = (None, 1, 0, -1)
    found = customers_of(make_ledger, {closed: [dispute(50, closed)] for closed in closings})
    assert found["dispute_open_count"].to_dict() == {"None": 1, "1": 0, "0": 0, "-1": 1}
    assert found["dispute_open_item_share"].to_dict() == {"None": 0.5, "1": 0, "0": 0, "-1": 0.5}


def test_two_disputes_on_one_invoice_are_two_and_its_item_is_one(make_ledger: Make) -> None:
    figures = customers_of(make_ledger, {"A": [dispute(50), dispute(20)]}).loc["A"]
    assert figures["dispute_open_count"] == 2
    assert figures["dispute_open_item_share"] == 1 / 2
    assert figures["dispute_rate_12m"] == 2 / 2
    assert figures["dispute_last_days"] == 20


def test_of_a_dispute_the_row_known_last_speaks(make_ledger: Make) -> None:
    told = [dispute(50, dispute_id="D1"), dispute(50, 10, dispute_id="D1")]
    figures = customers_of(make_ledger, {"A": told}).loc["A"]
    assert (figures["dispute_open_count"], figures["dispute_count_90d"]) == (0, 1)


def test_days_to_close_are_those_of_disputes_closed_in_the_year(make_ledger: Make) -> None:
    told = [dispute(400, 364), dispute(60, 50), dispute(500, 365), dispute(40, -1), dispute(10)]
    figures = customers_of(make_ledger, {"A": told}).loc["A"]
    assert figures["dispute_close_days_mean_12m"] == (36 + 10) / 2


def test_who_disputed_nothing_has_a_rate_of_zero_and_no_last_dispute(make_ledger: Make) -> None:
    figures = customers_of(make_ledger, {"A": [dispute(50)], "B": []}).loc["B"]
    assert (figures["dispute_open_count"], figures["dispute_count_12m"]) == (0, 0)
    assert (figures["dispute_open_item_share"], figures["dispute_rate_12m"]) == (0.0, 0.0)
    assert figures[["dispute_close_days_mean_12m", "dispute_last_days"]].isna().all()


def test_without_an_invoice_in_the_year_there_is_no_rate(make_ledger: Make) -> None:
    story = {"A": [dispute(50)]}
    assert customers_of(make_ledger, story, issued=364).loc["A", "dispute_rate_12m"] == 1 / 2
    assert customers_of(make_ledger, story, issued=365)[["dispute_rate_12m"]].isna().all(axis=None)


def test_a_dispute_on_an_invoice_that_is_not_known_is_nobodys(make_ledger: Make) -> None:
    found = customers_of(make_ledger, {"A": [dispute(50, invoice_id="gone")], "B": [dispute(50)]})
    assert found["dispute_open_count"].to_dict() == {"A": 0, "B": 1}
