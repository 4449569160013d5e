"""Cash on items that were open at a key date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from arseg.ledger import Ledger, observe_outcomes, observe_receipts
from arseg.schema import UsageError

DAY = dt.date(2025, 3, 31)


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def book(make_ledger: Callable[..., Ledger], *postings: dict[str, object]) -> Ledger:
    invoices = [{"invoice_id": name, "document_date": on(-20), "amount": 200} for name in ("I1", "I2")]
    invoices.append({"invoice_id": "I0", "document_date": on(-40), "amount": 10})
    before = {"invoice_id": "I0", "amount": 10, "value_date": on(-30)}
    rows = [before, *({"invoice_id": "I1", **posting} for posting in postings)]
    return make_ledger(invoices, rows, complete_to=on(100))


def found(ledger: Ledger, **more: object) -> list[tuple[str, int, float]]:
    frame = observe_receipts(ledger, DAY, **more)  # type: ignore[arg-type]
    return list(frame.itertuples(index=False, name=None))


def test_a_payment_counts_with_its_share_on_its_day(make_ledger) -> None:
    ledger = book(make_ledger, {"amount": 50, "value_date": on(3)}, {"amount": 150, "value_date": on(40)})
    assert found(ledger) == [("I1", 3, 0.25), ("I1", 40, 0.75)]
    assert found(ledger, until=on(39)) == [("I1", 3, 0.25)]
    assert found(ledger, until=on(40)) == found(ledger)


def test_the_share_is_that_of_the_balance_of_the_key_date(make_ledger) -> None:
    ledger = book(make_ledger, {"amount": 100, "value_date": on(-5)}, {"amount": 50, "value_date": on(3)})
    assert found(ledger) == [("I1", 3, 0.5)]


def test_what_was_reversed_never_came(make_ledger) -> None:
    ledger = book(
        make_ledger,
        {"amount": 80, "value_date": on(3)},
        {"amount": 80, "value_date": on(9), "kind": "reversal"},
        {"amount": 20, "value_date": on(12)},
    )
    assert found(ledger) == [("I1", 12, 0.1)]


def test_credit_and_write_off_are_no_cash_and_more_than_the_balance_is_none(make_ledger) -> None:
    ledger = book(
        make_ledger,
        {"amount": 50, "value_date": on(3), "kind": "credit_note"},
        {"amount": 300, "value_date": on(4)},
    )
    assert found(ledger) == [("I1", 4, 1.0)]


def test_cash_of_before_that_was_known_only_after_counts_on_day_one(make_ledger) -> None:
    ledger = book(make_ledger, {"amount": 200, "value_date": on(-2), "known_on": on(1)})
    assert found(ledger) == [("I1", 1, 1.0)]


def test_a_later_eye_sees_no_less_than_an_earlier_one(make_ledger) -> None:
    ledger = book(make_ledger, {"amount": 50, "value_date": on(3), "known_on": on(10)})
    assert found(ledger, observed_on=on(9)) == []
    assert found(ledger, observed_on=on(10)) == [("I1", 3, 0.25)]


def test_shares_add_up_to_the_cash_of_the_outcomes(small_ledger: Ledger) -> None:
    for key_date in ("2024-09-30", "2025-06-30"):
        outcomes = observe_outcomes(small_ledger, key_date).set_index("invoice_id")
        shares = observe_receipts(small_ledger, key_date).groupby("invoice_id")["share"].sum()
        cash = (outcomes["cash"].clip(lower=0) / outcomes["balance"]).clip(upper=1)
        assert shares.reindex(outcomes.index, fill_value=0).to_numpy() == pytest.approx(
            cash.to_numpy(), abs=1e-9
        )
        assert (shares > 0).all()


def test_days_out_of_order_are_refused(small_ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="is not after the key date"):
        observe_receipts(small_ledger, "2025-06-30", observed_on="2025-06-30")
    with pytest.raises(UsageError, match="the window ends after the last observed day"):
        observe_receipts(small_ledger, "2025-06-30", observed_on="2025-07-31", until="2025-08-31")
