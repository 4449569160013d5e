from __future__ import annotations

import numpy as np
import pytest

from arseg.schema import UsageError
from arseg.treatments import Capacity
from arseg.treatments.allocation_capacity import Collector


def test_capacity_prints_as_it_is_written_and_knows_its_names() -> None:
    assert repr(Capacity()) == "Capacity(collectors=2, hours_per_day=6.0)"
    assert Capacity().names == ("collector 1", "collector 2")
    assert Capacity().minutes == 720
    assert Capacity(["Ana", "Ben"], np.float64(1)) == Capacity(("Ana", "Ben"), 1)


def test_a_collectors_own_hours_come_before_the_teams() -> None:
    capacity = Capacity((Collector("Ana", hours=2), "Ben"), 5)
    assert capacity.names == ("Ana", "Ben")
    assert capacity.minutes_each == (120.0, 300.0)


def test_collectors_are_alike_where_each_can_do_what_the_others_can() -> None:
    assert Capacity(3).alike
    assert Capacity((Collector("Ana", hours=2), "Ben")).alike
    assert not Capacity((Collector("Ana", languages=("es",)),)).alike
    assert not Capacity((Collector("Ana", max_customers=3), "Ben")).alike


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        ({}, True),
        ({"portfolio": "north", "language": "es"}, True),
        ({"portfolio": "south"}, False),
        ({"language": "en"}, False),
        ({"skill": "expert"}, False),
    ],
)
def test_a_collector_takes_what_the_record_says_and_what_is_not_known(kind, taken) -> None:
    assert Collector("Ana", portfolios=("north",), languages=["es"]).takes(**kind) is taken


@pytest.mark.parametrize(
    "collectors",
    [0, -1, True, 1.5, "Ana", (), ("Ana", "Ana"), ("Ana", " "), ("Ana", 3), None, ("Ana", Collector("Ana"))],
)
def test_collectors_are_a_number_or_names(collectors) -> None:
    with pytest.raises(
        UsageError, match=r"neither a number nor names.*Allowed: 1 or more, or names that differ"
    ):
        Capacity(collectors)


@pytest.mark.parametrize("hours_per_day", [-1, 25, float("nan"), "6", True, None])
def test_hours_fit_a_day(hours_per_day) -> None:
    with pytest.raises(UsageError, match=r"hours_per_day is not a number of hours.*Allowed: 0 to 24"):
        Capacity(2, hours_per_day)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"name": " "}, "a collector has no name"),
        ({"name": "Ana", "hours": 30}, "the hours of Ana are not a number of hours"),
        ({"name": "Ana", "max_customers": -1}, "max_customers of Ana is not a number of customers"),
        ({"name": "Ana", "languages": "en"}, r"languages of Ana are not words.*write languages: \[en\]"),
        ({"name": "Ana", "skills": [""]}, "skills of Ana are not words"),
    ],
)
def test_a_record_that_says_nonsense_is_refused(record, message) -> None:
    with pytest.raises(UsageError, match=message):
        Collector(**record)
