from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from arseg.runs.review import EVERY_DAYS, add_review, review_due, review_file
from arseg.schema import DataError, UsageError

FIRST = dt.date(2026, 1, 31)


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return review_file(tmp_path, "demo")


def test_the_first_quarter_counts_from_the_first_publication(path: Path) -> None:
    due = FIRST + dt.timedelta(days=EVERY_DAYS)
    assert review_due(path, since=FIRST, day=due) == {"last": None, "due": due, "overdue": 0}
    assert review_due(path, since=FIRST, day=due + dt.timedelta(days=3))["overdue"] == 3


def test_a_review_puts_the_next_one_off_by_a_quarter_and_later_ones_do_not_count(path: Path) -> None:
    add_review(path, by="Ada", note="alarms were a load twice", on=dt.date(2026, 4, 1))
    add_review(path, by="Bo", note="nothing found", on=dt.date(2026, 7, 1))
    found = review_due(path, since=FIRST, day=dt.date(2026, 6, 30))
    assert (found["last"]["by"], found["due"]) == ("Ada", dt.date(2026, 4, 1) + dt.timedelta(days=EVERY_DAYS))
    assert review_due(path, since=FIRST, day=dt.date(2026, 7, 1))["last"]["by"] == "Bo"


def test_a_review_without_words_or_of_an_earlier_day_is_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="review: by is empty"):
        add_review(path, by=" ", note="x", on=FIRST)
    add_review(path, by="Ada", note="x", on=FIRST)
    with pytest.raises(UsageError, match="an earlier line of the record of reviews is of a later day"):
        add_review(path, by="Ada", note="x", on=FIRST - dt.timedelta(days=1))


def test_a_changed_record_is_refused(path: Path) -> None:
    add_review(path, by="Ada", note="x", on=FIRST)
    path.write_text(path.read_text(encoding="utf-8").replace("Ada", "Bob"), encoding="utf-8")
    with pytest.raises(DataError, match=r"the record of reviews demo\.jsonl was changed"):
        review_due(path, since=FIRST, day=FIRST)
