from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from arseg.ledger.quality.namesakes import (
    SAME_LETTERS,
    SAME_NAME,
    SAME_PARENT,
    SHOWN,
    find_namesakes,
    folded,
    group,
    possible_duplicates,
)
from arseg.ledger.storing.store import Ledger

Maker = Callable[..., Ledger]


@pytest.mark.parametrize(
    "names",
    [
        ("Acme GmbH", "ACME", "acme g.m.b.h.", "  Acme, GmbH & Co. KG ", "\uff21\uff43\uff4d\uff45 Ltd"),
        ("M\u00fcller", "Mu\u0308ller", "M\u00dcLLER AG"),
        ("Stra\u00dfe SA", "STRASSE S.A.", "strasse s a"),
        ("O'Brien Inc", "O\u2019BRIEN, Inc.", "OBrien Corp"),
        ("Iberia, S.L.", "iberia sl", "IBERIA S. L."),
        ("Polna sp. z o.o.", "POLNA"),
        ("Zero\u200bWidth", "zerowidth"),
        ("\u682a\u5f0f\u4f1a\u793e\u7530\u4e2d", "\u682a\u5f0f\u4f1a\u793e\u7530\u4e2d Ltd."),
    ],
)
def test_spellings_of_one_name_fold_to_one(names: tuple[str, ...]) -> None:
    assert len({folded(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme North", "Acme South"), ("M\u00fcller", "Muller"), ("Sa Pobla", "Pobla"), ("Limited", "GmbH")],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_a_name_of_nothing_but_marks_is_nobodys() -> None:
    assert group({"a": "---", "b": "...", "c": None, "d": ""}, {}) == []


def test_groups_say_why_and_each_customer_stands_once_in_a_group() -> None:
    names: dict[str, str | None] = {
        "1": "Sun Power Ltd",
        "2": "SUN POWER",
        "3": "Sunpower",
        "4": "Moon",
        "5": "Star",
    }
    parents = {"4": "9", "5": "9", "9": "9", "1": None}
    groups = group(names, parents)
    assert [(each.why, each.customer_ids) for each in groups] == [
        (SAME_NAME, ("1", "2")),
        (SAME_LETTERS, ("1", "2", "3")),
        (SAME_PARENT, ("4", "5")),
    ]


def test_groups_do_not_depend_on_the_order_of_customers() -> None:
    names: dict[str, str | None] = {f"{n:03d}": f"Name {n % 40} Ltd" for n in range(100)}
    assert group(names, {}) == group(dict(reversed(names.items())), {})


def test_every_group_is_counted_and_the_first_are_shown_by_id_never_by_name(make_ledger: Maker) -> None:
    customers = [{"customer_id": f"C{n:02d}", "name": f"Secret {n // 2}"} for n in range(24)]
    ledger = make_ledger([{"invoice_id": "I1"}], customers=customers)
    with closing(ledger.connect()) as connection:
        (finding,) = find_namesakes(connection)
    assert (finding.code, finding.severity, finding.count) == ("duplicate_customers", "warning", 12)
    assert "Secret" not in finding.message
    assert "C00, C01; C02, C03;" in finding.message
    assert finding.message.endswith(f"; and {12 - SHOWN} more")


def test_customers_of_one_parent_are_a_note(make_ledger: Maker) -> None:
    customers = [{"customer_id": f"C{n}", "parent": "C0"} for n in range(9)]
    ledger = make_ledger([{"invoice_id": "I1"}], customers=customers)
    with closing(ledger.connect()) as connection:
        (finding,) = find_namesakes(connection)
    assert (finding.code, finding.severity) == ("related_customers", "note")
    assert finding.message.endswith("C1, C2, C3, C4 and 4 more")


def test_the_frame_names_every_customer_of_every_group(make_ledger: Maker) -> None:
    customers: list[dict[str, Any]] = [
        {"customer_id": "C1", "name": "Acme"},
        {"customer_id": "C2", "name": "ACME Ltd"},
        {"customer_id": "C3", "name": "Other"},
    ]
    frame = possible_duplicates(make_ledger([{"invoice_id": "I1"}], customers=customers))
    assert frame.to_dict("list") == {
        "group": [1, 1],
        "why": [SAME_NAME] * 2,
        "customer_id": ["C1", "C2"],
        "name": ["Acme", "ACME Ltd"],
    }
    assert possible_duplicates(make_ledger([{"invoice_id": "I1"}])).empty


def test_ten_times_the_customers_take_no_more_than_some_thirty_times_as_long() -> None:
    """Comparing every pair would take a hundred times as long."""

    def seconds(count: int) -> float:
        names: dict[str, str | None] = {f"{n}": f"Customer {n // 2} GmbH" for n in range(count)}
        took = []
        for _ in range(3):
            start = time.process_time()
            assert len(group(names, {})) == count // 2
            took.append(time.process_time() - start)
        return min(took)

    assert seconds(20_000) < 30 * max(seconds(2_000), 0.005)
