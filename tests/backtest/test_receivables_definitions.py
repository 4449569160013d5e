from __future__ import annotations

from arseg.backtest.receivables_definitions import DEFINITIONS
from arseg.metrics.roll_up import RULES


def test_every_measure_says_how_segments_make_the_book_and_no_two_share_a_name() -> None:
    assert {definition.roll_up for definition in DEFINITIONS.values()} == set(RULES)
    labels = [definition.label for definition in DEFINITIONS.values()]
    assert len(set(labels)) == len(labels)
    assert all(definition.formula for definition in DEFINITIONS.values())


def test_amounts_are_summed_and_nothing_else_is() -> None:
    for definition in DEFINITIONS.values():
        assert (definition.unit == "amount") == (definition.roll_up == "sum")


def test_the_measures_that_do_not_add_up_are_those_of_the_science() -> None:
    alone = {name for name, definition in DEFINITIONS.items() if definition.roll_up == "recompute"}
    curves = {f"recovered_{age}" for age in (30, 60, 90)}
    assert alone == {"sales_weighted_dso", "countback_dso", "resolution_days", *curves}
