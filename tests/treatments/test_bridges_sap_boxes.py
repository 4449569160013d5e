from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arseg.schema import UsageError
from arseg.treatments.bridges_sap_boxes import bounds, without

WORDS = {"language": ("de", "es", "?"), "industry": ("a", "b", "?"), "method": ("x", "?")}
CUSTOMERS = [dict(zip(WORDS, point, strict=True)) for point in itertools.product(*WORDS.values())]

conditions = st.fixed_dictionaries(
    {}, optional={n: st.lists(st.sampled_from(w[:-1]), min_size=1, unique=True) for n, w in WORDS.items()}
)


def meets(condition: dict, customer: dict) -> bool:
    return all(customer[name] in allowed for name, allowed in condition.items())


def within(box: dict, customer: dict) -> bool:
    return all((customer[name] in listed) == inside for name, (inside, listed) in box.items())


@given(conditions, st.lists(conditions, max_size=4))
def test_the_pieces_hold_every_customer_that_is_left_exactly_once(own, others) -> None:
    box = {name: (True, frozenset(allowed)) for name, allowed in own.items()}
    pieces = without(box, others)
    for customer in CUSTOMERS:
        left = meets(own, customer) and not any(meets(other, customer) for other in others)
        assert sum(within(piece, customer) for piece in pieces) == left
    if pieces:
        around = bounds(pieces)
        for customer in CUSTOMERS:
            if any(within(piece, customer) for piece in pieces):
                assert meets(around, customer)
            if meets(around, customer):
                assert meets(own, customer)


def test_too_many_pieces_are_refused() -> None:
    others = [{f"c{i}a": ["x"], f"c{i}b": ["x"]} for i in range(13)]
    with pytest.raises(UsageError, match="the variants fall into too many rules"):
        without({}, others)
