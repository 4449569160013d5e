from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from arseg.ledger.quality.debtors import find_circles, find_doubtful_debtors
from arseg.ledger.quality.finding import Finding
from arseg.ledger.quality.reported import make_views
from arseg.ledger.storing.store import Ledger

Maker = Callable[..., Ledger]


def found(ledger: Ledger) -> dict[str, Finding]:
    with closing(ledger.connect()) as connection:
        make_views(connection, ledger.rates)
        return {finding.code: finding for finding in find_doubtful_debtors(connection)}


def owed(*amounts: int) -> list[dict[str, Any]]:
    return [
        {"invoice_id": f"I{n}", "customer_id": f"C{n}", "amount": Decimal(amount)}
        for n, amount in enumerate(amounts)
    ]


def debtors(**parents: str | None) -> list[dict[str, Any]]:
    return [{"customer_id": name, "parent": parent} for name, parent in parents.items()]


def test_a_sound_book_leaves_nothing_to_say(make_ledger: Maker) -> None:
    customers = debtors(**{f"C{n}": None for n in range(10)})
    assert found(make_ledger(owed(*[100] * 10), customers=customers)) == {}
    assert found(make_ledger(owed(*[100] * 10))) == {}


@pytest.mark.parametrize(("amount", "named"), [("224", False), ("226", True)])
def test_a_customer_with_more_than_a_fifth_is_named(make_ledger: Maker, amount: str, *, named: bool) -> None:
    invoices = owed(*[100] * 10)
    invoices[3]["amount"] = Decimal(amount)
    large = found(make_ledger(invoices)).get("single_customer_share")
    assert (large is not None) == named
    if large:
        assert large.message.startswith("customer C3 holds 10% of the invoices and 20% of their amount")


def test_few_customers_of_many_who_hold_half_are_said(make_ledger: Maker) -> None:
    few = found(make_ledger(owed(*[10] * 198, 1000, 1100)))["concentration"]
    assert (few.count, few.amount) == (2, Decimal("2100.00"))
    assert "concentration" not in found(make_ledger(owed(*[10] * 200)))


def test_customers_of_invoices_without_master_data_are_counted_with_what_they_owe(make_ledger: Maker) -> None:
    ledger = make_ledger(owed(*[100] * 10), customers=debtors(**{f"C{n}": None for n in range(7)}))
    lacking = found(ledger)["no_master_data"]
    assert (lacking.count, lacking.amount) == (3, Decimal("300.00"))


def test_a_parent_who_is_no_customer_and_one_who_stands_below_himself_are_said(make_ledger: Maker) -> None:
    parents = {"C0": "C1", "C1": "C2", "C2": "C0", "C3": "ghost", "C4": "C4", "C5": "C4"}
    others = {f"C{n}": None for n in range(6, 10)}
    doubts = found(make_ledger(owed(*[100] * 10), customers=debtors(**parents, **others)))
    assert doubts["unknown_parent"].message == "1 customers name a parent who is no customer: C3"
    assert (doubts["parent_cycle"].count, doubts["parent_cycle"].severity) == (3, "warning")
    assert doubts["parent_cycle"].message.endswith("C0 > C1 > C2")


def test_the_last_known_parent_counts(make_ledger: Maker) -> None:
    import datetime as dt

    customers = debtors(**{f"C{n}": None for n in range(10)})
    customers[0] |= {"parent": "ghost", "known_on": dt.date(2020, 1, 1)}
    customers.append({"customer_id": "C0", "parent": "C1", "known_on": dt.date(2021, 1, 1)})
    assert "unknown_parent" not in found(make_ledger(owed(*[100] * 10), customers=customers))


def walks(parents: dict[str, str | None]) -> Iterator[frozenset[str]]:
    """Follow every customer's parents until one comes back: the slow way."""
    for start, head in parents.items():
        seen, at = [start], head
        while at is not None and at in parents and at not in seen:
            seen.append(at)
            at = parents[at]
        if at == start and len(seen) > 1:
            yield frozenset(seen)


@pytest.mark.parametrize("seed", range(20))
def test_circles_are_those_that_a_walk_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = [f"c{n:02d}" for n in range(30)]
    heads: list[str | None] = [*names, None, None, "ghost"]
    parents = {name: heads[int(rng.integers(len(heads)))] for name in names}
    circles = find_circles(parents)
    assert {frozenset(circle) for circle in circles} == set(walks(parents))
    assert all(circle[0] == min(circle) for circle in circles)
    for circle in circles:
        assert [parents[name] for name in circle] == [*circle[1:], circle[0]]


def test_a_chain_of_many_thousands_is_no_matter() -> None:
    chain: dict[str, str | None] = {f"{n:06d}": f"{n + 1:06d}" for n in range(50_000)}
    assert find_circles(chain) == []
    assert len(find_circles({**chain, "050000": "000000"})[0]) == 50_001
