from __future__ import annotations

import datetime as dt

import pytest

from arseg.ledger.feeds import WINDOW_DAYS, feed_shares

DAY = dt.date(2025, 3, 31)


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def test_a_share_of_the_last_four_weeks_has_rows_and_what_is_known_later_does_not_count(make_ledger) -> None:
    invoices = [
        {"invoice_id": f"I{number}", "document_date": on(day), "amount": 9, "known_on": on(day)}
        for number, day in enumerate((-40, -28, -27, -27, 0, 1))
    ]
    paid = [{"invoice_id": "I0", "amount": 9, "value_date": on(-30), "known_on": on(-29)}]
    ledger = make_ledger(invoices, paid, complete_to=on(60))
    found = feed_shares(ledger, [on(-20), DAY, on(30)])
    assert found.index.tolist() == [on(-20), DAY, on(30)]
    # By on(-20): the days -40, -28 and -27; on DAY: -27 and 0, for -28 is the first day outside.
    assert (found["invoices"] * WINDOW_DAYS).tolist() == pytest.approx([3, 2, 0])
    assert (found["postings"] * WINDOW_DAYS).tolist() == pytest.approx([1, 0, 0])
    assert "contacts" not in found


def test_more_rows_on_the_same_days_are_no_more(make_ledger) -> None:
    rows = [
        {
            "invoice_id": f"I{number}",
            "document_date": on(-number % 20),
            "amount": 9,
            "known_on": on(-number % 20),
        }
        for number in range(100)
    ]
    few, many = (make_ledger(rows[:count], [], complete_to=on(60)) for count in (20, 100))
    assert feed_shares(few, [on(25)]).equals(feed_shares(many, [on(25)]))
