from __future__ import annotations

from arseg.report.answer_tables import SHOWN
from arseg.report.answers import BANDS


def test_each_table_belongs_to_one_question_and_each_question_has_one() -> None:
    assert {each.under or each.question for each in SHOWN} == set(BANDS)
    assert {each.question for each in SHOWN} < set(BANDS)
    names = [each.name for each in SHOWN]
    assert len(names) == len(set(names))


def test_columns_with_an_interval_hold_numbers() -> None:
    for each in SHOWN:
        for column in each.columns:
            if column.between:
                assert column.title.startswith("#"), (each.name, column.title)
