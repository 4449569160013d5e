"""Contacts about items that were open at a key date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np

from arseg.ledger import Ledger, observe_contacts, observe_left_alone

DAY = dt.date(2025, 3, 31)


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def book(make_ledger: Callable[..., Ledger], *contacts: dict[str, object]) -> Ledger:
    invoices = [
        {"invoice_id": "A1", "customer_id": "A", "document_date": on(-20)},
        {"invoice_id": "A2", "customer_id": "A", "document_date": on(-9)},
        {"invoice_id": "A3", "customer_id": "A", "document_date": on(9)},
        {"invoice_id": "B1", "customer_id": "B", "document_date": on(-20)},
    ]
    rows = [{"customer_id": "A", "channel": "call", "tone": "firm", **contact} for contact in contacts]
    return make_ledger(invoices, [], contacts=rows, complete_to=on(100))


def found(ledger: Ledger, **more: object) -> list[tuple[object, ...]]:
    return list(observe_contacts(ledger, DAY, **more).itertuples(index=False, name=None))  # type: ignore[arg-type]


def test_a_contact_about_an_invoice_is_about_no_other(make_ledger) -> None:
    ledger = book(
        make_ledger, {"contacted_on": on(4), "invoice_id": "A2"}, {"contacted_on": on(5), "invoice_id": "A3"}
    )
    assert found(ledger) == [("A2", 4, "call", "firm")]


def test_a_contact_without_an_invoice_is_about_all_that_was_open(make_ledger) -> None:
    ledger = book(make_ledger, {"contacted_on": on(-3), "tone": None})
    assert [row[:3] for row in found(ledger)] == [("A1", -3, "call"), ("A2", -3, "call")]


def test_a_year_back_is_far_enough_and_what_was_not_yet_known_is_not_seen(make_ledger) -> None:
    ledger = book(
        make_ledger,
        {"contacted_on": on(-365), "invoice_id": "A1"},
        {"contacted_on": on(-364), "invoice_id": "A1"},
        {"contacted_on": on(6), "known_on": on(8), "invoice_id": "A1"},
    )
    assert [row[1] for row in found(ledger)] == [-364, 6]
    assert [row[1] for row in found(ledger, observed_on=on(7))] == [-364]


def test_a_ledger_without_contacts_gives_none(make_ledger) -> None:
    ledger = make_ledger([{"invoice_id": "A1", "document_date": on(-9)}], [], complete_to=on(100))
    frame = observe_contacts(ledger, DAY)
    assert len(frame) == 0
    assert list(frame.columns) == ["invoice_id", "day", "channel", "tone"]


def decided(make_ledger: Callable[..., Ledger], *decisions: dict[str, object]) -> Ledger:
    invoices = [
        {"invoice_id": "A1", "customer_id": "A", "document_date": on(-20)},
        {"invoice_id": "A2", "customer_id": "A", "document_date": on(9)},
        {"invoice_id": "B1", "customer_id": "B", "document_date": on(-20)},
    ]
    usual = {"customer_id": "A", "policy": "desk", "segment": "Low", "treatment": "none"}
    rows = [{**usual, **decision} for decision in decisions]
    return make_ledger(invoices, [], assignments=rows, complete_to=on(100))


def test_who_was_left_alone_was_so_about_all_that_was_open(make_ledger) -> None:
    ledger = decided(
        make_ledger,
        {"key_date": on(3), "propensity": 0.4},
        {"key_date": on(-2)},
        {"key_date": on(4), "treatment": "call", "propensity": 0.6},
    )
    frame = observe_left_alone(ledger, DAY)
    assert frame[["invoice_id", "day"]].to_numpy().tolist() == [["A1", -2], ["A1", 3]]
    np.testing.assert_array_equal(frame["propensity"], [np.nan, 0.4])


def test_a_decision_that_was_corrected_counts_as_it_was_corrected(make_ledger) -> None:
    ledger = decided(
        make_ledger,
        {"key_date": on(3), "known_on": on(3)},
        {"key_date": on(3), "known_on": on(5), "treatment": "call"},
    )
    assert len(observe_left_alone(ledger, DAY)) == 0
    assert len(observe_left_alone(ledger, DAY, observed_on=on(4))) == 1


def test_a_ledger_without_decisions_left_nobody_alone(make_ledger) -> None:
    ledger = make_ledger([{"invoice_id": "A1", "document_date": on(-9)}], [], complete_to=on(100))
    frame = observe_left_alone(ledger, DAY)
    assert list(frame.columns) == ["invoice_id", "day", "propensity"]
    assert len(frame) == 0
