"""A load never lies: a sample of the polluted files of ``benchmarks/pollution.py``, judged in the same way."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SHARE = 0.01

Case = tuple[Any, Any]


def _package() -> ModuleType:
    folder = Path(__file__).parent / "pollution"
    spec = importlib.util.spec_from_file_location("pollution", folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pollution"] = module
    spec.loader.exec_module(module)
    return module


pollution = _package()
DAMAGE = [(damage, book) for damage in pollution.DAMAGE for book in pollution.books()]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the judge, with a home of its own."""
    return pollution.Judge(tmp_path_factory.mktemp("judge"))


def _picked(damage: Callable[[Any], Iterator[Any]], book: Any) -> list[Any]:
    return pollution.sample(damage(book), SHARE, least=2)


@pytest.mark.parametrize(
    ("damage", "book"), DAMAGE, ids=lambda one: getattr(one, "__name__", None) or one.name
)
def test_no_damage_is_silent_nor_a_raw_traceback(damage: Any, book: Any, judge: Any) -> None:
    for variant in _picked(damage, book):
        verdict = judge.judge(variant)
        told = f"{variant.case}: {variant.name}: {verdict}"
        assert verdict.outcome != "crashed", told
        if variant.knowable:
            assert verdict.outcome != "silent", told
        if variant.kind == "equal":
            assert verdict.outcome == "identical", told


@pytest.mark.parametrize("book", pollution.books(), ids=lambda book: book.name)
def test_a_damaged_row_does_not_take_the_others_with_it(book: Any, judge: Any) -> None:
    kept = []
    for damage in pollution.ROW_DAMAGE:
        rows = [variant for variant in damage(book) if variant.kind == "row" and variant.knowable]
        kept += [judge.judge(variant).kept for variant in pollution.sample(rows, 0.0, least=2)]
    assert sum(share >= 0.98 for share in kept) >= 0.95 * len(kept)


def test_the_clean_books_load_whole_and_are_as_hard_as_real_ones(judge: Any) -> None:
    for book in pollution.books():
        rows = judge.clean(book)
        assert rows["invoices"].total() >= 250
        assert {"null", "NA", "000123", "00123"} <= {row[0] for row in rows["customers"]}
        assert max(row[6] for row in rows["invoices"]) > 10_000_000
        assert min(abs(row[6]) for row in rows["invoices"]) <= 1


def test_the_judge_sees_a_lie(judge: Any) -> None:
    """What no reader can know is silent, and the judge says so."""
    book = pollution.own_book()
    outcomes = Counter()
    for damage in (pollution.rewritten, pollution.swaps):
        unknowable = [variant for variant in damage(book) if not variant.knowable]
        outcomes.update(
            judge.judge(variant).outcome for variant in pollution.sample(unknowable, 0.0, least=3)
        )
    assert outcomes["silent"] >= 3
    assert not outcomes["identical"]


def test_the_sweep_has_as_many_files_as_its_anchor() -> None:
    """Pollock damages its files in 2,290 ways."""
    told = [variant for damage, book in DAMAGE for variant in damage(book) if variant.knowable]
    assert len(pollution.sample(told, 0.37)) >= 2_288
    names = Counter((variant.book.name, variant.case, variant.name) for variant in told)
    assert max(names.values()) == 1
