from __future__ import annotations

import dataclasses

import pytest

from arseg.schema import DataError
from arseg.treatments.bridges import UNEXPRESSED, as_list, from_list, head_of, put_together, take_apart


@pytest.mark.parametrize("seed", range(5))
def test_a_playbook_taken_apart_and_put_together_prescribes_the_same(draw_playbook, seed) -> None:
    playbook = draw_playbook(seed)
    again = put_together(head_of(playbook), reversed(take_apart(playbook)))
    assert again.table().equals(playbook.table())
    assert head_of(again) == head_of(playbook)


def test_the_list_keeps_every_value_and_its_place() -> None:
    entries = [("", "", 0, "name", "own", "x"), ("High", "late", 2, "when", {"language": ["de", "ñ"]}, "y")]
    listed = as_list(entries)
    assert tuple(listed.columns) == UNEXPRESSED
    assert from_list(listed) == ({"name": "own"}, {("High", "late", 2): {"when": {"language": ["de", "ñ"]}}})


def test_what_is_missing_is_named(standard) -> None:
    rows = take_apart(standard)
    with pytest.raises(DataError, match=r"no playbook. Given: no treatment for High x mid"):
        put_together(head_of(standard), [row for row in rows if (row.segment, row.stage) != ("High", "mid")])
    without_tone = dataclasses.replace(rows[0], fields={**rows[0].fields, "tone": None})
    with pytest.raises(DataError, match=r"treatments.High.before_due.tone"):
        put_together(head_of(standard), [without_tone, *rows[1:]])
    with pytest.raises(DataError, match="name is not JSON: 'own'"):
        from_list(as_list([("", "", 0, "name", "own", "x")]).assign(value="own"))
