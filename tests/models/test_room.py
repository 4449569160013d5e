"""The walk of the room of models."""

from __future__ import annotations

import pytest

from arseg.models import Classifier, DiscreteHazard, Scorecard, TimeToPayment
from arseg.models.room import find_in_room, make_by_name
from arseg.schema import UsageError


def test_a_class_is_found_by_what_it_can_do_and_once() -> None:
    found = find_in_room(TimeToPayment, ["fit", "predict_cumulative_incidence"])
    assert DiscreteHazard in found
    assert Scorecard not in found
    assert TimeToPayment not in found
    assert len({kind.__name__ for kind in found}) == len(found)
    assert Scorecard in find_in_room(Classifier, ["fit", "predict_probability"])
    assert find_in_room(Classifier, ["fly"]) == ()


def test_a_near_miss_is_named() -> None:
    kinds = (DiscreteHazard,)
    with pytest.raises(UsageError, match=r"there is no model of that name.*Do: write 'DiscreteHazard'"):
        make_by_name(kinds, "DiscretHazard", {}, what="model", allowed=lambda _: ["trees"])
    with pytest.raises(UsageError, match=r"no parameter of DiscreteHazard of that name.*Do: write 'trees'"):
        make_by_name(kinds, "DiscreteHazard", {"tree": 1}, what="model", allowed=lambda _: ["trees"])
    assert repr(
        make_by_name(kinds, "DiscreteHazard", {"trees": 3}, what="model", allowed=lambda _: ["trees"])
    )
