"""What the desk did about items of earlier month-ends, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest

from arseg.backtest.desk_rows import desk_log, desk_rows
from arseg.ledger import Ledger
from oracle.desks import draw_desk, fake_walk, tell


def test_only_some_items_of_a_large_book_are_learnt_from(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = draw_desk(2500)
    tell(monkeypatch, seen)
    found = desk_rows(fake_walk(seen), dt.date(2025, 11, 30), most=300)  # type: ignore[arg-type]
    assert len(found.rows) == 300
    assert found.log["row"].max() < 300
    assert found.drawn_share == 1.0
    whole = desk_rows(fake_walk(seen), dt.date(2025, 11, 30))  # type: ignore[arg-type]
    assert len(whole.rows) == len(whole.features) == len(whole.outcomes) == 2500


def test_the_log_holds_what_was_done_and_who_was_left_alone(make_ledger: Callable[..., Ledger]) -> None:
    day = dt.date(2025, 3, 31)
    ledger = make_ledger(
        [{"invoice_id": "A1", "customer_id": "A", "document_date": dt.date(2025, 3, 1)}],
        [],
        contacts=[
            {"customer_id": "A", "contacted_on": dt.date(2025, 4, 2), "channel": "call", "tone": "firm"}
        ],
        assignments=[
            {
                "customer_id": "A",
                "policy": "desk",
                "segment": "Low",
                "treatment": "none",
                "key_date": dt.date(2025, 4, 9),
                "propensity": 0.4,
            }
        ],
        complete_to=dt.date(2025, 6, 30),
    )
    found = desk_log(ledger, day, dt.date(2025, 5, 31))
    assert found.drop(columns="propensity").to_numpy().tolist() == [
        ["A1", 2, "call", "firm"],
        ["A1", 9, "none", "none"],
    ]
    np.testing.assert_array_equal(found["propensity"], [np.nan, 0.4])
