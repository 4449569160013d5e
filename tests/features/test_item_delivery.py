from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from arseg.features import build_features
from arseg.ledger import Ledger, take_snapshot

Make = Callable[..., Ledger]

DAY = dt.date(2024, 3, 31)
ISSUED = dt.date(2024, 3, 1)


def figures(ledger: Ledger, day: dt.date = DAY) -> pd.DataFrame:
    with take_snapshot(ledger, day) as snapshot:
        return build_features(snapshot, blocks=["item_delivery"]).items.set_index("invoice_id")


def invoice(number: str, **said: Any) -> dict[str, Any]:
    return {"invoice_id": number, "document_date": ISSUED, **said}


def test_an_item_tells_how_long_it_took_to_arrive_and_to_be_opened(make_ledger: Make) -> None:
    # Issued 1 March, delivered on the 8th, opened on the 10th, due on the 31st.
    known = invoice("I1", delivered_on=dt.date(2024, 3, 8), viewed_on=dt.date(2024, 3, 10))
    assert figures(make_ledger([known], complete_to=DAY)).loc["I1"].to_dict() == {
        "customer_id": "C1",
        "item_delivery_lag_days": 7,
        "item_days_since_delivery": 23,
        "item_undelivered": 0,
        "item_viewed": 1,
        "item_delivery_to_viewing_days": 2,
        "item_terms_after_delivery_days": 23,
    }


def test_an_item_that_never_arrived_is_flagged_beside_one_that_did(make_ledger: Make) -> None:
    arrived = invoice("I1", delivered_on=dt.date(2024, 3, 8), viewed_on=dt.date(2024, 3, 8))
    found = figures(make_ledger([arrived, invoice("I2")], complete_to=DAY))
    assert found["item_undelivered"].to_dict() == {"I1": 0, "I2": 1}
    assert found["item_viewed"].to_dict() == {"I1": 1, "I2": 0}
    assert found.loc["I2"].drop(["customer_id", "item_undelivered", "item_viewed"]).isna().all()


def test_where_the_book_never_records_arrivals_nothing_counts_as_undelivered(make_ledger: Make) -> None:
    assert (
        figures(make_ledger([invoice("I1")], complete_to=DAY))
        .drop(columns="customer_id")
        .isna()
        .all(axis=None)
    )


def test_a_book_may_record_arrivals_and_no_openings(make_ledger: Make) -> None:
    found = figures(make_ledger([invoice("I1", delivered_on=ISSUED)], complete_to=DAY)).loc["I1"]
    assert found["item_undelivered"] == 0
    assert pd.isna(found["item_viewed"])


@pytest.mark.parametrize(("shift", "undelivered"), [(-1, 1), (0, 0), (1, 0)])
def test_a_day_of_arrival_that_has_yet_to_come_has_not_happened(
    shift: int, undelivered: int, make_ledger: Make
) -> None:
    # The other invoice arrived long ago, so that the book is known to record arrivals.
    rows = [invoice("I1", delivered_on=dt.date(2024, 3, 20)), invoice("I2", delivered_on=ISSUED)]
    ledger = make_ledger(rows, complete_to=DAY)
    found = figures(ledger, dt.date(2024, 3, 20) + dt.timedelta(days=shift)).loc["I1"]
    assert found["item_undelivered"] == undelivered
    assert pd.isna(found["item_delivery_lag_days"]) == bool(undelivered)


def test_an_invoice_that_arrives_after_its_due_day_has_less_than_no_terms_left(make_ledger: Make) -> None:
    slow = invoice("I1", due_date=dt.date(2024, 3, 10), delivered_on=dt.date(2024, 3, 15))
    assert figures(make_ledger([slow], complete_to=DAY)).loc["I1", "item_terms_after_delivery_days"] == -5
