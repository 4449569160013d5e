from __future__ import annotations

import os
import threading
from collections.abc import Generator
from typing import cast

import pytest

from arseg.side_by_side import is_beside, side_by_side, together, workers


@pytest.fixture(params=[1, 3], name="cores")
def _cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(os, "cpu_count", lambda: request.param)
    return int(request.param)


def test_results_come_in_order_whatever_is_done_first(cores: int) -> None:
    later = threading.Event()

    def work(item: int) -> int:
        if item == 0 and cores > 1:
            assert later.wait(10)
        if item == 1:
            later.set()
        return item * item

    assert list(side_by_side(work, range(6))) == [0, 1, 4, 9, 16, 25]


@pytest.mark.usefixtures("cores")
def test_what_one_piece_raises_is_raised_in_its_place() -> None:
    def work(item: int) -> float:
        return 1 / item

    found = side_by_side(work, [2, 0, 1])
    assert next(found) == 0.5
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_what_is_made_ahead_of_its_reader_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    begun: list[int] = []
    found = cast("Generator[None]", side_by_side(begun.append, range(50)))
    next(found)
    found.close()
    assert len(begun) <= 4


@pytest.mark.usefixtures("cores")
def test_nothing_makes_nothing() -> None:
    assert list(side_by_side(len, [])) == []


def test_no_more_than_four_at_a_time_and_at_least_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, wanted in ((None, 1), (1, 1), (2, 2), (64, 4)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert workers() == wanted


def test_work_knows_whether_it_is_beside_other_work(cores: int) -> None:
    assert not is_beside()
    assert list(side_by_side(lambda _: is_beside(), range(2))) == [cores > 1] * 2
    assert not is_beside()


@pytest.mark.usefixtures("cores")
def test_all_pieces_are_done_when_together_returns_and_what_one_raises_is_raised() -> None:
    done: list[int] = []
    together(lambda: done.append(1), lambda: done.append(2), lambda: done.append(3))
    assert sorted(done) == [1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        together(lambda: done.append(4), lambda: 1 / 0)
