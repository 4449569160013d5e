from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from arseg.treatments.playbook_rows import Condition, Row, default_template, is_reached

WORDS = {
    "language": ("de", "es", "other"),
    "payment_method": ("check", "card", "other"),
    "industry": ("a", "other"),
}

boxes = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(st.sampled_from(words[:-1]), min_size=1, unique=True) for name, words in WORDS.items()
    },
).filter(bool)


def holds(box: dict, point: dict) -> bool:
    return all(point[name] in allowed for name, allowed in box.items())


@given(boxes, st.lists(boxes, max_size=5))
def test_a_variant_is_reached_when_some_customer_of_all_gets_it(box, earlier) -> None:
    customers = [dict(zip(WORDS, point, strict=True)) for point in itertools.product(*WORDS.values())]
    someone = any(
        holds(box, customer) and not any(holds(other, customer) for other in earlier)
        for customer in customers
    )
    assert is_reached(box, earlier) == someone


@given(boxes, st.lists(st.sampled_from(list(itertools.product(*WORDS.values()))), max_size=6))
def test_a_condition_holds_where_every_word_is_among_those_listed(box, points) -> None:
    condition = Condition.model_validate(box)
    customers = [dict(zip(WORDS, point, strict=True)) for point in points]
    held = condition.holds(pd.DataFrame(customers, columns=list(WORDS), dtype="str"))
    assert held.tolist() == [holds(box, customer) for customer in customers]


def test_one_word_is_a_list_of_one() -> None:
    condition = Condition.model_validate({"language": "de"})
    assert condition == Condition.model_validate({"language": ["de"]})
    assert str(condition) == "language de"


def a_row(**known: object) -> dict[str, object]:
    base = {"name": "x", "channel": "call", "tone": "firm", "handling": "collector", "deadline_hours": 1.0}
    return base | {"cadence_days": 1, "minutes": 5.0, "cost": 1.0, "assumed_lift": 0.1} | known


def test_a_variant_changes_what_it_names_and_nothing_else() -> None:
    row = Row.model_validate(
        a_row(variants=[{"when": {"language": "de"}, "handling": "expert", "minutes": 0.0}])
    )
    own, other = row.treatment().model_dump(), row.treatment(1).model_dump()
    assert {name for name in own if own[name] != other[name]} == {"handling", "minutes"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"cadence_days": 367},
        {"deadline_hours": 8785.0},
        {"template": "../secret"},
        {"variants": [{"when": {"language": "de"}}]},
        {"variants": [{"tone": "nudge"}]},
        {"variants": [{"when": {"language": []}, "tone": "nudge"}]},
        {"variants": [{"when": {"language": ["x"] * 21}, "tone": "nudge"}]},
        {"variants": [{"when": {"language": "de"}, "tone": "nudge"}] * 2},
    ],
)
def test_what_no_row_may_hold_is_refused(wrong) -> None:
    Row.model_validate(a_row())
    with pytest.raises(ValidationError):
        Row.model_validate(a_row(**wrong))


def test_every_stage_but_the_law_has_a_message() -> None:
    for tone in ("nudge", "reminder", "firm"):
        assert default_template("late", tone) == tone
        assert default_template("dispute", tone) == "dispute"
        assert default_template("legal", tone) == ""
