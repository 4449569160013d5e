"""What each state of an invoice says, worked out by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from arseg.ledger import Ledger
from arseg.ledger.engine import DuckDBEngine
from arseg.ledger.history import make_history
from arseg.ledger.visibility import attach

START = dt.date(2025, 1, 1)
Make = Callable[..., Ledger]


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def states(ledger: Ledger) -> list[tuple[Any, ...]]:
    """Return invoice, first and last day (none: for good), balance, event and clearing day of each state."""
    with DuckDBEngine() as engine:
        attach(engine, ledger)
        engine.execute("ATTACH ':memory:' AS known")
        make_history(engine, ledger)
        rows = engine.execute("SELECT * FROM known.item_states ORDER BY invoice_id, known_from").to_pylist()

    def number(when: dt.date | None) -> int | None:
        return None if when is None or when.year == 9999 else (when - START).days

    return [
        (r["invoice_id"], number(r["known_from"]), number(r["known_until"]), float(r["balance"]), r["event"], number(r["cleared_on"]))
        for r in rows
    ]  # fmt: skip


def invoice(**given: Any) -> dict[str, Any]:
    return {"invoice_id": "I1", "document_date": START, "amount": 100} | given


def test_an_invoice_paid_at_once_has_two_states(make_ledger: Make) -> None:
    paid = {"invoice_id": "I1", "amount": 100, "value_date": day(20), "known_on": day(22)}
    assert states(make_ledger([invoice()], [paid])) == [
        ("I1", 0, 22, 100.0, 0, None),
        ("I1", 22, None, 0.0, 1, 20),
    ]


def test_an_invoice_nobody_paid_has_one(make_ledger: Make) -> None:
    assert states(make_ledger([invoice()])) == [("I1", 0, None, 100.0, 0, None)]


def test_a_payment_known_before_its_invoice_counts_from_the_invoice_on(make_ledger: Make) -> None:
    early = {"invoice_id": "I1", "amount": 100, "value_date": day(1)}
    assert states(make_ledger([invoice(known_on=day(9))], [early])) == [("I1", 9, None, 0.0, 1, 1)]


def test_a_bounced_payment_opens_the_invoice_again(make_ledger: Make) -> None:
    moves = [("payment", 10), ("reversal", 15), ("payment", 40)]
    postings = [{"invoice_id": "I1", "kind": kind, "amount": 100, "value_date": day(n)} for kind, n in moves]
    assert states(make_ledger([invoice()], postings)) == [
        ("I1", 0, 10, 100.0, 0, None),
        ("I1", 10, 15, 0.0, 1, 10),
        ("I1", 15, 40, 100.0, 0, None),
        ("I1", 40, None, 0.0, 1, 40),
    ]


def test_parts_known_together_clear_on_the_day_of_the_last(make_ledger: Make) -> None:
    parts = [
        {"invoice_id": "I1", "amount": part, "value_date": day(n), "known_on": day(30), "kind": kind}
        for part, n, kind in ((4, 5, "credit_note"), (Decimal("95.90"), 25, "payment"))
    ]
    assert states(make_ledger([invoice()], parts)) == [
        ("I1", 0, 30, 100.0, 0, None),
        ("I1", 30, None, 0.1, 1, 25),
    ]


def test_a_restated_amount_makes_a_state_and_may_clear_what_was_open(make_ledger: Make) -> None:
    versions = [invoice(), invoice(amount=60, known_on=day(50))]
    part = {"invoice_id": "I1", "amount": 60, "value_date": day(10)}
    assert states(make_ledger(versions, [part])) == [
        ("I1", 0, 10, 100.0, 0, None),
        ("I1", 10, 50, 40.0, 0, None),
        ("I1", 50, None, 0.0, 1, 10),
    ]


def test_a_credit_balance_claims_nothing(make_ledger: Make) -> None:
    assert states(make_ledger([invoice(amount=-5)])) == [("I1", 0, None, -5.0, None, None)]


def test_a_write_off_and_its_recovery_are_two_states(make_ledger: Make) -> None:
    moves = [("write_off", 90), ("recovery", 200), ("payment", 200)]
    postings = [{"invoice_id": "I1", "kind": kind, "amount": 100, "value_date": day(n)} for kind, n in moves]
    assert states(make_ledger([invoice()], postings)) == [
        ("I1", 0, 90, 100.0, 0, None),
        ("I1", 90, 200, 0.0, 3, 90),
        ("I1", 200, None, 0.0, 3, 90),
    ]
