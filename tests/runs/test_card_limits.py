"""What a model cannot know, and whom its columns could stand in for."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from arseg.features import find_blocks
from arseg.runs.card_limits import WITHOUT, stand_ins, what_it_cannot_know
from arseg.runs.journal import Run
from arseg.schema import LEDGER

WINDOW: dict[str, Any] = {
    "rows": 300,
    "drawn_from": 300,
    "followed_days_most": 112,
    "followed_days_half": 51,
    "events": {"paid": 221, "credited": 5, "written off": 9},
}


def limits(run: Run, present: tuple[str, ...], notes: tuple[str, ...] = ()) -> list[str]:
    run.save("present", list(present))
    run.save("selection", {"notes": list(notes)})
    return what_it_cannot_know(run, WINDOW, horizon_days=90)


@pytest.mark.parametrize("table", WITHOUT)
def test_a_table_that_the_ledger_leaves_out_is_a_limit_and_one_that_it_has_is_none(
    run: Run, table: str
) -> None:
    everything = tuple(LEDGER)
    assert WITHOUT[table] not in limits(run, everything)
    assert WITHOUT[table] in limits(run, tuple(name for name in everything if name != table))


def test_the_supported_days_the_followed_ones_and_rare_causes_are_told(run: Run) -> None:
    said = limits(run, tuple(LEDGER))
    assert said[0] == "It answers for 1 to 365 days after the key date and refuses later ones."
    assert "followed items for 90 days" in said[1]
    assert "112 days at most, half of them for 51" in said[2]
    assert "Only 5 items were credited: it says little of that." in said
    assert "Only 9 items were written off: it says little of that." in said
    assert not any("were paid" in each for each in said)


def test_rows_that_were_left_out_are_told(run: Run) -> None:
    told = "It learnt from 300 of 4,000 rows, drawn by lot (training.most_rows)."
    assert told not in limits(run, ())
    assert told in what_it_cannot_know(run, {**WINDOW, "drawn_from": 4_000}, horizon_days=90)


def test_a_dispute_is_a_limit_either_way(run: Run) -> None:
    assert any("open at the key date is a state" in each for each in limits(run, ("disputes",)))
    assert not any("is a state" in each for each in limits(run, ()))


def test_what_the_choice_had_to_say_is_a_limit_too(run: Run) -> None:
    assert limits(run, (), ("the book says too little",))[-1] == "The book says too little."


def test_no_shipped_column_is_a_protected_attribute_and_those_that_could_stand_in_are_named() -> None:
    columns = [column for block in find_blocks() for column in block.columns]
    read = pd.DataFrame(
        {"name": [each.name for each in columns], "meaning": [each.meaning for each in columns]}
    )
    found = stand_ins(read, own_blocks=False)
    assert found["read"] == []
    assert set(found["stand_ins"]) == {
        "country_late_rate_12m",
        "region_late_rate_12m",
        "country_main",
        "customer_is_sole_trader",
    }
    assert found["words"].startswith("No column that it reads is a protected attribute of a person. Columns")


@pytest.mark.parametrize(
    ("name", "meaning"), [("customer_gender", "of the owner"), ("owner_x", "Nationality of the owner")]
)
def test_a_block_of_ones_own_that_reads_a_protected_attribute_is_named(name: str, meaning: str) -> None:
    found = stand_ins(pd.DataFrame({"name": [name], "meaning": [meaning]}), own_blocks=True)
    assert found["read"] == [name]
    assert found["words"].startswith(f"It reads what may be protected attributes: {name}.")
    assert found["words"].endswith("checked by the words of their columns only.")
