from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import arseg.metrics

PAGE = Path(__file__).parents[2].joinpath("docs", "metrics.md").read_text(encoding="utf-8")
ROWS = [re.split(r"(?<!\\)\|", line)[1:-1] for line in PAGE.splitlines() if line.startswith("| `")]
NAMED = [re.findall(r"`([^`]+)`", row[0])[0] for row in ROWS]


# The regression behind the slopes and the groups behind tables are no measures themselves.
PARTS = ("arseg.metrics.recalibration", "arseg.metrics.like_predictions")


def public_functions() -> set[str]:
    """Walk the room, so that a new measure is asked for on the day it is added."""
    found = set()
    for entry in pkgutil.iter_modules(arseg.metrics.__path__, prefix="arseg.metrics."):
        module = importlib.import_module(entry.name)
        if entry.name in PARTS:
            continue
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == entry.name and not name.startswith("_"):
                found.add(name)
    return found


def test_every_public_function_is_defined_on_the_page() -> None:
    assert not public_functions() - set(NAMED)


def test_every_function_on_the_page_exists_and_is_defined_once() -> None:
    assert not set(NAMED) - public_functions()
    assert len(NAMED) == len(set(NAMED))


def test_every_name_in_the_text_is_defined_on_the_page() -> None:
    others = {
        "DataError",
        "arseg.metrics",
        "arseg.metrics.receivables",
        "arseg.backtest.receivables_report",
    }
    assert set(re.findall(r"`([^`]+)`", PAGE)) - others == set(NAMED)


@pytest.mark.parametrize("row", ROWS, ids=NAMED)
def test_each_definition_answers_all_six_questions(row: list[str]) -> None:
    assert len(row) == 6
    assert all(cell.strip() for cell in row)


def test_what_the_room_exports_exists_and_is_sorted() -> None:
    names = arseg.metrics.__all__
    assert all(hasattr(arseg.metrics, name) for name in names)
    assert names == sorted(names, key=lambda name: (name.islower(), name))


def test_every_measure_but_those_of_the_book_is_exported() -> None:
    before, book = PAGE.split("\n## The book\n")
    named = {name for name in NAMED if f"\n| `{name}` |" in book}
    assert all(f"\n| `{name}` |" in before for name in arseg.metrics.__all__ if name.islower())
    assert public_functions() - named == {name for name in arseg.metrics.__all__ if name.islower()}
